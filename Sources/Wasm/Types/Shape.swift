/// How a vector is seen as lanes. Specification: "Vector Instructions".
public enum Shape: Sendable {
    /// Sixteen integers of 8 bits.
    case i8x16
    /// Eight integers of 16 bits.
    case i16x8
    /// Four integers of 32 bits.
    case i32x4
    /// Two integers of 64 bits.
    case i64x2
    /// Four floats of 32 bits.
    case f32x4
    /// Two floats of 64 bits.
    case f64x2

    /// The bits of a lane.
    public var laneBitCount: Int {
        switch self {
        case .i8x16: 8
        case .i16x8: 16
        case .i32x4, .f32x4: 32
        case .i64x2, .f64x2: 64
        }
    }

    /// How many lanes there are.
    public var laneCount: Int { 128 / laneBitCount }
}
