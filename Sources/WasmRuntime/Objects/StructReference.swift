public import Wasm

/// A struct of a guest's, whose fields the host reads and writes.
///
/// It keeps the struct, and the store that the struct lives in. Typed functions and host functions take and return it;
/// from a ``Value`` it comes by ``init(_:in:)``:
///
/// ```swift
/// let make = try instance.function("point", as: ((Int32, Int32) -> StructReference).self)
/// let point = try make(3, 4)
/// let x = try point.field(0, as: Int32.self)
/// try point.setField(1, to: x + 1)
/// ```
public struct StructReference {
    let object: HeapObject

    /// The struct that a reference is to.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for a reference to something else,
    ///   ``UsageError/otherStore(_:)``
    public init(_ reference: AnyReference, in store: Store) throws(UsageError) {
        object = try HeapObject(reference, .structure, in: store)
    }

    /// A new struct of a type that a module in the store has: the type of another struct, or of a function's parameter
    /// or result.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for another type or other values,
    ///   ``UsageError/limitReached(_:)``
    public init(of type: ValueType, _ values: [Value], in store: Store) throws(UsageError) {
        object = try HeapObject(of: type, .structure, in: store)
        let fields = object.fields
        guard values.count == fields.count else {
            throw .typeMismatch(expected: fields.count.counted("field"), found: values.count.counted("value"))
        }
        for (index, value) in values.enumerated() { try object.initialize(value, object.place(index)) }
    }

    /// The reference, for values; it may outlive the store.
    public var reference: AnyReference { object.reference }
    /// The store that the struct lives in.
    public var store: Store { object.store }
    /// The struct's own type.
    public var type: ValueType { object.type }
    /// The types of its fields.
    public var fields: [FieldType] { object.fields }

    /// A field's value; a packed one's bits are those of an unsigned number.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func field(_ index: Int) throws(UsageError) -> Value { object.load(try place(index)) }

    /// A field's value as a Swift value. A packed field is signed as an `Int32`, and unsigned as any other type.
    ///
    /// - Throws: ``UsageError`` when there is no such field, or it has another type or no value of the Swift type.
    public func field<T: WasmType>(_ index: Int, as type: T.Type) throws -> T {
        try object.load(try place(index), as: type)
    }

    /// Changes a field.
    ///
    /// - Throws: ``UsageError`` when there is no such field, it is immutable, or the value is of another type or store.
    public func setField(_ index: Int, to value: Value) throws(UsageError) { try object.set(value, try place(index)) }

    /// Changes a field to a Swift value.
    ///
    /// - Throws: ``UsageError`` when there is no such field, it is immutable, or the value is of another type or store.
    public func setField(_ index: Int, to value: some WasmType) throws { try object.set(value, try place(index)) }

    private func place(_ index: Int) throws(UsageError) -> HeapObject.Place {
        let count = fields.count
        guard fields.indices.contains(index) else {
            throw .outOfBounds(offset: Memory.unsigned(index), count: 1, size: UInt64(count))
        }
        return object.place(index)
    }
}

extension StructReference: Hashable {
    /// They are to the same struct.
    public static func == (left: StructReference, right: StructReference) -> Bool { left.reference == right.reference }

    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(reference) }
}
