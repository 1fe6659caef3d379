internal import CRuntime
internal import LLVM
internal import Wasm

/// Lowers one function body. Each family of instructions is an extension in a file of its own.
///
/// A trap is control flow that LLVM sees: a condition, a cold block, a call that does not return. So every later pass
/// is right about it by construction.
final class FunctionLowering {
    let module: ModuleLowering
    let function: IRValue
    let resultTypes: [ValueType]
    /// Allocated on the stack; LLVM promotes them to registers.
    var locals: [IRValue] = []
    var localTypes: [IRType] = []
    var operands: [IRValue] = []
    var frames: [ControlFrame] = []
    var labelReader: ((Instruction) -> [UInt32])?
    private var trapBlocks: [UInt32: IRBlock] = [:]
    private(set) var deepestOperand = 0
    var makesCalls = false

    var build: IRBuilder { _read { yield module.build } }
    var wasm: Wasm.Module { module.wasm }
    var instance: IRValue { function.parameter(0) }

    init(_ module: ModuleLowering, function: IRValue, resultTypes: [ValueType]) {
        self.module = module
        self.function = function
        self.resultTypes = resultTypes
    }

    // MARK: Operands

    func push(_ value: IRValue) {
        operands.append(value)
        deepestOperand = max(deepestOperand, operands.count)
    }

    /// Validation guarantees the operand.
    func pop() -> IRValue { operands.removeLast() }

    func pop(_ count: Int) -> [IRValue] {
        let values = Array(operands.suffix(count))
        operands.removeLast(count)
        return values
    }

    func i32(_ value: UInt64) -> IRValue { module.i32.constant(value) }
    func i64(_ value: UInt64) -> IRValue { module.i64.constant(value) }

    /// An index or count of type i32 as a 64-bit number.
    func widened(_ value: IRValue) -> IRValue { build.cast(.zeroExtend, value, to: module.i64) }

    /// A comparison's result as i32.
    func pushCondition(_ condition: IRValue) { push(build.cast(.zeroExtend, condition, to: module.i32)) }

    func block(_ name: String) -> IRBlock { module.ir.appendBlock(name, to: function) }

    // MARK: Traps

    /// Traps if the condition holds; goes on in a new block.
    func trap(_ outcome: wasmc_outcome, if condition: IRValue) {
        let next = block("ok")
        build.branch(condition, trapBlock(outcome), else: next)
        build.move(to: next)
    }

    func trapBlock(_ outcome: wasmc_outcome) -> IRBlock {
        if let block = trapBlocks[outcome.rawValue] { return block }
        let here = build.block
        let trap = block("trap")
        build.move(to: trap)
        _ = callBuiltin(\.trap, returning: module.void, [i32(UInt64(outcome.rawValue))])
        build.unreachable()
        build.move(to: here)
        trapBlocks[outcome.rawValue] = trap
        return trap
    }

    // MARK: The runtime

    /// Calls a runtime function with the instance as its first argument.
    func callBuiltin<F>(_ path: KeyPath<wasmc_builtins, F>, returning result: IRType, _ arguments: [IRValue]) -> IRValue {
        let builtins = module.constantPointer(
            of: instance, offset: offset(\wasmc_instance.builtins), byteCount: MemoryLayout<wasmc_builtins>.size)
        let code = module.constantPointer(of: builtins, offset: offset(path), byteCount: 1)
        let type = module.ir.function([module.pointer] + arguments.map(\.type), returning: result)
        return build.call(type, code, [instance] + arguments)
    }

    // MARK: The whole function

    /// Lowers a body, whose validity the reader has established.
    func lower(functionIndex: Int) throws(ModuleError) {
        var reader = try FunctionBodyReader(module: wasm, functionIndex: functionIndex)
        let parameterCount = wasm.type(ofFunction: functionIndex).parameters.count
        let entry = block("entry")
        let body = block("body")
        build.move(to: entry)
        for (index, type) in reader.locals.enumerated() {
            localTypes.append(module.type(type))
            locals.append(build.alloca(localTypes[index], "local\(index)"))
            build.store(index < parameterCount ? function.parameter(index + 1) : module.type(type).zero, locals[index])
        }
        build.move(to: body)
        let exit = block("return")
        frames.append(
            ControlFrame(
                kind: .block, label: exit, labelValues: phis(resultTypes, in: exit), end: exit, endValues: [], height: 0))
        frames[0].endValues = frames[0].labelValues
        while let instruction = try reader.next() {
            if instruction.opcode == .brTable {
                let labels = reader.labels(of: instruction)
                labelReader = { _ in labels }
            }
            lower(instruction, isFallthroughReachable: reader.isFallthroughReachable)
        }
        exit.moveToEnd(of: function)
        module.return(operands, resultTypes)
        finishEntry(entry, body, localCount: locals.count, bodyByteCount: wasm.functions[functionIndex].body?.count ?? 0)
    }

    /// Only functions that call others, or have a large frame, need to look at the stack: the host's reserve covers
    /// the rest.
    func finishEntry(_ entry: IRBlock, _ body: IRBlock, localCount: Int, bodyByteCount: Int) {
        build.move(to: entry)
        var frameByteCount = (localCount + deepestOperand) * 16
        // The fast instruction selector may give every value a slot of its own.
        if module.options.optimization == .none { frameByteCount = max(frameByteCount, bodyByteCount * 4) }
        let isLarge = frameByteCount > 16_384
        guard makesCalls || isLarge else {
            build.branch(body)
            return
        }
        let name = module.options.target.triple.hasPrefix("aarch64") ? "sp" : "rsp"
        let register = module.ir.metadata([module.ir.metadata(name)])
        var stack = build.intrinsic("llvm.read_register", [module.i64], [register])
        if isLarge {
            stack = build.intrinsic("llvm.usub.sat", [module.i64], [stack, i64(UInt64(frameByteCount))])
        }
        let store = module.constantPointer(
            of: instance, offset: offset(\wasmc_instance.store), byteCount: MemoryLayout<wasmc_store>.size)
        let limit = module.field(module.i64, of: store, offset: offset(\wasmc_store.stack_limit))
        let overflow = block("stack_overflow")
        build.branch(build.compare(.ult, stack, limit), overflow, else: body)
        build.move(to: overflow)
        _ = callBuiltin(\.stack_check_failed, returning: module.void, [])
        build.branch(body)
    }

    /// Chooses the family's own lowering.
    func lower(_ instruction: Instruction, isFallthroughReachable: Bool) {
        let row = instruction.opcode.row
        switch row.family {
        case .control(let control): lower(control, instruction, isFallthroughReachable)
        case .call(let call): lower(call, instruction)
        case .parametric(let parametric): lower(parametric)
        case .variable(let variable): lower(variable, instruction)
        case .table(let table): lower(table, instruction)
        case .load(let load): lower(load, row, instruction.immediates)
        case .store(let store): lower(store, row, instruction.immediates)
        case .memory(let memory): lower(memory, instruction.immediates)
        case .bulkMemory(let bulk): lower(bulk, instruction.immediates)
        case .constant(let constant): lower(constant, instruction.immediates)
        case .integerTest(let test): lower(test)
        case .integerCompare(let compare): lower(compare)
        case .integerUnary(let unary): lower(unary, row)
        case .integerBinary(let binary): lower(binary, row)
        case .floatCompare(let compare): lower(compare)
        case .floatUnary(let unary): lower(unary, row)
        case .floatBinary(let binary): lower(binary, row)
        case .conversion(let conversion): lower(conversion, row)
        case .reference(let reference): lower(reference, instruction)
        }
    }
}
