internal import CRuntime
import LLVM
import Wasm

/// Turns the body of one function into LLVM IR: an instruction at a time, with an operand stack of LLVM values.
///
/// The reader delivers valid, reachable code only, so nothing is checked here again. Nothing recurses: blocks may be
/// nested as deep as the module is large. Each family of instructions is an extension in a file of its own.
struct FunctionLowering: ~Copyable {
    let unit: CompilationUnit
    let index: Int
    /// What callers see; not the function that has the body when that has a large frame.
    let entrance: Function
    let function: Function
    /// The first argument of every function.
    let instance: Value
    var reader: FunctionBodyReader
    var operands: [Value] = []
    /// Of the uppermost operands that the instruction finds, those that cannot be null: a bit each, by depth.
    var nonNullOperands: UInt8 = 0
    /// Whether the uppermost one is a reference to a struct or an array, or null, by its type.
    var isObjectOnTop = false
    /// The last call through a reference compares that with functions.
    var hasLikelyTargets = false
    /// What the instruction before loaded of a field, for a `call_ref` to compare.
    var uncheckedFunction: UncheckedFunction?
    var frames: [ControlFrame] = []
    var locals: [StackSlot] = []
    /// By local; see ``usedLocals()``.
    private(set) var isUsed: [Bool] = []
    var memories: [MemoryVariables] = []
    var checkedRanges: CheckedRanges
    var trapBlocks: [UInt32: TrapBlock] = [:]
    let lineScope: LineTable.Scope?
    /// Of the instruction that is being lowered, in the module.
    private(set) var instructionOffset = 0
    var meter: Meter?
    var callCount = 0
    /// The calls up to the last ``divideBlock(after:)``.
    private var dividedAt = 0
    var loopCount = 0
    var loopEntry: LoopEntry?
    var loopExit: LoopExit?
    var resultArea: ResultArea?
    var heldReferences: HeldReferences?
    /// The frames with a handler, innermost last.
    var handlerFrames: [Int] = []
    /// What the clauses of `try` around here have caught and throw again, innermost last.
    var caughtReferences: [StackSlot] = []
    /// See ``CompileCost``.
    var transferCount = 0
    var argumentCount = 0
    /// Instructions since the code last looked whether it has to stop.
    var stepCount = 0
    var loopDepth = 0
    var deepestLoop = 0
    /// The program's own blocks: conditional traps end blocks too, but cost LLVM much less.
    var blockCount = 0
    var trapCount = 0
    var shuffleCount = 0
    var refreshCount = 0
    /// Different labels of every `br_table`.
    var tableLabelCount = 0
    /// Of accesses to memory.
    var checkCount = 0
    /// Holds the stack slots and what is loaded once; finished last.
    let entry: BasicBlock
    let resultTypes: [ValueType]

    var builder: Builder { _read { yield unit.builder } }
    var types: Types { unit.types }

    init(unit: CompilationUnit, functionIndex: Int, loop: Int? = nil) throws(ModuleError) {
        self.unit = unit
        index = functionIndex
        reader = try FunctionBodyReader(module: unit.wasm, functionIndex: functionIndex)
        if let loop {
            let name = SymbolName.loop(loop, ofFunction: functionIndex)
            entrance = unit.addFunction(name, unit.loopSignature(function: functionIndex))
            loopEntry = LoopEntry(number: loop)
        } else {
            entrance = unit.function(functionIndex)
        }
        function = unit.bodyFunction(behind: entrance)
        resultTypes = unit.wasm.type(ofFunction: functionIndex).results
        checkedRanges = CheckedRanges(localCount: reader.locals.count)
        instance = function.parameter(0)
        lineScope = unit.offsets?.addScope(to: function)
        entry = function.appendBlock()
        function.addAttribute(unit.context.attribute("nonnull"), parameter: 0)
        function.addAttribute(unit.context.attribute("noundef"), parameter: 0)
        function.addAttribute(
            unit.context.attribute("dereferenceable", UInt64(unit.layout.byteCount)), parameter: 0)
        function.addAttribute(
            unit.context.attribute("align", UInt64(MemoryLayout<wasmc_instance>.alignment)), parameter: 0)
    }

    /// Lowers the body of function `index` into the unit, or what follows from the head of a loop on, and says what
    /// optimising it will cost.
    static func lower(_ index: Int, loop: Int? = nil, in unit: CompilationUnit) throws(ModuleError) -> CompileCost {
        var lowering = try FunctionLowering(unit: unit, functionIndex: index, loop: loop)
        try lowering.lowerBody()
        return CompileCost(lowering, bodyByteCount: unit.wasm.functions[index].body?.count ?? 0)
    }

    private mutating func lowerBody() throws(ModuleError) {
        builder.position(atEndOf: entry)
        try makeLocals()
        makeMemoryVariables()
        makeMeter()
        let body = newBlock()
        builder.position(atEndOf: body)
        enter(.block, parameters: [], results: resultTypes)
        let start = reader.offset
        instructionOffset = start
        chargeBlock()
        countEntry()
        while let instruction = try next() {
            if isHopeless { return }
            instructionOffset = instruction.offset
            count(instruction)
            lower(instruction)
            divideBlock(after: instruction)
            checkInterruption(after: instruction)
            try checkTransfers()
            meterBlock(after: instruction)
        }
        builder.position(atEndOf: entry)
        finishMemoryVariables()
        instructionOffset = start
        enterBaseline()
        checkStack(then: loopEntry?.head ?? body)
        inlineDispatch()
    }

    private mutating func next() throws(ModuleError) -> Instruction? {
        if unit.hasObjects {
            nonNullOperands = 0
            isObjectOnTop = reader.operandCount > 0 && isObject(reader.operandType(at: reader.operandCount - 1))
            for depth in 0..<min(Self.mostOperandsOfAccess, reader.operandCount) {
                let type = reader.operandType(at: reader.operandCount - 1 - depth)
                if type.isReference, !type.isNullable { nonNullOperands |= 1 << depth }
            }
        }
        return try reader.next()
    }

    /// Whether references of the type are to structs and arrays or null, and no numbers.
    private func isObject(_ type: ValueType) -> Bool {
        guard let heapType = type.heapType else { return false }
        return switch heapType {
        case .structure, .array: true
        case .defined(let index): unit.wasm.definedTypes.kind(of: index) != .function
        case .any, .eq, .i31, .none, .function, .noFunction, .external, .noExternal, .exception, .noException: false
        }
    }

    /// An array, an index and a value.
    private static let mostOperandsOfAccess = 3

    private static let mostCallsTogether = 256

    /// LLVM's fast register allocator takes quadratic time for the calls of one block.
    private mutating func divideBlock(after instruction: Instruction) {
        guard unit.options.optimization == .none, callCount >= dividedAt + Self.mostCallsTogether else { return }
        // What transfers control has ended its block itself.
        if case .control = instruction.opcode.row.family { return }
        dividedAt = callCount
        let next = newBlock()
        builder.branch(to: next)
        start(next)
    }

    private static let manyLocals = 200

    /// By local, whether the function mentions it, where it has many or its body is too short to mention all of them: a
    /// few bytes of a module declare 50,000, or name a type with 1,000 parameters.
    private func usedLocals() throws(ModuleError) -> [Bool] {
        let count = reader.locals.count
        guard count > Self.manyLocals || 2 * count > unit.wasm.functions[index].body?.count ?? 0 else {
            return Array(repeating: true, count: count)
        }
        var isUsed = Array(repeating: false, count: count)
        var body = try FunctionBodyReader(module: unit.wasm, functionIndex: index)
        while let instruction = try body.next() {
            if [.localGet, .localSet, .localTee].contains(instruction.opcode) {
                isUsed[Int(instruction.immediates.index)] = true
            }
        }
        return isUsed
    }

    private mutating func makeLocals() throws(ModuleError) {
        isUsed = try usedLocals()
        // Those that are not used have one slot for each type.
        var spare: [ValueType: StackSlot] = [:]
        for (index, type) in reader.locals.enumerated() {
            if !isUsed[index], let slot = spare[type] {
                locals.append(slot)
                continue
            }
            let local = StackSlot(unit.type(type), in: builder)
            if unit.keepsNames { local.address.setName("local\(index)") }
            locals.append(local)
            if !isUsed[index] { spare[type] = local }
        }
        let parameters = loopEntry == nil ? unit.ownParameters(of: function, index, isUsed) : []
        for (index, type) in reader.locals.enumerated() {
            // Of the spare ones, the first of each type makes it null.
            if !isUsed[index] {
                if spare.removeValue(forKey: type) != nil { writeLocal(index, unit.type(type).zero) }
                continue
            }
            let parameter = index < parameters.count ? parameters[index] : nil
            writeLocal(index, loopEntry != nil ? loadLocal(index, type) : parameter ?? unit.type(type).zero)
        }
    }

    private mutating func lower(_ instruction: Instruction) {
        let row = instruction.opcode.row
        recordExecution(instruction.opcode)
        switch row.family {
        case .control(let operation): control(operation, instruction)
        case .call(let operation): call(operation, instruction)
        case .parametric(let operation): parametric(operation)
        case .variable(let operation): variable(operation, instruction)
        case .table(let operation): table(operation, instruction)
        case .load(let operation): load(operation, instruction, row)
        case .store(let operation): store(operation, instruction)
        case .memory(let operation): memory(operation, instruction)
        case .constant(let operation): push(unit.constant(operation, instruction))
        case .integerTest(let operation): integerTest(operation)
        case .integerCompare(let operation): integerCompare(operation, row)
        case .floatCompare(let operation): floatCompare(operation, row)
        case .integerUnary(let operation): integerUnary(operation, row)
        case .integerBinary(let operation): integerBinary(operation, row)
        case .floatUnary(let operation): floatUnary(operation, row)
        case .floatBinary(let operation): floatBinary(operation, row)
        case .conversion(let operation): conversion(operation, row)
        case .reference(let operation): reference(operation, instruction)
        case .bulkMemory(let operation): bulkMemory(operation, instruction)
        case .vectorLoad(let operation): vectorLoad(operation, instruction, row)
        case .vectorStore(let operation): vectorStore(operation, instruction, row)
        case .vectorLane(let operation): vectorLane(operation, instruction, row)
        case .vectorTest(let operation): vectorTest(operation, row)
        case .vectorConversion(let operation): vectorConversion(operation, row)
        case .vectorWidening(let operation): vectorWidening(operation, row)
        case .relaxed(let operation): relaxed(operation, row)
        case .wideArithmetic(let operation): wideArithmetic(operation)
        case .structure(let operation): structure(operation, instruction)
        case .array(let operation): array(operation, instruction)
        case .atomic(let operation): atomic(operation, instruction, row)
        }
    }

    private func recordExecution(_ opcode: Opcode) {
        guard let record = unit.options.executionRecord else { return }
        // After a branch there is no block to write into.
        if opcode.separatesBlocks, !reader.isFallthroughReachable { return }
        let address = types.i64.constant(UInt64(record) + UInt64(opcode.rawValue))
        builder.store(types.i8.constant(1), builder.cast(.inttoptr, address, to: types.pointer))
    }

    // MARK: Operands

    mutating func push(_ value: Value) { operands.append(value) }
    mutating func pop() -> Value { operands.removeLast() }

    mutating func pop(count: Int) -> [Value] {
        let values = Array(operands.suffix(count))
        operands.removeLast(count)
        return values
    }

    /// Pushes a truth value as an `i32`.
    mutating func push(boolean: Value) { push(builder.cast(.zext, boolean, to: types.i32)) }

    /// Pops an `i32` as a truth value.
    mutating func popBoolean() -> Value {
        let value = pop()
        return value.widenedBoolean ?? builder.compare(.ne, value, types.i32.zero)
    }

    /// Pops an index or count of an address type as an unsigned 64-bit number.
    mutating func popIndex(as address: ValueType = .i32) -> Value {
        address == .i64 ? pop() : builder.cast(.zext, pop(), to: types.i64)
    }

    /// Pushes a size of a memory or table, or -1.
    mutating func push(size: Value, as address: ValueType) {
        push(address == .i64 ? size : builder.cast(.trunc, size, to: types.i32))
    }

    func address(inMemory index: some BinaryInteger) -> ValueType { unit.wasm.memories[Int(index)].type.address }
    func address(inTable index: some BinaryInteger) -> ValueType { unit.wasm.tables[Int(index)].type.address }

    func index32(_ value: UInt32) -> Value { types.i32.constant(UInt64(value)) }

    // MARK: Blocks

    mutating func newBlock() -> BasicBlock {
        blockCount += 1
        return function.appendBlock()
    }

    /// Continues in `block`, which is placed after the current one.
    func start(_ block: BasicBlock) {
        block.move(after: builder.block)
        builder.position(atEndOf: block)
    }
}
