/// A value type: a number, a vector or a reference.
///
/// One 32-bit word, so that the validator compares types with one instruction. Specification: "Value Types".
public struct ValueType: Hashable, Sendable {
    /// Bits 0-7: the type's code in the binary format (for a reference, its heap type's code). Bit 8: the reference is
    /// not nullable. Bits 9-31: the type index, for a reference to a defined type.
    @usableFromInline let bits: UInt32

    @inlinable init(bits: UInt32) { self.bits = bits }

    /// A 32-bit integer.
    public static let i32 = ValueType(bits: 0x7F)
    /// A 64-bit integer.
    public static let i64 = ValueType(bits: 0x7E)
    /// A 32-bit float.
    public static let f32 = ValueType(bits: 0x7D)
    /// A 64-bit float.
    public static let f64 = ValueType(bits: 0x7C)
    /// A vector of 128 bits.
    public static let v128 = ValueType(bits: 0x7B)
    /// A reference to a function, or null.
    public static let funcref = ValueType(bits: 0x70)
    /// A reference to an object of the host, or null.
    public static let externref = ValueType(bits: 0x6F)
    public static let exnref = ValueType(bits: 0x69)

    /// In rows of the instruction table, not a type of values: `i32` or `i64`, as the instruction's memory says.
    static let addr = ValueType(bits: 0x01)

    /// The machine representation of a value of a type.
    public enum Representation: Sendable {
        case i32, i64, f32, f64, v128, reference

        /// Neither a float nor lanes that may be floats.
        public var isInteger: Bool { self == .i32 || self == .i64 || self == .reference }
    }

    /// How the runtime and generated code hold such a value.
    public var representation: Representation {
        switch bits & 0xFF {
        case 0x7F: .i32
        case 0x7E: .i64
        case 0x7D: .f32
        case 0x7C: .f64
        case 0x7B: .v128
        default: .reference
        }
    }

    /// It is a reference type.
    @inlinable public var isReference: Bool { bits & 0xFF < 0x7B }
    /// It is a number or vector type.
    @inlinable public var isNumberOrVector: Bool { bits & 0xFF >= 0x7B }

    /// The type whose code in the binary format is `code`, if it is one that this engine knows.
    public init?(code: UInt8) {
        switch code {
        case 0x7B...0x7F, 0x70, 0x6F, 0x69: self.init(bits: UInt32(code))
        default: return nil
        }
    }

    /// A type as wasmc itself stored it. A code that stands for none makes a type that equals no other, so that nothing
    /// can be linked with it.
    package init(storedCode code: UInt8) { self.init(bits: UInt32(code)) }

    /// The type's code in the binary format.
    public var code: UInt8 { UInt8(truncatingIfNeeded: bits) }
}

extension ValueType: CustomStringConvertible {
    /// As in the text format.
    public var description: String {
        switch self {
        case .i32: "i32"
        case .i64: "i64"
        case .f32: "f32"
        case .f64: "f64"
        case .v128: "v128"
        case .funcref: "funcref"
        case .externref: "externref"
        case .exnref: "exnref"
        default: "type 0x\(String(bits, radix: 16))"
        }
    }
}
