/// Decodes and validates one function body, an instruction at a time.
///
/// Unreachable code is validated and swallowed, nested blocks included, so that a consumer never sees it; the `else` and
/// `end` of a block whose start was reachable are always delivered. Specification: "Validation Algorithm" (appendix).
public struct FunctionBodyReader {
    let module: Module
    /// Parameters, then declared locals.
    public private(set) var locals: [ValueType]
    var reader: ByteReader
    var operands: [ValueType] = []
    var frames: [Frame] = []
    /// For the `else` or `end` just delivered: is it reached by falling through, its operands on the stack?
    public private(set) var isFallthroughReachable = true

    struct Frame {
        enum Kind { case function, block, loop, `if`, `else` }
        var kind: Kind
        var type: FunctionType
        var height: Int
        /// The rest of the block is unreachable.
        var isUnreachable = false
        /// The block itself made its rest unreachable, so operands that are missing have any type.
        var isPolymorphic = false
        /// The block's start is unreachable: nothing of it is delivered.
        var isSwallowed = false

        var labelTypes: [ValueType] { kind == .loop ? type.parameters : type.results }
    }

    /// - Throws: ``ModuleError`` when the local declarations are malformed or too many.
    public init(module: Module, functionIndex: Int) throws(ModuleError) {
        self.module = module
        let function = module.functions[functionIndex]
        let body = function.body ?? 0..<0
        reader = ByteReader(module.bytes, body)
        let type = module.types[function.typeIndex]
        locals = type.parameters
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
        frames.append(Frame(kind: .function, type: FunctionType(parameters: [], results: type.results), height: 0))
    }

    /// The byte offset of the next instruction in the module.
    public var offset: Int { reader.position }

    /// The next reachable instruction; `nil` after the function's final `end` was delivered.
    public mutating func next() throws(ModuleError) -> Instruction? {
        while !frames.isEmpty {
            guard !reader.isAtEnd else { throw reader.malformed("unexpected end of section or function: END opcode expected") }
            let wasUnreachable = frames[frames.count - 1].isUnreachable
            let instruction = try reader.instruction()
            let closesReachableBlock = try check(instruction)
            if closesReachableBlock {
                isFallthroughReachable = !wasUnreachable
                if frames.isEmpty, !reader.isAtEnd { throw reader.malformed("section size mismatch: END opcode expected") }
                return instruction
            }
            if !wasUnreachable, instruction.opcode != .else, instruction.opcode != .end { return instruction }
        }
        return nil
    }

    /// The labels of a `br_table`, the default last.
    public func labels(of instruction: Instruction) -> [UInt32] {
        var reader = ByteReader(module.bytes, instruction.immediates.labels)
        var labels: [UInt32] = []
        while let label = try? reader.u32() { labels.append(label) }
        return labels
    }

    // MARK: The operand stack

    func invalid(_ message: String, _ instruction: Instruction) -> ModuleError {
        ModuleError(.invalid, message, offset: instruction.offset)
    }

    mutating func push(_ type: ValueType) { operands.append(type) }

    /// An operand of any type; `nil` stands for the unknown type of unreachable code.
    mutating func popAny(_ instruction: Instruction) throws(ModuleError) -> ValueType? {
        let frame = frames[frames.count - 1]
        if operands.count == frame.height {
            if frame.isPolymorphic { return nil }
            throw invalid("type mismatch: \(instruction.opcode.row.name) needs an operand, but the stack is empty", instruction)
        }
        let type = operands.removeLast()
        return type == .unknown ? nil : type
    }

    mutating func pop(_ expected: ValueType, _ instruction: Instruction) throws(ModuleError) {
        guard let found = try popAny(instruction), found != expected else { return }
        throw invalid("type mismatch: \(instruction.opcode.row.name) expected \(expected), found \(found)", instruction)
    }

    mutating func pop(_ types: [ValueType], _ instruction: Instruction) throws(ModuleError) {
        for type in types.reversed() { try pop(type, instruction) }
    }

    mutating func push(_ types: [ValueType]) { operands.append(contentsOf: types) }

    mutating func markUnreachable() {
        let last = frames.count - 1
        operands.removeSubrange(frames[last].height...)
        frames[last].isUnreachable = true
        frames[last].isPolymorphic = true
    }

    // MARK: Blocks

    mutating func enter(_ kind: Frame.Kind, _ type: FunctionType) {
        let isSwallowed = frames[frames.count - 1].isUnreachable
        frames.append(
            Frame(kind: kind, type: type, height: operands.count, isUnreachable: isSwallowed, isSwallowed: isSwallowed))
        push(type.parameters)
    }

    /// Checks a block's results and removes its frame.
    mutating func leave(_ instruction: Instruction) throws(ModuleError) -> Frame {
        let frame = frames[frames.count - 1]
        try pop(frame.type.results, instruction)
        guard operands.count == frame.height else {
            throw invalid("type mismatch: \(operands.count - frame.height) values remain on the stack at the end of the block", instruction)
        }
        frames.removeLast()
        return frame
    }

    func label(_ depth: UInt32, _ instruction: Instruction) throws(ModuleError) -> Frame {
        guard depth < frames.count else { throw invalid("unknown label \(depth)", instruction) }
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
