internal import CRuntime
public import Wasm

/// What tells exceptions apart, in a store: a module's tag, or one that the host made. Two tags are equal if they are
/// the same one, whatever their types.
///
/// Specification: "Tags".
public final class Tag {
    /// The store that it lives in.
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_tag>

    init(_ pointer: UnsafeMutablePointer<wasmc_tag>, in store: Store) {
        self.pointer = pointer
        self.store = store
    }

    /// A new tag, for exceptions with values of these types.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when no memory is left, ``LinkError/unknownType(_:)``
    public convenience init(_ parameters: [ValueType], in store: Store) throws(LinkError) {
        let unknown = FunctionType(parameters: parameters, results: []).unknownType
        if let unknown { throw .unknownType(unknown) }
        let codes = parameters.map(\.storedCode)
        guard let pointer = wasmc_tag_create(store.pointer, codes, UInt32(codes.count)) else {
            throw .resources("no memory is left for a tag")
        }
        self.init(pointer, in: store)
    }

    /// The types of the values that its exceptions have.
    public var parameters: [ValueType] { TypeRegistry.type(pointer.pointee.type_id).parameters }

    /// What names this tag in a ``GuestException``. It does not keep the store alive.
    public var reference: TagReference {
        TagReference(address: UInt(bitPattern: pointer), storeNumber: store.number)
    }
}

extension Tag: Hashable {
    /// Whether both are the same tag.
    public static func == (left: Tag, right: Tag) -> Bool { left.pointer == right.pointer }
    /// By identity, as equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(pointer) }
}

/// Names a tag of one store; anybody may keep it, on any thread, and longer than the store lives.
public struct TagReference: Hashable, Sendable {
    let address: UInt
    let storeNumber: UInt64
}

extension Store {
    /// What the exceptions take that guests have references to.
    package var exceptionByteCount: Int { Int(wasmc_exception_byte_count(pointer)) }

    /// The tag that a reference of this store names.
    ///
    /// - Throws: ``UsageError/otherStore(_:)`` for a reference of another store.
    public func tag(_ reference: TagReference) throws(UsageError) -> Tag {
        guard reference.storeNumber == number,
            let pointer = UnsafeMutablePointer<wasmc_tag>(bitPattern: reference.address)
        else { throw .otherStore("a tag") }
        return Tag(pointer, in: self)
    }
}
