public import Wasm

/// A Swift type whose values typed functions take and return: a number, or what stands for one.
///
/// An enumeration with raw values of a number type only says so:
///
/// ```swift
/// enum Color: Int32, WasmConvertible { case red, green }
/// ```
public protocol WasmConvertible {
    /// The number that the guest sees.
    associatedtype WasmRawValue: WasmNumber

    /// `nil` for a number that stands for no value; the call then throws ``UsageError/noValue(type:number:)``.
    init?(wasmRawValue: WasmRawValue)
    var wasmRawValue: WasmRawValue { get }
}

/// A number of WebAssembly: `Int32`, `UInt32`, `Int64`, `UInt64`, `Float` or `Double`. Other types cannot conform,
/// since a kind of theirs cannot be made; let them be ``WasmConvertible``.
///
/// Typed calls copy a number's bytes from and to memory of 16 bytes for each value. So a type of another size, or one
/// that has no value for some bytes, must never be a number.
public protocol WasmNumber: WasmConvertible, BitwiseCopyable, Sendable where WasmRawValue == Self {
    static var wasmNumberKind: WasmNumberKind<Self> { get }
}

/// The value type of a number. Only this module makes one.
public struct WasmNumberKind<Number: WasmNumber>: Sendable {
    /// The type in WebAssembly.
    public let type: ValueType
    @usableFromInline init(_ type: ValueType) { self.type = type }
}

extension WasmNumber {
    /// The number itself.
    @inlinable @inline(__always) public init?(wasmRawValue: Self) { self = wasmRawValue }
    /// The number itself.
    @inlinable @inline(__always) public var wasmRawValue: Self { self }
}

extension Int32: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<Int32> { .init(.i32) } }
extension UInt32: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<UInt32> { .init(.i32) } }
extension Int64: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<Int64> { .init(.i64) } }
extension UInt64: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<UInt64> { .init(.i64) } }
extension Float: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<Float> { .init(.f32) } }
extension Double: WasmNumber { @inlinable public static var wasmNumberKind: WasmNumberKind<Double> { .init(.f64) } }

/// As in C, every number but 0 is true.
extension Bool: WasmConvertible {
    /// True for every number but 0.
    @inlinable @inline(__always) public init?(wasmRawValue: Int32) { self = wasmRawValue != 0 }
    /// 1 for true, 0 for false.
    @inlinable @inline(__always) public var wasmRawValue: Int32 { self ? 1 : 0 }
}

extension WasmConvertible where Self: RawRepresentable, RawValue: WasmNumber {
    /// The case of this raw value; `nil` if there is none.
    @inlinable @inline(__always) public init?(wasmRawValue: RawValue) { self.init(rawValue: wasmRawValue) }
    /// The case's raw value.
    @inlinable @inline(__always) public var wasmRawValue: RawValue { rawValue }
}

/// Not requirements: a conforming type cannot replace them. Every typed function asks for the type before it copies a
/// value.
extension WasmConvertible {
    /// The type of its raw value.
    @inlinable @inline(__always) public static var wasmType: ValueType { WasmRawValue.wasmNumberKind.type }

    @inlinable @inline(__always) static func load(from slot: UnsafeRawPointer) throws -> Self {
        let number = slot.load(as: WasmRawValue.self)
        guard let value = Self(wasmRawValue: number) else { throw noValue(for: number) }
        return value
    }

    @inlinable @inline(__always) func store(to slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: wasmRawValue, as: WasmRawValue.self)
    }

    @usableFromInline @inline(never) static func noValue(for number: WasmRawValue) -> UsageError {
        .noValue(type: "\(Self.self)", number: "\(number)")
    }
}
