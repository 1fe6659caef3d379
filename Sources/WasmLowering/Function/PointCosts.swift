public import Wasm

/// What metered code counts for each instruction and for the length of bulk operations.
public struct PointCosts: Hashable, Sendable {
    /// By the opcode's number.
    private let byOpcode: [UInt32]
    /// Bytes that a bulk operation handles for one point, at least 1; `nil` when their length costs nothing.
    public let bytesPerPoint: UInt64?

    public init(bytesPerPoint: UInt64?, cost: (Opcode) -> UInt32) {
        byOpcode = Opcode.allCases.map(cost)
        self.bytesPerPoint = bytesPerPoint.map { max(1, $0) }
    }

    public subscript(_ opcode: Opcode) -> UInt32 { byOpcode[Int(opcode.rawValue)] }
}
