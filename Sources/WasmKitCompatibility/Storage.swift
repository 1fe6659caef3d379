public import Wasm
internal import WasmEngine

/// A linear memory.
public struct Memory: Equatable {
    let memory: WasmEngine.Memory

    init(_ memory: WasmEngine.Memory) { self.memory = memory }

    /// A memory of the host's.
    ///
    /// - Throws: `LinkError` of `WasmEngine` when it cannot be allocated, `UsageError` for a type that no module may
    ///   declare.
    public init(store: Store, type: MemoryType) throws { memory = try WasmEngine.Memory(type, in: store.store) }

    /// A copy of all bytes.
    public var data: [UInt8] { (try? memory.read(at: 0, byteCount: memory.byteCount)) ?? [] }

    /// Lends bytes to a closure, which must not keep them. The memory does not grow meanwhile.
    ///
    /// A range beyond the end is a mistake of the program, which ends there; check what guests give. So is asking a
    /// shared memory for bytes.
    public func withUnsafeMutableBufferPointer<Result>(
        offset: UInt, count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let range = try? memory.bytes(UInt64(offset), UInt64(bitPattern: Int64(count)))
        guard let range else {
            preconditionFailure("\(count) bytes at \(offset) lie beyond the memory's end at \(memory.byteCount)")
        }
        guard (try? memory.borrow()) != nil else { preconditionFailure("a shared memory lends no bytes") }
        defer { memory.giveBack() }
        return try body(range)
    }

    /// The same memory.
    public static func == (left: Memory, right: Memory) -> Bool { left.memory == right.memory }
}

/// A table of references.
public struct Table: Equatable {
    let table: WasmEngine.Table

    /// The same table.
    public static func == (left: Table, right: Table) -> Bool { left.table == right.table }
}

/// A global.
public struct Global: Equatable {
    let global: WasmEngine.Global

    init(global: WasmEngine.Global) { self.global = global }

    /// A global of the host's.
    public init(globalType: GlobalType, initialValue: Value, store: Store) {
        precondition(initialValue.type == globalType.value, "a global \(globalType.value) cannot be \(initialValue)")
        do {
            global = try WasmEngine.Global(initialValue.value, isMutable: globalType.isMutable, in: store.store)
        } catch { preconditionFailure("\(error)") }
    }

    /// The present value.
    public var value: Value { Value(global.value) }

    /// Changes the value.
    ///
    /// - Throws: ``Trap`` for an immutable global or a value of another type.
    public func assign(_ value: Value) throws { try translatingErrors { try global.set(value.value) } }

    /// The same global.
    public static func == (left: Global, right: Global) -> Bool { left.global == right.global }
}
