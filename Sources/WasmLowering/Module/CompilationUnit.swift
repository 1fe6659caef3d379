internal import CRuntime
import LLVM
import Wasm

/// What the functions that are compiled together share: an LLVM context and module, types, and the ways to reach the
/// runtime's structures. Used by one thread.
final class CompilationUnit {
    let plan: ModulePlan
    let options: CompilationOptions
    let architecture: Architecture
    let context: Context
    let module: LLVM.Module
    let builder: Builder
    let machine: TargetMachine
    let types: Types
    let aliasing: Aliasing
    /// Lines are byte offsets in the Wasm module; `nil` when they are not recorded.
    let offsets: LineTable?
    /// All of the module's functions are in this unit, so that those without a record can be internal.
    let isWhole: Bool
    /// What was lowered; `nil` before.
    var part: Partition?
    /// The module's functions whose code is in this unit.
    var functionIndices: Set<Int> = []
    var frames = FrameSizes()
    /// See ``expected(_:_:placeholder:)``.
    var contradiction: String?
    let name: String
    /// Values have names, for people who read the IR.
    let keepsNames: Bool
    var wasm: Wasm.Module { plan.module }
    var layout: InstanceLayout { plan.layout }
    var typeNumbers: TypeNumbers { plan.typeNumbers }
    /// By table; `nil` for those that can change.
    var constantTables: [ConstantTable?] { plan.constantTables }
    /// The table, if it is constant and what a call of the type can reach in it is of that very type.
    func constantTable(_ table: Int, ofType type: Int) -> ConstantTable? {
        wasm.definedTypes.hasSubtypes(type) ? nil : constantTables[table]
    }

    /// Of branches that the module's producer has an opinion on; the factor is what C compilers give such ones.
    private(set) lazy var likelyWeights = branchWeights(of: [2000, 1])
    private(set) lazy var unlikelyWeights = branchWeights(of: [1, 2000])
    /// What the code may use of processors, in LLVM's names.
    private(set) lazy var targetFeatures = Set(options.target.requiredFeatures)
    private let functionAttributes: [Attribute]
    private let coldAttributes: [Attribute]
    private let trapAttributes: [Attribute]
    private var functions: [Int: Function] = [:]
    /// See ``lowerTailAdapter(ofFunction:)``.
    var tailAdapters: [Int: Function] = [:]
    private var signatures: [Int: Type] = [:]
    private var traps: [UInt32: Function] = [:]
    /// Where exceptions go that come out of the calls that are generated now.
    var landingPad: BasicBlock?
    private var opaqueConstants: [Value: Value] = [:]
    /// See ``layout(ofType:)``.
    var objectLayouts: [Int: ObjectLayout] = [:]
    var operandFunctions: [String: Function] = [:]

    init(
        _ plan: ModulePlan, options: CompilationOptions, name: String, isWhole: Bool, keepsNames: Bool = false
    ) throws(CompileError) {
        self.plan = plan
        self.options = options
        self.isWhole = isWhole && options.tier == nil
        self.keepsNames = keepsNames
        self.name = name
        do {
            machine = try TargetMachine(
                triple: options.target.triple, cpu: options.target.cpu, features: options.target.features,
                level: options.optimization.codeGenerationLevel)
        } catch {
            throw CompileError(message: error.description)
        }
        guard let architecture = options.target.architecture else {
            let known = Architecture.allCases.map(\.rawValue).joined(separator: " and ")
            throw CompileError(message: "wasmc generates code for \(known), not for \(options.target.triple)")
        }
        self.architecture = architecture
        context = Context(keepsNames: keepsNames)
        module = LLVM.Module(name: name, in: context)
        module.setTarget(machine)
        options.profile?.summary.set(on: module, functionCount: plan.module.functions.count)
        builder = Builder(in: context)
        types = Types(context)
        let wasm = plan.module
        offsets = options.recordsOffsets ? LineTable(of: module) : nil
        aliasing = Aliasing(context, types, wasm, isUsed: options.optimization != .none)
        functionAttributes = Self.functionAttributes(
            context, options.target, architecture, mayThrow: wasm.usesExceptions)
        coldAttributes = [context.attribute("cold"), context.attribute("nounwind")]
        // Merged traps would not know where they happened.
        trapAttributes = coldAttributes + [context.attribute("noreturn"), context.attribute("nomerge")]
    }

    /// `i1 (i64 index, i64 byteCount, i64 memorySize, i64 minimumSize, i64 memory)`: whether all bytes lie in the
    /// memory. LLVM may merge and move its calls; the passes in `LLVMPasses` know what it means. Also of an array's
    /// elements: `BoundsCheck.h`.
    private(set) lazy var boundsCheck = addCondition(
        "wasmc.in_bounds", Array(repeating: types.i64, count: 5), mayBeMoved: true)

    /// The same for a memory with 64-bit addresses: the sum of index and byte count may wrap.
    private(set) lazy var boundsCheck64 = addCondition(
        "wasmc.in_bounds64", Array(repeating: types.i64, count: 5), mayBeMoved: true)

    /// The module has structs or arrays.
    private(set) lazy var hasObjects = wasm.definedTypes.definitions.contains { $0.kind != .function }

    /// `i1 (i64 fuel)`: whether what is left of the fuel is not negative.
    private(set) lazy var fuelCheck = addCondition("wasmc.has_fuel", [types.i64], mayBeMoved: true)

    /// `i1 (ptr requests, ptr instance, ptr mayGoOn)`: whether nobody wants the guest to stop; each call looks again.
    private(set) lazy var poll = addCondition(
        "wasmc.not_interrupted", Array(repeating: types.pointer, count: 3), mayBeMoved: false)

    /// `i1 (ptr instance)`: asks the runtime, when there is a request, whether the guest may go on. Loops look, so
    /// their registers are left as they are: this function saves what it uses.
    private(set) lazy var mayGoOn: Function = {
        let function = addFunction(SymbolName.mayGoOn, .function([types.pointer], returning: types.i1))
        function.setInternal()
        function.preservesRegisters()
        for attribute in coldAttributes + [context.attribute("noinline")] { function.addAttribute(attribute) }
        if architecture == .x86_64 {
            // LLVM clears the upper halves of vector registers before a return, even of those that it just restored.
            let features = [options.target.features, "-vzeroupper"].filter { !$0.isEmpty }
            function.addAttribute(
                context.attribute("target-features", features.joined(separator: ",")))
        }
        builder.elsewhere(function.appendBlock()) {
            let answer = call(.mayGoOn, function.parameter(0))
            builder.return(builder.compare(.ne, answer, types.i32.zero))
        }
        return function
    }()

    /// The guest sees nothing of what happens meanwhile: nobody else uses its store.
    func callMayGoOn(_ instance: Value) -> Value {
        let call = builder.call(mayGoOn, [instance])
        call.preservesRegisters()
        let attributes = coldAttributes + [context.attribute("memory", Self.writesInaccessibleMemory)]
        for attribute in attributes { call.addCallAttribute(attribute) }
        return call
    }

    static let writesInaccessibleMemory: UInt64 = 0b1100

    private func addCondition(_ name: String, _ parameters: [Type], mayBeMoved: Bool) -> Function {
        addPseudoFunction(name, .function(parameters, returning: types.i1), mayBeMoved: mayBeMoved, inlineCost: 10)
    }

    /// A function without code: a pass replaces its calls.
    func addPseudoFunction(_ name: String, _ type: Type, mayBeMoved: Bool, inlineCost: Int) -> Function {
        let function = module.addFunction(name, type)
        for name in ["nounwind", "willreturn", "nofree", "nosync", "nocallback"] + (mayBeMoved ? ["speculatable"] : [])
        {
            function.addAttribute(context.attribute(name))
        }
        // The inliner takes what it does not know for a call, which these are not.
        function.addAttribute(context.attribute("call-inline-cost", "\(inlineCost)"))
        // No memory, or memory that no code sees, which keeps calls where they are.
        function.addAttribute(context.attribute("memory", mayBeMoved ? 0 : Self.writesInaccessibleMemory))
        return function
    }

    /// The attributes of every generated function. Never `mustprogress` or `willreturn`: an infinite loop stays. The
    /// loader resolves only a few functions of the C library, so LLVM must not introduce calls of others.
    private static func functionAttributes(
        _ context: Context, _ target: Target, _ architecture: Architecture, mayThrow: Bool
    ) -> [Attribute] {
        (mayThrow ? [] : [context.attribute("nounwind")]) + [
            // For backtraces and exceptions: tables, not code.
            context.attribute("uwtable", 1),
            context.attribute("probe-stack", "inline-asm"),
            target.hasFastWideVectors
                ? context.attribute("prefer-vector-width", "512") : context.attribute("min-legal-vector-width", "128"),
            // Recursion without end must exhaust the stack, not become a loop.
            context.attribute("disable-tail-calls", "true"),
            context.attribute("no-builtin-strlen", ""),
            context.attribute("no-builtin-wcslen", ""),
            context.attribute("no-builtin-bcmp", ""),
        ]
            + frameAttributes(context, architecture)
    }

    /// On AArch64 faults find their frames by a chain of pointers, which costs next to nothing there.
    private static func frameAttributes(_ context: Context, _ architecture: Architecture) -> [Attribute] {
        switch architecture {
        case .aarch64: [context.attribute("frame-pointer", "non-leaf")]
        case .x86_64: []
        }
    }

    // MARK: Types

    func type(_ type: ValueType) -> Type {
        switch type.representation {
        case .i32: types.i32
        case .i64, .reference: types.i64
        case .f32: types.f32
        case .f64: types.f64
        case .v128: types.v128
        }
    }

    /// The type of functions of a module type: the context, where the results go if they are many, then the parameters.
    func signature(ofType index: Int) -> Type {
        if let known = signatures[index] { return known }
        let wasmType = wasm.types[index]
        let signature = Type.function(
            leadingParameters(wasmType.results) + wasmType.parameters.map(type), returning: returnType(wasmType.results)
        )
        signatures[index] = signature
        return signature
    }

    // MARK: Functions

    /// A function defined in the module, here or in another unit.
    func function(_ index: Int) -> Function {
        if let known = functions[index] { return known }
        let function = addFunction(SymbolName.function(index), signature(ofFunction: index))
        if wasm.functions[index].makesTailCalls { function.setPreservesNothing() }
        if isWhole, !wasm.functions[index].isReferenced, index != wasm.start { function.setInternal() }
        functions[index] = function
        return function
    }

    func addFunction(_ name: String, _ type: Type) -> Function {
        let function = module.addFunction(name, type)
        function.setHidden()
        for attribute in functionAttributes { function.addAttribute(attribute) }
        return function
    }

    private func branchWeights(of weights: [UInt64]) -> Value {
        let operands = weights.map { context.metadata(types.i32.constant($0)) }
        return context.value(context.metadata([context.metadata("branch_weights")] + operands))
    }

    /// LLVM's weights have 32 bits; `nil` for what was never reached.
    func branchWeights(_ counts: [UInt64]) -> Value? {
        guard let most = counts.max(), most > 0 else { return nil }
        let excess = max(0, UInt64.bitWidth - most.leadingZeroBitCount - UInt32.bitWidth)
        return branchWeights(of: counts.map { $0 >> UInt64(excess) })
    }

    // MARK: The runtime's structures

    func address(_ base: Value, _ byteOffset: Int) -> Value {
        builder.offset(base, by: types.i64.constant(byteOffset), of: types.i8)
    }

    /// A field that never changes while generated code runs.
    func loadConstant(_ type: Type, _ base: Value, _ byteOffset: Int) -> Value {
        let value = builder.load(type, address(base, byteOffset))
        aliasing.markConstant(value)
        return value
    }

    /// A field that calls may change.
    func loadField(_ type: Type, _ base: Value, _ byteOffset: Int) -> Value {
        let value = builder.load(type, address(base, byteOffset))
        aliasing.mark(value, .runtime)
        return value
    }

    @discardableResult func call(_ builtin: Builtin, _ instance: Value, _ arguments: [Value] = []) -> Value {
        func type(_ kind: Builtin.Kind) -> Type {
            switch kind {
            case .i32: types.i32
            case .i64: types.i64
            case .none: types.void
            }
        }
        let builtins = loadConstant(types.pointer, instance, InstanceField.builtins)
        let code = loadConstant(types.pointer, builtins, builtin.offset)
        let signature = Type.function([types.pointer] + builtin.parameters.map(type), returning: type(builtin.result))
        let call = builder.call(signature, code, [instance] + arguments)
        if wasm.usesExceptions { call.addCallAttribute(context.attribute("nounwind")) }
        return call
    }

    /// Every call of a guest's code or the host's is emitted here: it may throw. What takes the function's own place is
    /// not: who called the function catches what that throws.
    func callGuest(_ type: Type, _ code: Value, _ arguments: [Value]) -> Value {
        guard let landingPad else { return builder.call(type, code, arguments) }
        return builder.invoke(type, code, arguments, landingPad: landingPad)
    }

    /// Calls what hardly ever happens, so that LLVM moves it out of the way.
    func callCold(_ builtin: Builtin, _ instance: Value, _ arguments: [Value] = []) {
        let call = call(builtin, instance, arguments)
        for attribute in coldAttributes { call.addCallAttribute(attribute) }
    }

    /// Ends the block with a trap, which is a call.
    func trap(_ outcome: wasmc_outcome, _ instance: Value) -> Value {
        let call = builder.call(trapFunction(outcome), [instance])
        for attribute in trapAttributes { call.addCallAttribute(attribute) }
        builder.unreachable()
        return call
    }

    /// `void (ptr instance)`: a short call for each of many traps.
    private func trapFunction(_ outcome: wasmc_outcome) -> Function {
        if let known = traps[outcome.rawValue] { return known }
        let function = addFunction(SymbolName.trap(outcome.rawValue), .function([types.pointer], returning: types.void))
        function.setInternal()
        for attribute in [context.attribute("cold"), context.attribute("noinline")] { function.addAttribute(attribute) }
        builder.elsewhere(function.appendBlock()) {
            call(.trap, function.parameter(0), [types.i32.constant(UInt64(outcome.rawValue))])
            builder.return(nil)
        }
        traps[outcome.rawValue] = function
        return function
    }

    func intrinsic(_ name: StaticString, _ overloads: [Type], _ arguments: [Value]) -> Value {
        builder.call(module.intrinsic(name, overloads), arguments)
    }

    /// A constant whose value the optimiser does not know.
    func opaque(_ constant: Value) -> Value {
        let address: Value
        if let known = opaqueConstants[constant] {
            address = known
        } else {
            address = module.addPrivateConstant(constant, isOpaque: true)
            opaqueConstants[constant] = address
        }
        let value = builder.load(constant.type, address)
        aliasing.markConstant(value)
        return value
    }
}

/// LLVM's types by the names of WebAssembly.
struct Types {
    let void, i1, i8, i16, i32, i64, f32, f64, pointer, v128: Type

    init(_ context: Context) {
        void = context.void
        i1 = context.integer(bitCount: 1)
        i8 = context.integer(bitCount: 8)
        i16 = context.integer(bitCount: 16)
        i32 = context.integer(bitCount: 32)
        i64 = context.integer(bitCount: 64)
        f32 = context.float
        f64 = context.double
        pointer = context.pointer
        v128 = .vector(i8, count: 16)
    }

    func lane(_ shape: Shape) -> Type {
        switch shape {
        case .i8x16: i8
        case .i16x8: i16
        case .i32x4: i32
        case .i64x2: i64
        case .f32x4: f32
        case .f64x2: f64
        }
    }

    func vector(_ shape: Shape) -> Type { .vector(lane(shape), count: shape.laneCount) }

    /// The integer lanes of the same width.
    func integerVector(_ shape: Shape) -> Type {
        switch shape {
        case .i8x16, .i16x8, .i32x4, .i64x2: vector(shape)
        case .f32x4: vector(.i32x4)
        case .f64x2: vector(.i64x2)
        }
    }
}
