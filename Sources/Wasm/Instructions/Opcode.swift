// Placeholder until `dev generate` writes it from Instructions.table.
public enum Opcode: UInt16, Sendable { case unreachable }
