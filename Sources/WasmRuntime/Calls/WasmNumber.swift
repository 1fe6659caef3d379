public import Wasm

/// A Swift type that stands for numbers of the guest's. Conform to it, and typed functions take and return the type.
///
/// An enumeration with raw values of a number type only says so:
///
/// ```swift
/// enum Color: Int32, WasmConvertible { case red, green }
/// ```
public protocol WasmConvertible: WasmType {
    /// The number that the guest sees.
    associatedtype WasmRawValue: WasmNumber

    /// `nil` for a number that stands for no value; the call then throws ``UsageError/noValue(type:number:)``.
    init?(wasmRawValue: WasmRawValue)
    /// The number that the guest sees for this value.
    var wasmRawValue: WasmRawValue { get }
}

/// A number or a vector of WebAssembly: `Int32`, `UInt32`, `Int64`, `UInt64`, `Float`, `Double` or ``V128``. Other
/// types cannot conform, since a kind of theirs cannot be made; let them be ``WasmConvertible``.
///
/// Typed calls copy a number's bytes from and to memory of 16 bytes for each value. So a type of another size, or one
/// that has no value for some bytes, must never be a number.
public protocol WasmNumber: WasmConvertible, BitwiseCopyable, Sendable where WasmRawValue == Self {
    /// Which number it is; only this library can make one.
    static var wasmNumberKind: WasmKind<Self> { get }
    /// The number in a value of its type; `nil` for a value of another type.
    init?(_ value: Value)
    /// The value that is this number.
    var wasmValue: Value { get }
}

extension WasmNumber {
    /// The number itself.
    @inlinable @inline(__always) public init?(wasmRawValue: Self) { self = wasmRawValue }
    /// The number itself.
    @inlinable @inline(__always) public var wasmRawValue: Self { self }
}

extension Int32: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<Int32> { .init(.i32) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .i32(let number) = value else { return nil }
        self = number
    }
    /// The value that is this number.
    public var wasmValue: Value { .i32(self) }
}

extension UInt32: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<UInt32> { .init(.i32) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .i32(let number) = value else { return nil }
        self.init(bitPattern: number)
    }
    /// The value that is this number.
    public var wasmValue: Value { .i32(Int32(bitPattern: self)) }
}

extension Int64: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<Int64> { .init(.i64) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .i64(let number) = value else { return nil }
        self = number
    }
    /// The value that is this number.
    public var wasmValue: Value { .i64(self) }
}

extension UInt64: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<UInt64> { .init(.i64) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .i64(let number) = value else { return nil }
        self.init(bitPattern: number)
    }
    /// The value that is this number.
    public var wasmValue: Value { .i64(Int64(bitPattern: self)) }
}

extension Float: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<Float> { .init(.f32) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .f32(let number) = value else { return nil }
        self = number
    }
    /// The value that is this number.
    public var wasmValue: Value { .f32(self) }
}

extension Double: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<Double> { .init(.f64) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .f64(let number) = value else { return nil }
        self = number
    }
    /// The value that is this number.
    public var wasmValue: Value { .f64(self) }
}

extension V128: WasmNumber {
    /// The type in WebAssembly.
    @inlinable public static var wasmNumberKind: WasmKind<V128> { .init(.v128) }
    /// The number in a value of this type; `nil` for one of another type.
    public init?(_ value: Value) {
        guard case .v128(let vector) = value else { return nil }
        self = vector
    }
    /// The value that is this number.
    public var wasmValue: Value { .v128(self) }
}

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
    /// The raw value.
    @inlinable @inline(__always) public var wasmRawValue: RawValue { rawValue }
}

extension WasmConvertible {
    /// The type in WebAssembly.
    @inlinable @inline(__always) public static var wasmKind: WasmKind<Self> { .init(WasmRawValue.wasmNumberKind.type) }

    /// Called by typed functions.
    @inlinable @inline(__always) public static func load(from slot: borrowing WasmSlot<Self>) throws -> Self {
        let number = slot.raw.address.load(as: WasmRawValue.self)
        guard let value = Self(wasmRawValue: number) else { throw noValue(for: number) }
        return value
    }

    /// Called by typed functions.
    @inlinable @inline(__always) public func store(to slot: borrowing WasmSlot<Self>) {
        slot.raw.address.storeBytes(of: wasmRawValue, as: WasmRawValue.self)
    }

    @usableFromInline @inline(never) static func noValue(for number: WasmRawValue) -> UsageError {
        .noValue(type: "\(Self.self)", number: "\(number)")
    }
}
