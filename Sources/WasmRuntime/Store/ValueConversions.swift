internal import Wasm

extension Value: Hashable {
    /// The same type and the same bits.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.i32(let left), .i32(let right)): left == right
        case (.i64(let left), .i64(let right)): left == right
        case (.f32(let left), .f32(let right)): left.bitPattern == right.bitPattern
        case (.f64(let left), .f64(let right)): left.bitPattern == right.bitPattern
        case (.v128(let left), .v128(let right)): left == right
        case (.funcref(let left), .funcref(let right)): left == right
        case (.externref(let left), .externref(let right)): left == right
        case (.exnref(let left), .exnref(let right)): left == right
        case (.anyref(let left), .anyref(let right)): left == right
        case (.i32, _), (.i64, _), (.f32, _), (.f64, _), (.v128, _), (.funcref, _), (.externref, _), (.exnref, _),
            (.anyref, _):
            false
        }
    }

    /// As for equality.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(type)
        switch self {
        case .i32(let value): hasher.combine(value)
        case .i64(let value): hasher.combine(value)
        case .f32(let value): hasher.combine(value.bitPattern)
        case .f64(let value): hasher.combine(value.bitPattern)
        case .v128(let value): hasher.combine(value)
        case .funcref(let value): hasher.combine(value)
        case .externref(let value): hasher.combine(value)
        case .exnref(let value): hasher.combine(value)
        case .anyref(let value): hasher.combine(value)
        }
    }
}

extension Value: ExpressibleByIntegerLiteral {
    /// An `i32`.
    public init(integerLiteral value: Int32) { self = .i32(value) }
}

extension Value: ExpressibleByFloatLiteral {
    /// An `f64`.
    public init(floatLiteral value: Double) { self = .f64(value) }
}

/// `nil` when the value has another type.
extension Value {
    /// An `i32`; else `nil`.
    public var i32: Int32? { if case .i32(let value) = self { value } else { nil } }
    /// An `i64`; else `nil`.
    public var i64: Int64? { if case .i64(let value) = self { value } else { nil } }
    /// An `f32`; else `nil`.
    public var f32: Float? { if case .f32(let value) = self { value } else { nil } }
    /// An `f64`; else `nil`.
    public var f64: Double? { if case .f64(let value) = self { value } else { nil } }
    /// An `v128`; else `nil`.
    public var v128: V128? { if case .v128(let value) = self { value } else { nil } }
    /// `nil` for a null reference, too.
    public var funcref: FunctionReference? { if case .funcref(let value) = self { value } else { nil } }
    /// `nil` for a null reference, too.
    public var externref: ExternalReference? { if case .externref(let value) = self { value } else { nil } }
    /// `nil` for a null reference, too.
    public var anyref: AnyReference? { if case .anyref(let value) = self { value } else { nil } }
}

extension Value {
    /// The number or vector that stands for a Swift value: `Value(UInt32.max)` is `.i32(-1)`, `Value(true)` `.i32(1)`.
    public init(_ value: some WasmConvertible) { self = value.wasmRawValue.wasmValue }

    /// The Swift value that this number or vector stands for.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` when that is another WebAssembly type,
    ///   ``UsageError/noValue(type:number:)`` when the number stands for no value.
    public func converted<T: WasmConvertible>(to type: T.Type) throws(UsageError) -> T {
        guard let raw = T.WasmRawValue(self) else {
            throw .typeMismatch(expected: "\(T.wasmKind.type)", found: "\(self.type)")
        }
        guard let value = T(wasmRawValue: raw) else { throw T.noValue(for: raw) }
        return value
    }
}
