internal import CRuntime

/// A global as a variable of a Swift type, which was checked once:
/// `let counter = try instance.global("counter", as: Int32.self)`.
///
/// ```swift
/// let counter = try instance.global("counter", as: Int32.self)
/// try counter.set(counter.value + 1)
/// ```
public struct TypedGlobal<Value: WasmType> {
    /// The global itself.
    public let global: Global

    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for a global of another type.
    init(_ global: Global, as type: Value.Type) throws(UsageError) {
        guard Value.wasmKind.type == global.type.value else {
            throw .typeMismatch(expected: "a global \(global.type.value)", found: "\(Value.wasmKind.type)")
        }
        self.global = global
    }

    /// - Throws: ``UsageError/noValue(type:number:)`` when the global has a number or null that stands for no value.
    public var value: Value { get throws { try Value.load(from: slot) } }

    /// - Throws: ``UsageError/immutableGlobal``, or ``UsageError/otherStore(_:)`` for a function of another store.
    public func set(_ value: Value) throws {
        guard global.type.isMutable else { throw UsageError.immutableGlobal }
        try value.store(to: slot)
    }

    private var slot: WasmSlot { WasmSlot(UnsafeMutableRawPointer(global.pointer), .passUnretained(global.store)) }
}

extension Global {
    /// The global as a variable of a Swift type.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` when it has another type.
    public func typed<T: WasmType>(as type: T.Type) throws(UsageError) -> TypedGlobal<T> {
        try TypedGlobal(self, as: type)
    }
}

extension Instance {
    /// An exported global as a variable of a Swift type.
    ///
    /// - Throws: ``UsageError`` when there is no such global or it has another type.
    public func global<T: WasmType>(_ name: String, as type: T.Type) throws(UsageError) -> TypedGlobal<T> {
        guard let global = global(name) else { throw .noSuchExport(name) }
        return try global.typed(as: type)
    }
}
