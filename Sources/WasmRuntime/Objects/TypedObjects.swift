internal import Wasm

// What typed functions take and return of the guest's own.

extension AnyReference: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<AnyReference> { .init(.reference(to: .any)) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<AnyReference>) throws -> Self {
        guard slot.word != 0 else { throw UsageError.noValue(type: "\(Self.self)", number: "null") }
        return Self(word: slot.word, in: slot.store)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<AnyReference>) throws {
        try requireStore(slot.store)
        slot.word = word
    }
}

extension StructReference: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<StructReference> { .init(.reference(to: .structure)) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Self>) throws -> StructReference {
        guard slot.word != 0 else { throw UsageError.noValue(type: "\(Self.self)", number: "null") }
        let store = slot.store
        return try StructReference(AnyReference(word: slot.word, in: store), in: store)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Self>) throws { try reference.store(to: slot.raw) }
}

extension ArrayReference: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<ArrayReference> { .init(.reference(to: .array)) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Self>) throws -> ArrayReference {
        guard slot.word != 0 else { throw UsageError.noValue(type: "\(Self.self)", number: "null") }
        let store = slot.store
        return try ArrayReference(AnyReference(word: slot.word, in: store), in: store)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Self>) throws { try reference.store(to: slot.raw) }
}
