internal import CRuntime

/// A guest's handle on something of the host's: a number, never a pointer. Or something of the guest's own that it has
/// given to the host.
///
/// A number that the host makes up, `ExternalReference(7)`, means the same in every store. A reference to an object
/// that a store holds, by ``Store/root(_:)`` or ``Store/reference(to:)``, belongs to that store: where another one is
/// given it, that is ``UsageError/otherStore(_:)``, and two of different stores are not equal though their numbers may
/// be.
public struct ExternalReference: Hashable, Sendable {
    /// The host's number for the object, below 2^62; 0 for something of the guest's.
    public let number: UInt64
    private let meaning: Meaning

    /// To whom it means something. Of one word, as values are no larger than a vector.
    private enum Meaning: Hashable, Sendable {
        case everybody
        case store(HeldObjects)
        case guest(AnyReference)
    }

    /// A reference that is the number's lower 62 bits. Stores give objects the numbers below 2^30: in one store, use
    /// either those or numbers of your own.
    public init(_ number: UInt64) {
        self.number = number & (.max >> 2)
        meaning = .everybody
    }

    /// Something of a guest's own, as the host's.
    public init(_ object: AnyReference) {
        if case .external(let reference) = object.kind {
            self = reference
        } else {
            number = 0
            meaning = .guest(object)
        }
    }

    /// The reference to what a store holds under a number.
    init(_ number: UInt64, of store: Store) {
        self.number = number
        meaning = .store(store.objects)
    }

    /// The host's reference of a number that a guest has, to an object of the store's if it has given the number out.
    init(number: UInt64, in store: Store) {
        self = store.hasGiven(number) ? ExternalReference(number, of: store) : ExternalReference(number)
    }

    /// As guests hold it: null is 0.
    init?(word: UInt, in store: Store) {
        if word == 0 { return nil }
        if let number = Self.hostNumber(word) {
            self.init(number: number, in: store)
        } else {
            self.init(AnyReference(word: word, in: store))
        }
    }

    /// The number in what a guest holds; `nil` for something of the guest's own.
    static func hostNumber(_ word: UInt) -> UInt64? {
        word & 3 == UInt(WASMC_REFERENCE_IS_HOST) ? UInt64(word >> 2) : nil
    }

    var word: UInt { object?.word ?? UInt(number) << 2 | UInt(WASMC_REFERENCE_IS_HOST) }

    /// What the guest has given; `nil` for something of the host's.
    public var object: AnyReference? { if case .guest(let object) = meaning { object } else { nil } }

    /// Those of the store to which alone it means something, as the host's; `nil` for every store.
    var objects: HeldObjects? { if case .store(let objects) = meaning { objects } else { nil } }

    /// - Throws: ``UsageError/otherStore(_:)``
    func requireStore(_ store: Store) throws(UsageError) {
        switch meaning {
        case .everybody: return
        case .store(let objects): if objects !== store.objects { throw .otherStore("a reference to a host object") }
        case .guest(let object): try object.requireStore(store)
        }
    }
}

extension ExternalReference: CustomStringConvertible {
    /// The number, or what it is of the guest's.
    public var description: String { "ExternalReference(\(object.map { "\($0.kind)" } ?? "\(number)"))" }
}

extension HeldObjects: Hashable {
    static func == (left: HeldObjects, right: HeldObjects) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
