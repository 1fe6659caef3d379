/// Decodes and validates one function body, an instruction at a time.
///
/// Unreachable code is validated and swallowed, nested blocks included, so that a consumer never sees it; the `else`,
/// `end`, `catch`, `catch_all` and `delegate` of a block whose start was reachable are always delivered. Specification:
/// "Validation Algorithm" (appendix).
public struct FunctionBodyReader: ~Copyable {
    let module: Module
    /// The type of addresses in memory 0, which most modules use alone.
    private let firstAddress: ValueType
    /// Parameters, then declared locals.
    public private(set) var locals: [ValueType] = []
    var reader: ByteReader
    var operands = OperandStack()
    var frames: [Frame] = []
    /// The locals that have no initial value and have been set here, in the order in which they were.
    var initializedLocals: [Int] = []
    /// By local, that it may not be read yet; empty where every local has an initial value.
    var isUninitialized: [Bool] = []
    /// The rest of the innermost block is unreachable.
    var isUnreachable = false
    /// The tables that instructions of the bodies read so far change.
    var modifiedTables: Set<Int> = []
    /// The open function has a tail call among the instructions read so far.
    var hasTailCall = false
    /// Where those instructions `try` are that a `rethrow` of the bodies read so far names.
    var rethrowingTries: Set<Int> = []
    /// A call among the instructions read so far takes or returns a reference to an exception.
    var handsOnExceptions = false
    /// For the `else`, `end`, `catch`, `catch_all` or `delegate` just delivered: is it reached by falling through, its
    /// operands on the stack?
    public private(set) var isFallthroughReachable = true

    /// A block that is open. Trivially copyable: its types are named by the block type.
    struct Frame {
        enum Kind { case function, block, loop, `if`, `else`, `try`, `catch`, catchAll }
        var kind: Kind
        /// A function's is its type, whose parameters are its first locals.
        var type: BlockType
        /// Where its instruction is, for `try` with its clauses.
        var offset = 0
        /// How many operands lie below the block's.
        var height: Int
        /// How many locals were initialized where it begins.
        var initializedCount = 0
        /// The block is in unreachable code: nothing of it is delivered.
        var isSwallowed: Bool
        /// The block itself made its rest unreachable, so operands that are missing have any type.
        var isPolymorphic = false
    }

    /// A reader at the start of a function's body.
    ///
    /// - Throws: ``ModuleError`` when the local declarations are malformed or too many.
    public init(module: Module, functionIndex: Int) throws(ModuleError) {
        self.init(module: module)
        try open(functionIndex: functionIndex)
    }

    /// A reader that has no function open yet.
    ///
    /// - Parameter features: what bodies may use that are not validated yet.
    init(module: Module, features: Features = .all) {
        self.module = module
        firstAddress = module.memories.first?.type.address ?? .i32
        reader = ByteReader(module.bytes, 0..<0, features: features)
        reader.typeCount = module.types.count
    }

    /// Goes on with another function, in the memory that the ones before needed.
    mutating func open(functionIndex: Int) throws(ModuleError) {
        let function = module.functions[functionIndex]
        let body = function.body ?? 0..<0
        (reader.position, reader.end) = (body.lowerBound, body.upperBound)
        locals.removeAll(keepingCapacity: true)
        locals.append(contentsOf: module.types[function.typeIndex].parameters)
        let parameterCount = locals.count
        try declareLocals(body)
        initializedLocals.removeAll(keepingCapacity: true)
        isUninitialized.removeAll(keepingCapacity: true)
        if locals[parameterCount...].contains(where: \.isNonNull) {
            isUninitialized = locals.enumerated().map { $0 >= parameterCount && $1.isNonNull }
        }
        operands.removeAll()
        frames.removeAll(keepingCapacity: true)
        frames.append(
            Frame(kind: .function, type: .type(index: UInt32(function.typeIndex)), height: 0, isSwallowed: false))
        isUnreachable = false
        hasTailCall = false
    }

    /// Reads a constant expression as the body of a function without locals that returns its value.
    mutating func open(_ expression: Module.ConstantExpression) {
        (reader.position, reader.end) = (expression.range.lowerBound, expression.range.upperBound)
        locals.removeAll(keepingCapacity: true)
        initializedLocals.removeAll(keepingCapacity: true)
        isUninitialized.removeAll(keepingCapacity: true)
        operands.removeAll()
        frames.removeAll(keepingCapacity: true)
        frames.append(Frame(kind: .function, type: .value(expression.type), height: 0, isSwallowed: false))
        isUnreachable = false
    }

    private mutating func declareLocals(_ body: Range<Int>) throws(ModuleError) {
        let groups = try reader.count(limit: Limit.locals, of: "groups of locals")
        var total: UInt64 = 0
        for _ in 0..<groups {
            let start = reader.position
            let count = try reader.u32()
            total += UInt64(count)
            guard total <= UInt64(UInt32.max) else { throw reader.malformed("too many locals: \(total)", at: start) }
            let type = try reader.valueType()
            if total <= UInt64(Limit.locals) { locals.append(contentsOf: repeatElement(type, count: Int(count))) }
        }
        guard total <= UInt64(Limit.locals) else {
            throw ModuleError(
                .limit, "too many locals: \(total) are more than the limit of \(Limit.locals)", offset: body.lowerBound)
        }
    }

    /// The byte offset of the next instruction in the module.
    public var offset: Int { reader.position }
    /// The first byte of the next instruction; `nil` behind the body's last one.
    public var nextByte: UInt8? { reader.peek() }

    /// The next reachable instruction; `nil` after the function's final `end` was delivered.
    public mutating func next() throws(ModuleError) -> Instruction? {
        while !frames.isEmpty {
            let (instruction, isDelivered) = try step()
            if isDelivered { return instruction }
        }
        return nil
    }

    /// Validates what is left of the function.
    mutating func finish() throws(ModuleError) {
        while !frames.isEmpty { _ = try step() }
    }

    @inline(__always)
    private mutating func step() throws(ModuleError) -> (Instruction, isDelivered: Bool) {
        guard !reader.isAtEnd else {
            throw reader.malformed("unexpected end of section or function: END opcode expected")
        }
        let wasUnreachable = isUnreachable
        var instruction = Instruction(opcode: .nop, offset: reader.position)
        instruction.opcode = try reader.opcode()
        let signature = reader.table.signature(instruction.opcode)
        switch signature.pointee.rule {
        case .plain: try checkTypes(instruction, signature)
        case .local:
            instruction.immediates.index = try reader.u32()
            try checkLocal(Int(instruction.immediates.index), instruction.opcode, at: instruction.offset)
        case .i32Constant:
            instruction.immediates.bits = UInt64(UInt32(bitPattern: try reader.s32()))
            push(.i32)
        case .memory:
            try reader.memarg(&instruction.immediates)
            try checkMemoryArgument(instruction, signature.pointee.naturalAlignmentExponent)
            try checkAccess(instruction, signature)
        case .control:
            try reader.immediates(signature.pointee.immediates, into: &instruction.immediates)
            if try checkControl(instruction) {
                isFallthroughReachable = !wasUnreachable
                if frames.isEmpty, !reader.isAtEnd {
                    throw reader.malformed("section size mismatch: END opcode expected")
                }
                return (instruction, true)
            }
            if instruction.opcode.separatesBlocks { return (instruction, false) }
        case .fixed, .addressed, .byHand:
            try reader.immediates(signature.pointee.immediates, into: &instruction.immediates)
            try checkImmediates(instruction)
            switch signature.pointee.rule {
            case .fixed: try checkTypes(instruction, signature)
            case .addressed: try checkAddressed(instruction, signature)
            case .plain, .local, .i32Constant, .memory, .control, .byHand: try checkByHand(instruction)
            }
        }
        return (instruction, !wasUnreachable)
    }

    /// The clauses of a `try_table`; empty for other instructions.
    public func catchClauses(of instruction: Instruction) -> [CatchClause] { reader.catchClauses(of: instruction) }

    /// The type of an operand on the stack, counted from the bottom.
    public func operandType(at index: Int) -> ValueType { operands[index] }
    /// How many operands are on the stack.
    public var operandCount: Int { operands.count }

    /// The labels of a `br_table`, the default last; empty for other instructions.
    public func labels(of instruction: Instruction) -> [UInt32] {
        guard instruction.opcode == .brTable else { return [] }
        var reader = ByteReader(module.bytes, instruction.immediates.labels)
        var labels: [UInt32] = []
        while let label = try? reader.u32() { labels.append(label) }
        return labels
    }

    /// The type of addresses in a memory that there is.
    @inline(__always)
    func address(inMemory index: Int) -> ValueType {
        index == 0 ? firstAddress : module.memories[index].type.address
    }

    // MARK: The operand stack

    @inline(never)
    func invalid(_ message: @autoclosure () -> String, _ instruction: Instruction) -> ModuleError {
        ModuleError(.invalid, message(), offset: instruction.offset)
    }

    mutating func push(_ type: ValueType) { operands.push(type) }

    /// An operand of any type; `nil` stands for the unknown type of unreachable code.
    mutating func popAny(_ instruction: Instruction) throws(ModuleError) -> ValueType? {
        guard let type = operands.pop() else {
            if frames[frames.count - 1].isPolymorphic { return nil }
            throw invalid(
                "type mismatch: \(instruction.opcode.row.name) needs an operand, but the stack is empty", instruction)
        }
        return type == .unknown ? nil : type
    }

    @inline(__always)
    mutating func pop(_ expected: ValueType, _ instruction: Instruction) throws(ModuleError) {
        if !operands.pop(if: expected) { try popUnusual(expected, instruction) }
    }

    @inline(never)
    mutating func popUnusual(_ expected: ValueType, _ instruction: Instruction) throws(ModuleError) {
        guard let found = try popAny(instruction), !found.matches(expected, in: module.definedTypes) else { return }
        throw invalid("type mismatch: \(instruction.opcode.row.name) expected \(expected), found \(found)", instruction)
    }

    mutating func pop(_ types: [ValueType], _ instruction: Instruction) throws(ModuleError) {
        for type in types.reversed() { try pop(type, instruction) }
    }

    mutating func push(_ types: [ValueType]) {
        for type in types { push(type) }
    }

    @inline(__always)
    mutating func popParameters(of type: BlockType, _ instruction: Instruction) throws(ModuleError) {
        if case .type(let index) = type { try pop(module.types[Int(index)].parameters, instruction) }
    }

    @inline(__always)
    mutating func pushParameters(of type: BlockType) {
        if case .type(let index) = type { push(module.types[Int(index)].parameters) }
    }

    @inline(__always)
    mutating func popResults(of type: BlockType, _ instruction: Instruction) throws(ModuleError) {
        switch type {
        case .empty: break
        case .value(let type): try pop(type, instruction)
        case .type(let index): try pop(module.types[Int(index)].results, instruction)
        }
    }

    @inline(__always)
    mutating func pushResults(of type: BlockType) {
        switch type {
        case .empty: break
        case .value(let type): push(type)
        case .type(let index): push(module.types[Int(index)].results)
        }
    }

    /// What a branch to the block takes. Specification: "Labels".
    mutating func popLabel(of frame: Frame, _ instruction: Instruction) throws(ModuleError) {
        if frame.kind == .loop {
            try popParameters(of: frame.type, instruction)
        } else {
            try popResults(of: frame.type, instruction)
        }
    }

    mutating func pushLabel(of frame: Frame) {
        if frame.kind == .loop { pushParameters(of: frame.type) } else { pushResults(of: frame.type) }
    }

    mutating func markUnreachable() {
        operands.removeAllAboveFloor()
        isUnreachable = true
        frames[frames.count - 1].isPolymorphic = true
    }

    // MARK: Blocks

    mutating func enter(_ kind: Frame.Kind, _ type: BlockType, at offset: Int = 0) {
        open(kind, type, at: offset)
        pushParameters(of: type)
    }

    /// Enters a clause of a `try`, with the exception's values.
    mutating func enter(_ kind: Frame.Kind, of attempt: Frame, _ values: [ValueType]) {
        open(kind, attempt.type, at: attempt.offset)
        push(values)
    }

    private mutating func open(_ kind: Frame.Kind, _ type: BlockType, at offset: Int) {
        operands.floor = operands.count
        frames.append(
            Frame(
                kind: kind, type: type, offset: offset, height: operands.count,
                initializedCount: initializedLocals.count, isSwallowed: isUnreachable))
    }

    /// Checks a block's results and removes its frame.
    mutating func leave(_ instruction: Instruction) throws(ModuleError) -> Frame {
        let frame = frames[frames.count - 1]
        try popResults(of: frame.type, instruction)
        guard operands.isAtFloor else {
            throw invalid(
                "type mismatch: at the end of the block the stack still holds "
                    + (operands.count - frame.height).counted("value"),
                instruction)
        }
        frames.removeLast()
        operands.floor = frames.last?.height ?? 0
        while initializedLocals.count > frame.initializedCount, let local = initializedLocals.popLast() {
            isUninitialized[local] = true
        }
        isUnreachable = frame.isSwallowed
        return frame
    }

    mutating func label(_ depth: UInt32, _ instruction: Instruction) throws(ModuleError) -> Frame {
        guard depth < frames.count else { throw unknown("label", Int(depth), instruction) }
        return frames[frames.count - 1 - Int(depth)]
    }
}

extension ValueType {
    /// The type of operands in unreachable code.
    static let unknown = ValueType(bits: 0)
}

extension Module {
    /// The function type that a block type stands for; the block type is valid.
    public func functionType(of type: BlockType) -> FunctionType {
        switch type {
        case .empty: FunctionType(parameters: [], results: [])
        case .value(let value): FunctionType(parameters: [], results: [value])
        case .type(let index): types[Int(index)]
        }
    }
}
