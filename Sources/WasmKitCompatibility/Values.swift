@_exported public import struct Wasm.FunctionType
@_exported public import struct Wasm.GlobalType
@_exported public import struct Wasm.Limits
@_exported public import struct Wasm.MemoryType
@_exported public import struct Wasm.TableType
@_exported public import struct Wasm.ValueType
public import class WasmEngine.AnyReference
public import struct WasmEngine.ExceptionReference
public import struct WasmEngine.ExternalReference
public import struct WasmEngine.FunctionReference
public import struct WasmEngine.V128

/// A value. Integers are unsigned, and floating-point numbers are their bits. It prints as its case does: `i32(45)`.
public enum Value: Hashable, Sendable {
    /// An integer of 32 bits.
    case i32(UInt32)
    /// An integer of 64 bits.
    case i64(UInt64)
    /// The bits of a float of 32 bits.
    case f32(UInt32)
    /// The bits of a float of 64 bits.
    case f64(UInt64)
    /// A vector of 128 bits.
    case v128(V128)
    /// A reference.
    case ref(Reference)

    /// An `i32` that is this number when it is taken as signed.
    public init(signed value: Int32) { self = .i32(UInt32(bitPattern: value)) }
    /// An `i64` that is this number when it is taken as signed.
    public init(signed value: Int64) { self = .i64(UInt64(bitPattern: value)) }
    /// An `f32`.
    public static func fromFloat32(_ value: Float) -> Value { .f32(value.bitPattern) }
    /// An `f64`.
    public static func fromFloat64(_ value: Double) -> Value { .f64(value.bitPattern) }

    /// The number of an `i32`; a value of another type is a mistake of the program, which ends there.
    public var i32: UInt32 {
        guard case .i32(let value) = self else { preconditionFailure("\(self) is not an i32") }
        return value
    }

    /// The number of an `i64`; a value of another type is a mistake of the program, which ends there.
    public var i64: UInt64 {
        guard case .i64(let value) = self else { preconditionFailure("\(self) is not an i64") }
        return value
    }

    /// The bits of an `f32`; a value of another type is a mistake of the program, which ends there.
    public var f32: UInt32 {
        guard case .f32(let value) = self else { preconditionFailure("\(self) is not an f32") }
        return value
    }

    /// The bits of an `f64`; a value of another type is a mistake of the program, which ends there.
    public var f64: UInt64 {
        guard case .f64(let value) = self else { preconditionFailure("\(self) is not an f64") }
        return value
    }

    /// The value's type.
    public var type: ValueType { value.type }
}

/// A reference to a function, to an exception that a guest has caught, or to something of the host's.
public enum Reference: Hashable, Sendable {
    /// A function, or null.
    case function(FunctionReference?)
    /// Something of the host's, or null.
    case extern(ExternalReference?)
    /// An exception that a guest has caught, or null.
    case exception(ExceptionReference?)
    /// Something of the guest's own, or null.
    case any(AnyReference?)
}

extension FunctionType {
    /// The type of a function without results.
    public init(parameters: [ValueType]) { self.init(parameters: parameters, results: []) }
}

extension Limits {
    /// A size range.
    public init(min: UInt64, max: UInt64? = nil) { self.init(minimum: min, maximum: max) }
    /// The smallest size.
    public var min: UInt64 { minimum }
    /// The largest size, if there is one.
    public var max: UInt64? { maximum }
}

extension ValueType {
    /// References to functions.
    public static var funcRef: ValueType { .funcref }
    /// References to things of the host's.
    public static var externRef: ValueType { .externref }
    /// References to exceptions.
    public static var exnRef: ValueType { .exnref }
    /// A reference type; WasmKit has a type of its own for these.
    public static func ref(_ type: ValueType) -> ValueType { type }
}

extension TableType {
    /// The type of a table.
    public init(elementType: ValueType, limits: Limits) { self.init(element: elementType, elements: limits) }
}

extension MemoryType {
    /// The type of a memory of so many pages of 64 KiB.
    public init(min: UInt64, max: UInt64? = nil, isMemory64: Bool = false) {
        self.init(pages: Limits(minimum: min, maximum: max), is64Bit: isMemory64)
    }
}

/// Whether a global can change.
public enum Mutability: Sendable {
    /// It keeps the value that it is made with.
    case constant
    /// It can be set.
    case variable
}

extension GlobalType {
    /// The type of a global.
    public init(mutability: Mutability, valueType: ValueType) {
        self.init(value: valueType, isMutable: mutability == .variable)
    }
}
