public import Wasm

/// An array of a guest's, whose elements the host reads and writes.
///
/// It keeps the array, and the store that the array lives in. Typed functions and host functions take and return it;
/// from a ``Value`` it comes by ``init(_:in:)``:
///
/// ```swift
/// let squares = try instance.function("squares", as: ((Int32) -> ArrayReference).self)(10)
/// let last = try squares.element(squares.count - 1, as: Int32.self)
/// let sum = try squares.withBytes { bytes in (0..<squares.count).reduce(0) { sum, index in
///     sum + bytes.unsafeLoad(fromByteOffset: index * 4, as: Int32.self) } }
/// ```
public struct ArrayReference {
    let object: HeapObject

    /// The array that a reference is to.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for a reference to something else,
    ///   ``UsageError/otherStore(_:)``
    public init(_ reference: AnyReference, in store: Store) throws(UsageError) {
        object = try HeapObject(reference, .array, in: store)
    }

    /// A new array of a type that a module in the store has: the type of another array, or of a function's parameter or
    /// result.
    ///
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for another type or other values,
    ///   ``UsageError/limitReached(_:)``
    public init(of type: ValueType, _ values: [Value], in store: Store) throws(UsageError) {
        guard let count = UInt32(exactly: values.count) else { throw .limitReached("an array has fewer elements") }
        object = try HeapObject(of: type, .array, count: count, in: store)
        let first = object.place(0)
        for (index, value) in values.enumerated() { try object.initialize(value, first.moved(by: index)) }
    }

    /// A new array of equal elements: see ``init(of:_:in:)``.
    ///
    /// - Throws: ``UsageError``, likewise.
    public init(of type: ValueType, repeating value: Value, count: Int, in store: Store) throws(UsageError) {
        guard let size = UInt32(exactly: count) else {
            throw .invalidArgument("an array has from 0 to \(UInt32.max) elements, not \(count)")
        }
        object = try HeapObject(of: type, .array, count: size, in: store)
        let first = object.place(0)
        for index in 0..<count { try object.initialize(value, first.moved(by: index)) }
    }

    /// The reference, for values; it may outlive the store.
    public var reference: AnyReference { object.reference }
    /// The store that the array lives in.
    public var store: Store { object.store }
    /// The array's own type.
    public var type: ValueType { object.type }
    /// The type of all elements.
    public var elementType: FieldType { object.place(0).type }
    /// How many elements it has, which never changes.
    public var count: Int { object.count }

    /// The element at an index; a packed one's bits are those of an unsigned number.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func element(_ index: Int) throws(UsageError) -> Value { object.load(try place(index)) }

    /// The element at an index as a Swift value. A packed one is signed as an `Int32`, unsigned as any other type.
    ///
    /// - Throws: ``UsageError`` when there is no such element, or it has another type or no value of the Swift type.
    public func element<T: WasmType>(_ index: Int, as type: T.Type) throws -> T {
        try object.load(try place(index), as: type)
    }

    /// Changes the element at an index.
    ///
    /// - Throws: ``UsageError`` when there is no such element, elements are immutable, or the value is of another type
    ///   or store.
    public func setElement(_ index: Int, to value: Value) throws(UsageError) {
        try object.set(value, try place(index))
    }

    /// Changes the element at an index to a Swift value.
    ///
    /// - Throws: ``UsageError`` when there is no such element, elements are immutable, or the value is of another type
    ///   or store.
    public func setElement(_ index: Int, to value: some WasmType) throws { try object.set(value, try place(index)) }

    /// Borrows the bytes of the elements, one behind the other without gaps, to read them.
    ///
    /// - Parameter body: gets the bytes, which it must not keep.
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for an array of references, and what `body` throws.
    public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
        let bytes = try bytes()
        return try withExtendedLifetime(object) { try body(UnsafeRawBufferPointer(bytes).bytes) }
    }

    /// Borrows the bytes of the elements, to read and write them.
    ///
    /// - Parameter body: gets the bytes, which it must not keep. It does not borrow them a second time, nor call guests
    ///   that use them.
    /// - Throws: ``UsageError/immutableField``, ``UsageError/typeMismatch(expected:found:)`` for an array of
    ///   references, and what `body` throws.
    public func withMutableBytes<Result>(_ body: (inout MutableRawSpan) throws -> Result) throws -> Result {
        let bytes = try bytes()
        guard elementType.isMutable else { throw UsageError.immutableField }
        return try withExtendedLifetime(object) {
            var span = bytes.mutableBytes
            return try body(&span)
        }
    }

    private func bytes() throws(UsageError) -> UnsafeMutableRawBufferPointer {
        let first = object.place(0)
        guard !first.type.value.isReference else {
            throw .typeMismatch(expected: "an array of numbers", found: "an array of \(first.type)")
        }
        return UnsafeMutableRawBufferPointer(start: object.address + first.offset, count: count * first.byteCount)
    }

    private func place(_ index: Int) throws(UsageError) -> HeapObject.Place {
        let count = count
        guard index >= 0, index < count else {
            throw .outOfBounds(offset: Memory.unsigned(index), count: 1, size: UInt64(count))
        }
        return object.place(0).moved(by: index)
    }
}

extension HeapObject.Place {
    /// The element so many behind this one.
    fileprivate func moved(by count: Int) -> HeapObject.Place {
        HeapObject.Place(type: type, offset: offset + count * byteCount, byteCount: byteCount)
    }
}

extension ArrayReference: Hashable {
    /// They are to the same array.
    public static func == (left: ArrayReference, right: ArrayReference) -> Bool { left.reference == right.reference }

    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(reference) }
}
