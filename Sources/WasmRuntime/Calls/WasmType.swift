public import Wasm

/// A Swift type whose values typed functions and typed host functions take and return: numbers, `Bool`, ``V128``,
/// every type that is ``WasmConvertible``, and references, which may be optional: ``Function``, ``ExternalReference``,
/// ``HostReference``, ``AnyReference``, ``StructReference`` and ``ArrayReference``.
///
/// Make types of your own ``WasmConvertible``: what a type of this protocol is for the guest, only this library can
/// say.
public protocol WasmType: SendableMetatype {
    /// The WebAssembly type, made by this library.
    static var wasmKind: WasmKind<Self> { get }
    /// Called by typed functions.
    static func load(from slot: borrowing WasmSlot<Self>) throws -> Self
    /// Called by typed functions.
    func store(to slot: borrowing WasmSlot<Self>) throws
}

/// The WebAssembly type of a Swift type. Only this library makes one.
public struct WasmKind<Swift>: Sendable {
    /// The type in WebAssembly.
    public let type: ValueType
    @usableFromInline init(_ type: ValueType) { self.type = type }
}

/// Where a value of one type is on its way between host and guest. Only this library makes one, and nobody can keep it
/// for longer than a value takes to be loaded or stored.
public struct WasmSlot<Value>: ~Copyable {
    @usableFromInline let raw: RawSlot

    @usableFromInline @inline(__always) init(_ raw: RawSlot) { self.raw = raw }
}

/// A slot whose value's type is known from the function's.
@usableFromInline struct RawSlot {
    @usableFromInline let address: UnsafeMutableRawPointer
    /// Whose function is called, or calls.
    @usableFromInline let store: Unmanaged<Store>

    @usableFromInline @inline(__always) init(_ address: UnsafeMutableRawPointer, _ store: Unmanaged<Store>) {
        self.address = address
        self.store = store
    }

    /// The slot so many values further on.
    @inlinable @inline(__always) subscript(index: Int) -> RawSlot { RawSlot(address + index * 16, store) }
}

extension WasmType {
    @inlinable @inline(__always) static func load(from slot: RawSlot) throws -> Self {
        try load(from: WasmSlot<Self>(slot))
    }

    @inlinable @inline(__always) func store(to slot: RawSlot) throws { try store(to: WasmSlot<Self>(slot)) }
}

// What functions of several arities share.

@inlinable internal func wasmTypes<each T: WasmType>(_ types: (repeat (each T).Type)) -> [ValueType] {
    var list: [ValueType] = []
    repeat list.append((each types).wasmKind.type)
    return list
}

@inline(__always) @inlinable internal func next<T: WasmType>(
    _ slots: RawSlot, _ index: inout Int, _ type: T.Type
) throws -> T {
    defer { index += 1 }
    return try T.load(from: slots[index])
}

/// Stores a value in the next slot.
@inline(__always) @inlinable internal func put(_ value: some WasmType, _ slots: RawSlot, _ index: inout Int) throws {
    try value.store(to: slots[index])
    index += 1
}
