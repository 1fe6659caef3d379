internal import CRuntime
public import Wasm

/// A table in a store.
public final class Table {
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_table>
    let declared: TableType

    init(_ pointer: UnsafeMutablePointer<wasmc_table>, type: TableType, in store: Store) {
        self.pointer = pointer
        self.store = store
        declared = type
    }

    /// A table made by the host, filled with null.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when it cannot be allocated.
    public convenience init(_ type: TableType, in store: Store) throws(LinkError) {
        guard let pointer = wasmc_table_create(store.pointer, type.c, 0) else {
            throw .resources(store.refusal ?? "a table of \(type.elements.minimum) elements could not be allocated")
        }
        self.init(pointer, type: type, in: store)
    }

    public var count: UInt64 { pointer.pointee.count }
    /// The type, with the present size as its minimum.
    public var type: TableType {
        TableType(element: declared.element, elements: Limits(minimum: count, maximum: declared.elements.maximum))
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func get(_ index: UInt64) throws(UsageError) -> Value {
        guard index < count else { throw .outOfBounds(offset: index, count: 1, size: count) }
        return Value(reference: pointer.pointee.elements[Int(index)], declared.element, in: store)
    }

    /// - Throws: ``UsageError`` for an index beyond the end or a value of another type.
    public func set(_ index: UInt64, to value: Value) throws(UsageError) {
        guard index < count else { throw .outOfBounds(offset: index, count: 1, size: count) }
        pointer.pointee.elements[Int(index)] = try reference(value)
    }

    /// - Returns: the old number of elements.
    /// - Throws: ``UsageError``
    @discardableResult public func grow(count: UInt64, filledWith value: Value) throws(UsageError) -> UInt64 {
        let old = wasmc_table_grow(pointer, try reference(value), count)
        if old == .max { throw store.refusal.map(UsageError.limitReached) ?? .growRefused }
        return old
    }

    private func reference(_ value: Value) throws(UsageError) -> UInt {
        guard value.type == declared.element, let reference = value.reference else {
            throw .typeMismatch(expected: "\(declared.element)", found: "\(value.type)")
        }
        try value.requireStore(store)
        return reference
    }
}
