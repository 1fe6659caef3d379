internal import CRuntime
internal import Wasm

/// A struct or an array, which a reference keeps, as the host reads and writes it.
struct HeapObject {
    let reference: AnyReference
    let store: Store

    /// Where a field or an element stands, and what it is.
    struct Place {
        var type: FieldType
        /// In bytes, from the object's start.
        var offset: Int
        var byteCount: Int
    }

    /// - Throws: ``UsageError/otherStore(_:)``, or ``UsageError/typeMismatch(expected:found:)`` for what is no such
    ///   object.
    init(_ reference: AnyReference, _ kind: AnyReference.Kind, in store: Store) throws(UsageError) {
        guard reference.kind == kind, reference.typeNumber != 0 else {
            throw .typeMismatch(expected: kind.phrase, found: reference.kind.phrase)
        }
        try reference.requireStore(store)
        self.reference = reference
        self.store = store
    }

    /// A new object, which the runtime has made.
    ///
    /// - Throws: ``UsageError/limitReached(_:)`` when it has made none.
    private init(made object: UnsafeMutablePointer<UInt8>?, in store: Store) throws(UsageError) {
        guard let object else { throw .limitReached(store.refusal ?? "no memory is left for an object") }
        let word = UInt(bitPattern: object) - UInt(bitPattern: store.pointer.pointee.allocation.base)
        reference = AnyReference(word: word, in: store)
        self.store = store
    }

    /// A new object of a type, zero in all its fields or elements.
    ///
    /// - Parameter count: how many elements an array has.
    /// - Throws: ``UsageError/typeMismatch(expected:found:)`` for a type of another kind, or of no module in the store;
    ///   ``UsageError/limitReached(_:)``
    init(
        of type: ValueType, _ kind: AnyReference.Kind, count: UInt32 = 0, in store: Store
    ) throws(UsageError) {
        guard case .defined(let index) = type.heapType, store.holds(typeNumber: UInt32(index)),
            CanonicalTypes().kind(of: index) == (kind == .structure ? .structure : .array)
        else { throw .typeMismatch(expected: "the type of \(kind.phrase) in a module of this store", found: "\(type)") }
        let id = wasmc_type_object_id(UInt32(index))
        try self.init(
            made: kind == .structure
                ? wasmc_store_allocate_struct(store.pointer, id)
                : wasmc_store_allocate_array(store.pointer, id, count), in: store)
    }

    /// Its type, by the number that it has in this process.
    var type: ValueType { .reference(to: .defined(Int(reference.typeNumber)), isNullable: false) }

    /// The fields of a struct, or the one that all elements of an array are.
    var fields: [FieldType] {
        let description = wasmc_type_describe(reference.typeNumber)
        return UnsafeBufferPointer(start: description.codes, count: Int(description.code_count))
            .map(FieldType.init(storedCode:))
    }

    /// A field that there is; of an array, its first element.
    func place(_ index: Int) -> Place {
        let field = wasmc_type_field(reference.typeNumber, UInt32(index))
        return Place(
            type: FieldType(storedCode: field.code), offset: Int(field.offset), byteCount: Int(field.byte_count))
    }

    /// Where the object begins; it does not move.
    var address: UnsafeMutableRawPointer {
        // A store with objects has a heap.
        UnsafeMutableRawPointer(store.pointer.pointee.allocation.base + Int(UInt32(truncatingIfNeeded: reference.word)))
    }

    /// How many elements the array has; none if it says that it has more than its place has room for.
    var count: Int {
        guard wasmc_store_descriptor(store.pointer, reference.word) != nil else { return 0 }
        return Int((address + Int(WASMC_ARRAY_LENGTH_OFFSET)).load(as: UInt32.self))
    }

    // MARK: Reading

    func load(_ place: Place) -> Value { Value(slot(place), place.type.value, in: store) }

    /// - Throws: ``UsageError`` when the place has another type, or a value that stands for none of the Swift type.
    func load<T: WasmType>(_ place: Place, as type: T.Type) throws -> T {
        guard place.type.value.matches(T.wasmKind.type, in: CanonicalTypes()) else {
            throw UsageError.typeMismatch(expected: "a field \(place.type)", found: "\(T.self)")
        }
        var slot = slot(place, isSigned: T.self == Int32.self)
        return try withUnsafeMutableBytes(of: &slot) {
            try T.load(from: RawSlot($0.baseAddress.unsafelyUnwrapped, .passUnretained(store)))
        }
    }

    private func slot(_ place: Place, isSigned: Bool = false) -> wasmc_value {
        var slot = wasmc_value()
        let source = address + place.offset
        switch place.type.storage {
        case .i8:
            let byte = source.load(as: UInt8.self)
            slot.i32 = isSigned ? UInt32(bitPattern: Int32(Int8(bitPattern: byte))) : UInt32(byte)
        case .i16:
            let half = source.load(as: UInt16.self)
            slot.i32 = isSigned ? UInt32(bitPattern: Int32(Int16(bitPattern: half))) : UInt32(half)
        case .value:
            withUnsafeMutableBytes(of: &slot) {
                $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: place.byteCount))
            }
        }
        // No address that is followed comes from an object.
        switch hierarchy(of: place) {
        case .function:
            let function = wasmc_store_numbered_function(store.pointer, UInt64(slot.ref))
            slot.ref = UInt(bitPattern: function)
        case .exception: if !wasmc_store_keeps_exception(store.pointer, slot.ref) { slot.ref = 0 }
        case .other: break
        }
        return slot
    }

    private enum Hierarchy { case function, exception, other }

    private func hierarchy(of place: Place) -> Hierarchy {
        guard case .value(let type) = place.type.storage, let heapType = type.heapType else { return .other }
        switch heapType {
        case .function, .noFunction: return .function
        case .exception, .noException: return .exception
        case .defined(let index): return CanonicalTypes().kind(of: index) == .function ? .function : .other
        case .any, .eq, .i31, .structure, .array, .none, .external, .noExternal: return .other
        }
    }

    // MARK: Writing

    /// - Throws: ``UsageError/immutableField``, or ``UsageError`` for a value of another type or store.
    func set(_ value: Value, _ place: Place) throws(UsageError) {
        guard place.type.isMutable else { throw .immutableField }
        try initialize(value, place)
    }

    /// - Throws: ``UsageError``, likewise.
    func set<T: WasmType>(_ value: T, _ place: Place) throws {
        var slot = wasmc_value()
        try withUnsafeMutableBytes(of: &slot) {
            try value.store(to: RawSlot($0.baseAddress.unsafelyUnwrapped, .passUnretained(store)))
        }
        try set(Value(slot, T.wasmKind.type, in: store), place)
    }

    /// As setting, in a new object.
    ///
    /// - Throws: ``UsageError`` for a value of another type or store.
    func initialize(_ value: Value, _ place: Place) throws(UsageError) {
        try value.requireStore(store)
        guard value.matches(place.type.value) else {
            throw .typeMismatch(expected: "a value for a field \(place.type)", found: "\(value.type)")
        }
        var slot = wasmc_value()
        value.write(to: &slot)
        if hierarchy(of: place) == .function,
            let function = UnsafeMutablePointer<wasmc_function>(bitPattern: slot.ref)
        {
            guard wasmc_store_number_function(store.pointer, function) else {
                throw .limitReached("no memory is left for a function's number")
            }
            slot.ref = UInt(function.pointee.number)
        }
        // A packed field takes the lowest bytes.
        withUnsafeBytes(of: &slot) {
            (address + place.offset).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: place.byteCount)
        }
        // The collector looks at old objects only when it hears that they have changed.
        let header = address.load(as: UInt32.self)
        if place.type.value.isReference, header & UInt32(WASMC_OBJECT_IS_OLD) != 0 {
            wasmc_store_remember(store.pointer, address.assumingMemoryBound(to: UInt8.self))
        }
    }
}

extension AnyReference.Kind {
    /// For messages.
    fileprivate var phrase: String {
        switch self {
        case .structure: "a struct"
        case .array: "an array"
        case .i31: "an i31"
        case .external: "a reference of the host's"
        }
    }
}
