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

    /// What the memory was made as, with the present size as its minimum.
    public var type: MemoryType { memory.type }
    /// How many bytes it has now.
    public var byteCount: Int { Int(memory.byteCount) }

    /// Lends bytes to a closure, which must not keep or change them: see
    /// ``withUnsafeMutableBufferPointer(offset:count:_:)``.
    public func withUnsafeBufferPointer<Result>(
        offset: UInt, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try withUnsafeMutableBufferPointer(offset: offset, count: count) { try body(UnsafeRawBufferPointer($0)) }
    }

    /// Lends bytes to a closure, which must not keep them. The memory does not grow meanwhile.
    ///
    /// A range beyond the end is a mistake of the program, which ends there; check what guests give. So is asking a
    /// shared memory for bytes.
    public func withUnsafeMutableBufferPointer<Result>(
        offset: UInt, count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let range = try? memory.bytes(UInt64(offset), UInt64(bitPattern: Int64(count)))
        guard let range else {
            preconditionFailure("no \(count.counted("byte")) at \(offset): the memory ends at \(memory.byteCount)")
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

    init(table: WasmEngine.Table) { self.table = table }

    /// A table of the host's, filled with null.
    ///
    /// - Throws: `LinkError` of `WasmEngine` when it cannot be allocated, `UsageError` for a type that no module may
    ///   declare.
    public init(store: Store, type: TableType) throws { table = try WasmEngine.Table(type, in: store.store) }

    /// What the table was made as, with the present size as its minimum.
    public var type: TableType { table.type }

    /// An element. An index beyond the end, or a reference of another type, is a mistake of the program, which ends
    /// there.
    public subscript(index: Int) -> Reference {
        get {
            guard index >= 0, let value = try? table.get(UInt64(index)), case .ref(let reference) = Value(value) else {
                preconditionFailure("the table has no element \(index): it has \(table.count)")
            }
            return reference
        }
        nonmutating set {
            do { try table.set(UInt64(index), to: Value.ref(newValue).value) } catch { preconditionFailure("\(error)") }
        }
    }

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

    /// A global of the host's.
    ///
    /// - Throws: ``Trap`` for a value of another type.
    public init(store: Store, type: GlobalType, value: Value) throws {
        guard value.type == type.value else {
            throw Trap(reason: .message("a global \(type.value) cannot be \(value)"))
        }
        self.init(globalType: type, initialValue: value, store: store)
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

/// A tag of exceptions.
public struct Tag: Equatable {
    let tag: WasmEngine.Tag

    init(tag: WasmEngine.Tag) { self.tag = tag }

    /// A tag of the host's; the parameters of the type are the values of its exceptions.
    public init(store: Store, type: FunctionType) {
        do { tag = try WasmEngine.Tag(type.parameters, in: store.store) } catch { preconditionFailure("\(error)") }
    }

    /// The same tag.
    public static func == (left: Tag, right: Tag) -> Bool { left.tag == right.tag }
}
