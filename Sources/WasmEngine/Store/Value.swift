internal import CRuntime
public import Wasm

/// A value of any WebAssembly type.
public enum Value {
    case i32(Int32)
    case i64(Int64)
    case f32(Float)
    case f64(Double)
    case v128(low: UInt64, high: UInt64)
    case funcref(Function?)
    case externref(ExternalReference?)
    case exnref(ExceptionReference?)

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
        }
    }
}

/// A guest's handle on something of the host's: a number, never a pointer.
public struct ExternalReference: Hashable, Sendable {
    /// The host's number for the object, below 2^63.
    public let number: UInt64
    /// A reference of the number's lower 63 bits.
    public init(_ number: UInt64) { self.number = number & (.max >> 1) }
}

/// A guest's handle on an exception that it has caught. It means something in its store only, and to guests only.
public struct ExceptionReference: Hashable {
    let address: UInt
    let store: ObjectIdentifier
}

extension Value {
    func write(to slot: inout wasmc_value) {
        switch self {
        case .i32(let value): slot.i32 = UInt32(bitPattern: value)
        case .i64(let value): slot.i64 = UInt64(bitPattern: value)
        case .f32(let value): slot.f32 = value
        case .f64(let value): slot.f64 = value
        case .v128(let low, let high): slot.words = (low, high)
        case .funcref(let function): slot.ref = UInt(bitPattern: function?.pointer)
        case .externref(let reference): slot.ref = reference.map { UInt($0.number) + 1 } ?? 0
        case .exnref(let reference): slot.ref = reference?.address ?? 0
        }
    }

    init(_ slot: wasmc_value, _ type: ValueType, in store: Store) {
        switch type.representation {
        case .i32: self = .i32(Int32(bitPattern: slot.i32))
        case .i64: self = .i64(Int64(bitPattern: slot.i64))
        case .f32: self = .f32(slot.f32)
        case .f64: self = .f64(slot.f64)
        case .v128: self = .v128(low: slot.words.0, high: slot.words.1)
        case .reference: self.init(reference: slot.ref, type, in: store)
        }
    }

    init(reference: UInt, _ type: ValueType, in store: Store) {
        if type == .externref {
            self = .externref(reference == 0 ? nil : ExternalReference(UInt64(reference - 1)))
        } else if type == .exnref {
            let store = ObjectIdentifier(store)
            self = .exnref(reference == 0 ? nil : ExceptionReference(address: reference, store: store))
        } else {
            self = .funcref(UnsafePointer<wasmc_function>(bitPattern: reference).map { Function($0, in: store) })
        }
    }

    /// A function reference is a pointer into its store: it may not go to another.
    func requireStore(_ store: Store) throws(UsageError) {
        if case .funcref(let function?) = self, function.store !== store {
            throw .typeMismatch(expected: "a function of the same store", found: "one of another store")
        }
        if case .exnref(let exception?) = self, exception.store != ObjectIdentifier(store) {
            throw .typeMismatch(expected: "an exception of the same store", found: "one of another store")
        }
    }

    var reference: UInt? {
        var slot = wasmc_value()
        guard type.isReference else { return nil }
        write(to: &slot)
        return slot.ref
    }
}
