public import Wasm

/// What fuel metered code takes for each instruction and for the length of bulk operations.
public struct FuelCosts: Hashable, Sendable {
    /// By the opcode's number.
    private let byOpcode: [UInt32]
    /// Bytes that a bulk operation handles for one unit of fuel, at least 1; `nil` when their length costs nothing.
    public let bytesPerUnit: UInt64?

    public init(bytesPerUnit: UInt64?, cost: (Opcode) -> UInt32) {
        byOpcode = Opcode.allCases.map(cost)
        self.bytesPerUnit = bytesPerUnit.map { max(1, $0) }
    }

    public subscript(_ opcode: Opcode) -> UInt32 { byOpcode[Int(opcode.rawValue)] }
}
