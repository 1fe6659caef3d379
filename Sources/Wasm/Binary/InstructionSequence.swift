/// The instructions of a body or constant expression of a valid module, every one in order, those that cannot be
/// reached too. ``FunctionBodyReader`` is for consumers that need types and only what runs.
public struct InstructionSequence {
    /// The locals that a body declares, parameters not included.
    public private(set) var locals: [ValueType] = []
    private var reader: ByteReader

    /// The instructions after the local declarations of `body`.
    public init(module: Module, body: Range<Int>) throws(ModuleError) {
        reader = ByteReader(module.bytes, body)
        for _ in 0..<(try reader.count(limit: Limit.locals, of: "groups of locals")) {
            let count = Int(try reader.u32())
            let type = try reader.valueType()
            guard locals.count + count <= Limit.locals else { throw reader.malformed("too many locals") }
            locals.append(contentsOf: repeatElement(type, count: count))
        }
    }

    /// Reads a constant expression of the module.
    public init(module: Module, expression: Module.ConstantExpression) {
        reader = ByteReader(module.bytes, expression.range)
    }

    /// The next instruction, the final `end` included; then `nil`.
    public mutating func next() throws(ModuleError) -> Instruction? {
        reader.isAtEnd ? nil : try reader.instruction()
    }

    /// The clauses of a `try_table`; empty for other instructions.
    public func catchClauses(of instruction: Instruction) -> [CatchClause] { reader.catchClauses(of: instruction) }

    /// The labels of a `br_table`, the default last; empty for other instructions.
    public func labels(of instruction: Instruction) -> [UInt32] {
        guard instruction.opcode == .brTable else { return [] }
        var labels: [UInt32] = []
        var reader = ByteReader(reader.bytes, instruction.immediates.labels)
        while let label = try? reader.u32() { labels.append(label) }
        return labels
    }
}
