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
    static func load(from slot: WasmSlot) throws -> Self
    /// Called by typed functions.
    func store(to slot: WasmSlot) throws
}

/// The WebAssembly type of a Swift type. Only this library makes one.
public struct WasmKind<Swift>: Sendable {
    /// The type in WebAssembly.
    public let type: ValueType
    @usableFromInline init(_ type: ValueType) { self.type = type }
}

/// Where a value is on its way between host and guest. Only typed functions make one, and it is of no use after
/// their call.
public struct WasmSlot {
    @usableFromInline let address: UnsafeMutableRawPointer
    /// Whose function is called, or calls.
    @usableFromInline let store: Unmanaged<Store>

    @usableFromInline @inline(__always) init(_ address: UnsafeMutableRawPointer, _ store: Unmanaged<Store>) {
        self.address = address
        self.store = store
    }

    /// The slot so many values further on.
    @inlinable @inline(__always) subscript(index: Int) -> WasmSlot { WasmSlot(address + index * 16, store) }
}

// What functions of several arities share.

@inlinable internal func wasmTypes<each T: WasmType>(_ types: (repeat (each T).Type)) -> [ValueType] {
    var list: [ValueType] = []
    repeat list.append((each types).wasmKind.type)
    return list
}

@inline(__always) @inlinable internal func next<T: WasmType>(
    _ slots: WasmSlot, _ index: inout Int, _ type: T.Type
) throws -> T {
    defer { index += 1 }
    return try T.load(from: slots[index])
}

/// Stores a value in the next slot.
@inline(__always) @inlinable internal func put(_ value: some WasmType, _ slots: WasmSlot, _ index: inout Int) throws {
    try value.store(to: slots[index])
    index += 1
}
