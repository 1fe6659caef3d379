internal import CRuntime
internal import Synchronization

/// A reference to something of a guest's own: a struct, an array, an integer of 31 bits, or what the host gave the
/// guest and the guest counts among its own.
///
/// The struct or array lives as long as somebody, guest or host, holds a reference to it. Two references are equal when
/// they are to the same object. Anybody may keep one, on any thread, and longer than the store lives.
public final class AnyReference: Sendable {
    /// What it refers to.
    public let kind: Kind
    /// As guests hold it.
    let word: UInt
    /// The canonical number of the object's type; 0 of what is no object.
    let typeNumber: UInt32
    /// Of an object of a guest's; else 0.
    private let handle: UInt32
    /// Those of the store to which alone it means something; `nil` for every store.
    private let objects: HeldObjects?

    /// The sorts of what a guest's reference may be to.
    public enum Kind: Hashable, Sendable {
        /// A struct: see ``StructReference``.
        case structure
        /// An array: see ``ArrayReference``.
        case array
        /// An integer of 31 bits.
        case i31(Int32)
        /// Something of the host's.
        case external(ExternalReference)
    }

    /// The reference that a guest holds: not null, and of this store.
    init(word: UInt, in store: Store) {
        self.word = word
        if word & UInt(WASMC_REFERENCE_IS_I31) != 0 {
            kind = .i31(Int32(truncatingIfNeeded: word) >> 1)
            objects = nil
        } else if let number = ExternalReference.hostNumber(word) {
            let external = ExternalReference(number: number, in: store)
            kind = .external(external)
            objects = external.objects
        } else {
            // Every object has a type. What no object is, because code was wrong, matches none.
            let descriptor = wasmc_store_descriptor(store.pointer, word)
            kind = descriptor?.pointee.kind == UInt8(WASMC_KIND_ARRAY) ? .array : .structure
            typeNumber = descriptor?.pointee.number ?? 0
            handle = wasmc_handle_make(store.pointer, word)
            guard handle != 0 else { preconditionFailure("no memory is left for a reference") }
            objects = store.objects
            return
        }
        typeNumber = 0
        handle = 0
    }

    /// An integer of 31 bits, as guests count it among their own; `nil` for one that needs more.
    public init?(i31 number: Int32) {
        guard number >= -(1 << 30), number < 1 << 30 else { return nil }
        kind = .i31(number)
        word = UInt(UInt32(bitPattern: number) << 1 | UInt32(WASMC_REFERENCE_IS_I31))
        typeNumber = 0
        handle = 0
        objects = nil
    }

    /// Something of the host's, as guests count it among their own; `nil` for a number that needs more than 30 bits.
    public init?(_ external: ExternalReference) {
        guard external.object == nil, external.word <= UInt(UInt32.max) else { return nil }
        kind = .external(external)
        word = external.word
        typeNumber = 0
        handle = 0
        objects = external.objects
    }

    deinit { if handle != 0 { objects?.release(handle) } }

    /// - Throws: ``UsageError/otherStore(_:)``
    func requireStore(_ store: Store) throws(UsageError) {
        guard let objects, objects !== store.objects else { return }
        throw .otherStore(handle != 0 ? "an object" : "a reference to a host object")
    }
}

extension AnyReference: Hashable {
    /// They are to the same.
    public static func == (left: AnyReference, right: AnyReference) -> Bool {
        left.word == right.word && left.objects === right.objects
    }

    /// As for equality.
    public func hash(into hasher: inout Hasher) { hasher.combine(word) }
}

/// The objects of a store that the host holds, for references that may outlive the store.
final class HeldObjects: Sendable {
    private struct Address: @unchecked Sendable {
        // Unchecked: what is done with it may be done on any thread.
        let pointer: UnsafeMutablePointer<wasmc_store>
    }

    private let store: Mutex<Address?>

    init(of pointer: UnsafeMutablePointer<wasmc_store>) { store = Mutex(Address(pointer: pointer)) }

    func release(_ handle: UInt32) {
        store.withLock { if let store = $0 { wasmc_handle_release(store.pointer, handle) } }
    }

    /// The store goes, and its objects with it.
    func forgetStore() { store.withLock { $0 = nil } }
}
