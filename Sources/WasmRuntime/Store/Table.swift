internal import CRuntime
public import Wasm

/// A table in a store.
///
/// ```swift
/// let handlers = try Table(TableType(element: .funcref, elements: Limits(minimum: 4)), in: store)
/// try handlers.set(1, to: .funcref(twice))
/// print(handlers.count, try handlers[0])
/// imports.define("env", "handlers", handlers)
/// ```
public final class Table {
    /// The store that it lives in.
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_table>
    let element: ValueType

    init(_ pointer: UnsafeMutablePointer<wasmc_table>, of element: ValueType, in store: Store) {
        self.pointer = pointer
        self.store = store
        self.element = element
    }

    /// A table made by the host, filled with null.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when it cannot be allocated, ``UsageError/invalidArgument(_:)`` for a type
    ///   that no module may declare, or one of a feature that is not supported.
    public convenience init(_ type: TableType, in store: Store) throws { try self.init(type, in: store, for: nil) }

    /// - Parameter program: will have an instance in the store.
    convenience init(_ type: TableType, in store: Store, for program: CompiledModule?) throws {
        guard type.element.isReference else {
            throw UsageError.invalidArgument(
                "a table has references for elements, not \(type.element): use funcref or externref")
        }
        guard type.element.isNullable else {
            throw UsageError.invalidArgument("a table of \(type.element) cannot be filled with null")
        }
        // Held by a module for as long as the table is there, the index means one type.
        if case .defined(let index) = type.element.heapType, !store.holds(typeNumber: UInt32(index)),
            program?.has(typeNumber: UInt32(index)) != true
        {
            throw UsageError.typeMismatch(expected: "a type in a module of this store", found: "\(type.element)")
        }
        try type.elements.check(unit: "elements", most: TableType.mostElements(is64Bit: type.is64Bit))
        guard let pointer = wasmc_table_create(store.pointer, type.c, 0) else {
            throw LinkError.resources(
                store.refusal ?? "a table of \(type.elements.minimum.counted("element")) could not be allocated")
        }
        self.init(pointer, of: type.element, in: store)
    }

    /// How many elements it has now.
    public var count: UInt64 { pointer.pointee.count }
    /// The type, with the present size as its minimum. The maximum is that of the table's own declaration, whatever a
    /// module that imports and exports it again asks for.
    public var type: TableType {
        let maximum = pointer.pointee.maximum_count
        return TableType(
            element: element, elements: Limits(minimum: count, maximum: maximum == .max ? nil : maximum),
            is64Bit: pointer.pointee.is_64bit)
    }

    /// The element at an index: `try table[3]`.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public subscript(index: some BinaryInteger) -> Value {
        get throws(UsageError) { try get(index) }
    }

    /// The element at an index.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func get(_ index: some BinaryInteger) throws(UsageError) -> Value {
        try element(at: Memory.unsigned(index))
    }

    @usableFromInline func element(at index: UInt64) throws(UsageError) -> Value {
        guard index < count else { throw .outOfBounds(offset: index, count: 1, size: count) }
        return Value(reference: pointer.pointee.elements[Int(index)], element, in: store)
    }

    /// Changes the element at an index.
    ///
    /// - Throws: ``UsageError`` for an index beyond the end, or a value of another type or store.
    @inlinable public func set(_ index: some BinaryInteger, to value: Value) throws(UsageError) {
        try setElement(at: Memory.unsigned(index), to: value)
    }

    @usableFromInline func setElement(at index: UInt64, to value: Value) throws(UsageError) {
        guard index < count else { throw .outOfBounds(offset: index, count: 1, size: count) }
        pointer.pointee.elements[Int(index)] = try reference(value)
    }

    /// Makes the table so many elements larger.
    ///
    /// - Returns: the old number of elements.
    /// - Throws: ``UsageError/growRefused``, ``UsageError/limitReached(_:)`` for a limit of the store,
    ///   ``UsageError/storeInUse``, or ``UsageError`` for a value of another type or store; then nothing has changed.
    @discardableResult @inlinable public func grow(
        count: some BinaryInteger, filledWith value: Value
    ) throws(UsageError) -> UInt64 {
        try grow(by: Memory.unsigned(count), value)
    }

    @usableFromInline func grow(by count: UInt64, _ value: Value) throws(UsageError) -> UInt64 {
        let old = wasmc_table_grow(pointer, try reference(value), count)
        if old == .max {
            if wasmc_is_in_use(store.pointer) { throw .storeInUse }
            throw store.refusal.map(UsageError.limitReached) ?? .growRefused
        }
        return old
    }

    private func reference(_ value: Value) throws(UsageError) -> UInt {
        try value.requireStore(store)
        guard value.matches(element), let reference = value.reference else {
            throw .typeMismatch(expected: "\(element)", found: "\(value.type)")
        }
        return reference
    }
}
