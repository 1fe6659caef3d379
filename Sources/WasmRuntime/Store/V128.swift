/// The 128 bits of a vector, which are seen as lanes of any kind.
///
/// ```swift
/// let sum = try instance.function("sum", as: ((V128) -> V128).self)
/// print(try sum(V128(SIMD4<Float>(1, 2, 3, 4))).f32x4)
/// ```
///
/// Specification: "Vector Types".
public struct V128: Hashable, Sendable, BitwiseCopyable {
    /// Bits 0 to 63.
    public var low: UInt64
    /// Bits 64 to 127.
    public var high: UInt64

    /// These 128 bits.
    @inlinable public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD16<Int8>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD16<UInt8>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD8<Int16>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD8<UInt16>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD4<Int32>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD4<UInt32>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD2<Int64>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD2<UInt64>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD4<Float>) { self.init(bits: lanes) }
    /// Lanes of this kind, the first one in the lowest bits.
    @inlinable public init(_ lanes: SIMD2<Double>) { self.init(bits: lanes) }

    /// The bits as these lanes.
    @inlinable public var i8x16: SIMD16<Int8> { unsafeBitCast(self, to: SIMD16<Int8>.self) }
    /// The bits as these lanes.
    @inlinable public var u8x16: SIMD16<UInt8> { unsafeBitCast(self, to: SIMD16<UInt8>.self) }
    /// The bits as these lanes.
    @inlinable public var i16x8: SIMD8<Int16> { unsafeBitCast(self, to: SIMD8<Int16>.self) }
    /// The bits as these lanes.
    @inlinable public var u16x8: SIMD8<UInt16> { unsafeBitCast(self, to: SIMD8<UInt16>.self) }
    /// The bits as these lanes.
    @inlinable public var i32x4: SIMD4<Int32> { unsafeBitCast(self, to: SIMD4<Int32>.self) }
    /// The bits as these lanes.
    @inlinable public var u32x4: SIMD4<UInt32> { unsafeBitCast(self, to: SIMD4<UInt32>.self) }
    /// The bits as these lanes.
    @inlinable public var i64x2: SIMD2<Int64> { unsafeBitCast(self, to: SIMD2<Int64>.self) }
    /// The bits as these lanes.
    @inlinable public var u64x2: SIMD2<UInt64> { SIMD2(low, high) }
    /// The bits as these lanes.
    @inlinable public var f32x4: SIMD4<Float> { unsafeBitCast(self, to: SIMD4<Float>.self) }
    /// The bits as these lanes.
    @inlinable public var f64x2: SIMD2<Double> { unsafeBitCast(self, to: SIMD2<Double>.self) }

    /// - Parameter bits: 16 bytes.
    @usableFromInline init(bits: some SIMD & BitwiseCopyable) { self = unsafeBitCast(bits, to: V128.self) }
}
