internal import CRuntime
internal import Wasm

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
        guard global.type.value.matches(Value.wasmKind.type, in: CanonicalTypes()) else {
            throw .typeMismatch(expected: "a global \(global.type.value)", found: "\(Value.wasmKind.type)")
        }
        self.global = global
    }

    /// What it holds now.
    ///
    /// - Throws: ``UsageError/noValue(type:number:)`` when the global has a number or null that stands for no value.
    public var value: Value { get throws { try Value.load(from: slot) } }

    /// Changes what it holds.
    ///
    /// - Throws: ``UsageError/immutableGlobal``, ``UsageError/otherStore(_:)`` for a reference of another store, or
    ///   ``UsageError/typeMismatch(expected:found:)`` for one to something that the global cannot hold.
    public func set(_ value: Value) throws {
        guard global.type.isMutable else { throw UsageError.immutableGlobal }
        if Value.wasmKind.type == global.type.value { return try value.store(to: slot) }
        // The global's type says more than the Swift type, such as which struct it is.
        var checked = wasmc_value()
        try withUnsafeMutableBytes(of: &checked) {
            try value.store(to: RawSlot($0.baseAddress.unsafelyUnwrapped, .passUnretained(global.store)))
        }
        try global.set(WasmRuntime.Value(checked, Value.wasmKind.type, in: global.store))
    }

    private var slot: RawSlot { RawSlot(UnsafeMutableRawPointer(global.pointer), .passUnretained(global.store)) }
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
