/// How a vector is seen as lanes. Specification: "Vector Instructions".
public enum Shape: Sendable {
    case i8x16, i16x8, i32x4, i64x2, f32x4, f64x2

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
