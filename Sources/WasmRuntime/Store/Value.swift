internal import CRuntime
public import Wasm

/// A value of any WebAssembly type.
///
/// Integer literals are `i32` and floating-point ones `f64`: `try function.call([1, .i64(2), 0.5])`. Two values are
/// equal when they have the same type and the same bits: a NaN equals itself, and 0 differs from -0.
///
/// ```swift
/// let results = try instance.function("mix").call([1, .i64(2), 0.5])
/// print(results == [.f64(3.5)], Value(UInt32.max), results[0].f64 ?? 0)
/// ```
///
/// Specification: "Values".
public enum Value: Sendable {
    /// An integer of 32 bits.
    case i32(Int32)
    /// An integer of 64 bits.
    case i64(Int64)
    /// A float of 32 bits.
    case f32(Float)
    /// A float of 64 bits.
    case f64(Double)
    /// A vector of 128 bits.
    case v128(V128)
    /// A function of the store that the value came from: ``Store/function(_:)`` finds it.
    case funcref(FunctionReference?)
    /// Something of the host's: ``Store/object(_:)`` finds it.
    case externref(ExternalReference?)
    /// An exception that a guest has caught.
    case exnref(ExceptionReference?)
    /// Something of the guest's own.
    case anyref(AnyReference?)

    /// Its type in WebAssembly.
    public var type: ValueType {
        switch self {
        case .i32: .i32
        case .i64: .i64
        case .f32: .f32
        case .f64: .f64
        case .v128: .v128
        case .funcref: .funcref
        case .externref: .externref
        case .exnref: .exnref
        case .anyref: .reference(to: .any)
        }
    }
}

/// A guest's handle on an exception that it has caught. It means something in its store only, and to guests only.
public struct ExceptionReference: Hashable, Sendable {
    let address: UInt
    let storeNumber: UInt64
}

/// Names a function of one store; anybody may keep it, on any thread, and longer than the store lives.
public struct FunctionReference: Hashable, Sendable {
    let address: UInt
    let storeNumber: UInt64
}

extension Function {
    /// What names this function in a ``Value``. It does not keep the store alive.
    public var reference: FunctionReference {
        FunctionReference(address: UInt(bitPattern: pointer), storeNumber: store.number)
    }
}

extension Store {
    /// The function that a reference of this store names.
    ///
    /// - Throws: ``UsageError/otherStore(_:)`` for a reference of another store.
    public func function(_ reference: FunctionReference) throws(UsageError) -> Function {
        guard reference.storeNumber == number,
            let pointer = UnsafePointer<wasmc_function>(bitPattern: reference.address)
        else { throw .otherStore("a function") }
        return Function(pointer, in: self)
    }
}

extension Value {
    /// A reference to a function.
    public static func funcref(_ function: Function) -> Value { .funcref(function.reference) }

    /// The null of a nullable reference type; `nil` for other types.
    public static func null(of type: ValueType) -> Value? {
        guard type.isNullable else { return nil }
        switch type.topType {
        case .function: return .funcref(nil)
        case .external: return .externref(nil)
        case .any: return .anyref(nil)
        case .exception: return .exnref(nil)
        default: return nil
        }
    }

    /// A vector of these 128 bits.
    public static func v128(low: UInt64, high: UInt64) -> Value { .v128(V128(low: low, high: high)) }

    func write(to slot: inout wasmc_value) {
        switch self {
        case .i32(let value): slot.i32 = UInt32(bitPattern: value)
        case .i64(let value): slot.i64 = UInt64(bitPattern: value)
        case .f32(let value): slot.f32 = value
        case .f64(let value): slot.f64 = value
        case .v128(let value): slot.words = (value.low, value.high)
        case .funcref(let function): slot.ref = function?.address ?? 0
        case .externref(let reference): slot.ref = reference?.word ?? 0
        case .exnref(let reference): slot.ref = reference?.address ?? 0
        case .anyref(let reference): slot.ref = reference?.word ?? 0
        }
    }

    /// As ``write(to:)``, for a number or vector of this type; false for any other, and for references.
    func writeNumber(to slot: inout wasmc_value, as type: ValueType) -> Bool {
        switch self {
        case .i32(let value):
            slot.i32 = UInt32(bitPattern: value)
            return type == .i32
        case .i64(let value):
            slot.i64 = UInt64(bitPattern: value)
            return type == .i64
        case .f32(let value):
            slot.f32 = value
            return type == .f32
        case .f64(let value):
            slot.f64 = value
            return type == .f64
        case .v128(let value):
            slot.words = (value.low, value.high)
            return type == .v128
        case .funcref, .externref, .exnref, .anyref: return false
        }
    }

    init(_ slot: wasmc_value, _ type: ValueType, in store: Store) {
        self = Value(number: slot, type) ?? Value(reference: slot.ref, type, in: store)
    }

    /// A number or vector; `nil` for a reference.
    @inline(__always)
    init?(number slot: wasmc_value, _ type: ValueType) {
        switch type.representation {
        case .i32: self = .i32(Int32(bitPattern: slot.i32))
        case .i64: self = .i64(Int64(bitPattern: slot.i64))
        case .f32: self = .f32(slot.f32)
        case .f64: self = .f64(slot.f64)
        case .v128: self = .v128(low: slot.words.0, high: slot.words.1)
        case .reference: return nil
        }
    }

    init(reference: UInt, _ type: ValueType, in store: Store) {
        switch type.topType {
        case .function:
            self = .funcref(reference == 0 ? nil : FunctionReference(address: reference, storeNumber: store.number))
        case .exception:
            self = .exnref(
                reference == 0 ? nil : ExceptionReference(address: reference, storeNumber: store.number))
        case .any: self = .anyref(reference == 0 ? nil : AnyReference(word: reference, in: store))
        default: self = .externref(ExternalReference(word: reference, in: store))
        }
    }

    /// A reference means something in its store only: it may not go to another.
    ///
    /// - Throws: ``UsageError/otherStore(_:)``
    func requireStore(_ store: Store) throws(UsageError) {
        if case .funcref(let function?) = self, function.storeNumber != store.number {
            throw .otherStore("a function")
        }
        if case .exnref(let exception?) = self, exception.storeNumber != store.number {
            throw .otherStore("an exception")
        }
        if case .externref(let reference?) = self { try reference.requireStore(store) }
        if case .anyref(let reference?) = self { try reference.requireStore(store) }
    }

    /// Whether the value, which is of this store, can be where a type is expected.
    func matches(_ expected: ValueType) -> Bool {
        switch self {
        case .i32, .i64, .f32, .f64, .v128: type == expected
        case .funcref(let function): matches(expected, isNull: function == nil)
        case .externref(let reference): matches(expected, isNull: reference == nil)
        case .anyref(let reference): matches(expected, isNull: reference == nil)
        case .exnref(let reference): matches(expected, isNull: reference == nil)
        }
    }

    private func matches(_ expected: ValueType, isNull: Bool) -> Bool {
        guard !isNull else { return expected.isNullable && expected.topType == type.heapType }
        return dynamicType.matches(expected, in: CanonicalTypes())
    }

    /// The most that is known of a reference that is not null.
    private var dynamicType: ValueType {
        var heapType = type.heapType ?? .external
        if case .funcref(let function?) = self, let pointer = UnsafePointer<wasmc_function>(function) {
            heapType = .defined(Int(pointer.pointee.type_id))
        } else if case .anyref(let reference?) = self {
            switch reference.kind {
            case .structure, .array: heapType = .defined(Int(reference.typeNumber))
            case .i31: heapType = .i31
            case .external: heapType = .any
            }
        }
        return .reference(to: heapType, isNullable: false)
    }

    /// The values match the types, one by one.
    static func match(_ values: [Value], _ types: [ValueType]) -> Bool {
        values.count == types.count && zip(values, types).allSatisfy { $0.matches($1) }
    }

    var reference: UInt? {
        switch self {
        case .funcref(let function): function?.address ?? 0
        case .externref(let reference): reference?.word ?? 0
        case .exnref(let reference): reference?.address ?? 0
        case .anyref(let reference): reference?.word ?? 0
        default: nil
        }
    }
}

extension UnsafePointer<wasmc_function> {
    /// The record that a reference of a store that there is names.
    init?(_ reference: FunctionReference) { self.init(bitPattern: reference.address) }
}
