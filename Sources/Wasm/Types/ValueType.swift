/// A value type: a number, a vector or a reference.
///
/// One 32-bit word, so that the validator compares types with one instruction. Where type indices are meant, they are
/// those of the module that the type is in; an engine has the canonical numbers of its process in their place.
/// Specification: "Value Types".
public struct ValueType: Hashable, Sendable {
    /// Bits 0-7: the type's code in the binary format; for a reference its heap type's code, or ``definedCode``. Bit 8:
    /// the reference is not nullable. Bits 9-31: the type index, for a reference to a defined type.
    @usableFromInline let bits: UInt32

    @inlinable init(bits: UInt32) { self.bits = bits }

    /// In place of a heap type's code: the type is defined, and the index says which.
    private static let definedCode: UInt32 = 0x63
    private static let nonNullBit: UInt32 = 0x100
    /// How many types an index tells apart.
    package static let indexCount = 1 << 23

    /// A 32-bit integer.
    @inlinable public static var i32: ValueType { ValueType(bits: 0x7F) }
    /// A 64-bit integer.
    @inlinable public static var i64: ValueType { ValueType(bits: 0x7E) }
    /// A 32-bit float.
    @inlinable public static var f32: ValueType { ValueType(bits: 0x7D) }
    /// A 64-bit float.
    @inlinable public static var f64: ValueType { ValueType(bits: 0x7C) }
    /// A vector of 128 bits.
    @inlinable public static var v128: ValueType { ValueType(bits: 0x7B) }
    /// A reference to a function, or null.
    @inlinable public static var funcref: ValueType { ValueType(bits: 0x70) }
    /// A reference to an object of the host, or null.
    @inlinable public static var externref: ValueType { ValueType(bits: 0x6F) }
    /// A reference to an exception that a guest has caught, or null.
    @inlinable public static var exnref: ValueType { ValueType(bits: 0x69) }

    /// In rows of the instruction table, not a type of values: `i32` or `i64`, as the instruction's memory says.
    static let addr = ValueType(bits: 0x01)

    /// The machine representation of a value of a type.
    public enum Representation: Sendable {
        /// An integer of 32 bits.
        case i32
        /// An integer of 64 bits.
        case i64
        /// A float of 32 bits.
        case f32
        /// A float of 64 bits.
        case f64
        /// A vector of 128 bits.
        case v128
        /// A reference of any type.
        case reference

        /// Neither a float nor lanes that may be floats.
        public var isInteger: Bool { self == .i32 || self == .i64 || self == .reference }
    }

    /// How the runtime and generated code hold such a value.
    @inlinable public var representation: Representation {
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

    /// The type whose code in the binary format is this one byte, if there is one.
    public init?(code: UInt8) {
        guard (0x7B...0x7F).contains(code) || HeapType(code: code) != nil else { return nil }
        self.init(bits: UInt32(code))
    }

    /// A type as wasmc itself stored it. A code that stands for none makes a type that equals no other, so that nothing
    /// can be linked with it.
    @inlinable package init(storedCode code: UInt32) { self.init(bits: code) }

    /// The type as wasmc stores it: see ``init(storedCode:)``.
    @inlinable package var storedCode: UInt32 { bits }

    /// The type's code in the binary format, if it is one byte: that of a number, a vector, or a nullable reference to
    /// what is not defined in a module.
    public var code: UInt8? { bits < Self.nonNullBit && !isDefined ? UInt8(truncatingIfNeeded: bits) : nil }

    // The code that the instruction table has room for.
    var shortCode: UInt8 { UInt8(truncatingIfNeeded: bits) }

    // MARK: References

    /// A reference to something of a heap type, or null.
    public static func reference(to heapType: HeapType, isNullable: Bool = true) -> ValueType {
        let nullability = isNullable ? 0 : nonNullBit
        if case .defined(let index) = heapType {
            return ValueType(bits: definedCode | nullability | UInt32(truncatingIfNeeded: index) << 9)
        }
        return ValueType(bits: UInt32(heapType.code) | nullability)
    }

    /// What a reference refers to; `nil` for other types.
    public var heapType: HeapType? {
        isDefined ? .defined(Int(bits >> 9)) : isReference ? HeapType(code: shortCode) : nil
    }

    /// It is a reference to an exception, or only the null of one.
    public var isExceptionReference: Bool { heapType == .exception || heapType == .noException }

    /// It is a reference that may be null.
    public var isNullable: Bool { isReference && bits & Self.nonNullBit == 0 }

    /// It is a reference that is not null.
    @inline(__always)
    var isNonNull: Bool { bits & Self.nonNullBit != 0 }

    /// The reference to the same things that is not null.
    var nonNull: ValueType { ValueType(bits: bits | Self.nonNullBit) }

    /// It is a reference to a defined type.
    @inline(__always)
    var isDefined: Bool { bits & 0xFF == Self.definedCode }

    /// The type of a reference in unreachable code of which no more is known; not null.
    static let unknownReference = ValueType(bits: 0x02 | nonNullBit)
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
        default: referenceDescription
        }
    }

    private var referenceDescription: String {
        guard let heapType else { return "type 0x\(String(bits, radix: 16))" }
        if isNullable, let short = heapType.shortReference { return short }
        return "(ref \(isNullable ? "null " : "")\(heapType))"
    }
}
