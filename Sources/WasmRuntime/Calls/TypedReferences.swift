internal import CRuntime
internal import Wasm

/// A type of references in typed functions. An optional one takes a null reference for `nil`; else null is
/// ``UsageError/noValue(type:number:)``.
///
/// Specification: "Reference Types".
public protocol WasmReference: WasmType {}

extension Function: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<Function> { .init(.funcref) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Function>) throws -> Function {
        guard let pointer = UnsafePointer<wasmc_function>(bitPattern: slot.word) else {
            throw UsageError.noValue(type: "Function", number: "null")
        }
        return Function(pointer, in: slot.store)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Function>) throws {
        guard store === slot.store else { throw UsageError.otherStore("a function") }
        slot.word = UInt(bitPattern: pointer)
    }
}

extension ExternalReference: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<ExternalReference> { .init(.externref) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Self>) throws -> ExternalReference {
        guard let reference = ExternalReference(word: slot.word, in: slot.store) else {
            throw UsageError.noValue(type: "ExternalReference", number: "null")
        }
        return reference
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Self>) throws {
        try requireStore(slot.store)
        slot.word = word
    }
}

extension Optional: WasmType where Wrapped: WasmReference {
    /// The type in WebAssembly.
    public static var wasmKind: WasmKind<Wrapped?> { .init(Wrapped.wasmKind.type) }

    /// Called by typed functions.
    public static func load(from slot: borrowing WasmSlot<Self>) throws -> Wrapped? {
        slot.word == 0 ? nil : try Wrapped.load(from: slot.raw)
    }

    /// Called by typed functions.
    public func store(to slot: borrowing WasmSlot<Self>) throws {
        if let self { try self.store(to: slot.raw) } else { slot.word = 0 }
    }
}

extension WasmSlot {
    /// Of a reference.
    var word: UInt {
        get { raw.word }
        nonmutating set { raw.word = newValue }
    }

    /// Whose function is called, or calls.
    var store: Store { raw.store.takeUnretainedValue() }
}

extension RawSlot {
    /// Of a reference.
    var word: UInt {
        get { address.load(as: UInt.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt.self) }
    }
}
