internal import CRuntime
public import Wasm

/// A global in a store.
///
/// ```swift
/// let counter = try Global(0, isMutable: true, in: store)
/// imports.define("env", "counter", counter)
/// try counter.set(7)
/// print(counter.value)
/// ```
public final class Global {
    /// The store that it lives in.
    public let store: Store
    /// Its type.
    public let type: GlobalType
    let pointer: UnsafeMutablePointer<wasmc_value>

    init(_ pointer: UnsafeMutablePointer<wasmc_value>, type: GlobalType, in store: Store) {
        self.pointer = pointer
        self.type = type
        self.store = store
    }

    /// A global made by the host.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left, ``UsageError/otherStore(_:)`` for a reference
    ///   of another store.
    public convenience init(_ value: Value, isMutable: Bool, in store: Store) throws {
        try value.requireStore(store)
        guard let pointer = wasmc_global_create(store.pointer) else {
            throw LinkError.resources("no memory is left for a global")
        }
        value.write(to: &pointer.pointee)
        self.init(pointer, type: GlobalType(value: value.type, isMutable: isMutable), in: store)
    }

    /// What it holds now.
    public var value: Value { Value(pointer.pointee, type.value, in: store) }

    /// Changes what it holds.
    ///
    /// - Throws: ``UsageError`` for an immutable global, or a value of another type or store.
    public func set(_ value: Value) throws(UsageError) {
        guard type.isMutable else { throw .immutableGlobal }
        try value.requireStore(store)
        guard value.matches(type.value) else {
            throw .typeMismatch(expected: "\(type.value)", found: "\(value.type)")
        }
        value.write(to: &pointer.pointee)
    }
}
