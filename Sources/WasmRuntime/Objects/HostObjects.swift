internal import CRuntime

/// The objects of the host's that guests of a store may have references to, and that nobody has to let go of.
///
/// A store's collector says which numbers guests may hold. An object that is not among them, and that nobody but this
/// list holds, goes: from the list only where no guest runs, as freeing an object runs code of the host's.
final class HostObjects {
    /// A class, so that asking who holds the object does not hold it.
    private final class Entry {
        var object: AnyObject
        /// The full collection that a guest may have had it in last, or that came before it was made.
        var collection: UInt64

        init(_ object: AnyObject, _ collection: UInt64) {
            self.object = object
            self.collection = collection
        }
    }

    private var entries: [UInt32: Entry] = [:]
    private var numbers: [ObjectIdentifier: UInt32] = [:]
    /// The one that the next object gets, if it is free.
    private var next = first
    /// When there are as many, those that nobody holds are looked for.
    private var sweepCount = 1_000
    private var isWatching = false

    /// The least number. What small numbers look like to guests, stacks are full of; and ``Store/root(_:)`` counts from
    /// below.
    static let first: UInt32 = 1 << 29
    /// Behind the greatest one. Guests hold references among their own in 32 bits.
    private static let end: UInt32 = 1 << 30

    func object(_ number: UInt64) -> AnyObject? { UInt32(exactly: number).flatMap { entries[$0]?.object } }

    func has(_ number: UInt64) -> Bool { number >= Self.first && number < Self.end && entries[UInt32(number)] != nil }

    /// The number of an object, which has one as long as it is in the list.
    func number(for object: AnyObject, in store: Store) throws(UsageError) -> UInt32 {
        if let number = numbers[ObjectIdentifier(object)] { return number }
        if entries.count >= sweepCount { sweep(store) }
        if !wasmc_take(store.pointer, WASMC_HOST_REFERENCES, 1) {
            sweep(store)
            guard wasmc_take(store.pointer, WASMC_HOST_REFERENCES, 1) else {
                throw .limitReached(store.refusal ?? "host references")
            }
        }
        // Where nothing can be told, objects stay as long as the store.
        if !isWatching { isWatching = wasmc_store_tell_host_numbers(store.pointer, noteNumber) }
        while entries[next] != nil { advance() }
        let number = next
        advance()
        entries[number] = Entry(object, store.fullCollectionCount)
        numbers[ObjectIdentifier(object)] = number
        return number
    }

    private func advance() { next = next + 1 == Self.end ? Self.first : next + 1 }

    /// A guest may have it in the full collection that runs.
    func note(_ number: UInt32, in collection: UInt64) { entries[number]?.collection = collection }

    /// Collects, and lets go of what neither guests nor the host hold. An argument of a call that is being prepared is
    /// held by who calls.
    func sweep(_ store: Store) {
        wasmc_store_collect(store.pointer)
        let collection = store.fullCollectionCount
        // By its name, it would ask of a copy that it opens.
        let isUnique: (inout AnyObject) -> Bool = isKnownUniquelyReferenced
        var unused: [Entry] = []
        for (number, entry) in entries where isWatching && entry.collection < collection {
            guard isUnique(&entry.object) else { continue }
            unused.append(entry)
            numbers[ObjectIdentifier(entry.object)] = nil
            entries[number] = nil
        }
        sweepCount = max(1_000, entries.count * 2)
        // The objects go last: what frees them may use the store.
        if !unused.isEmpty { wasmc_give_back(store.pointer, WASMC_HOST_REFERENCES, UInt64(unused.count)) }
    }
}

extension Store {
    fileprivate var fullCollectionCount: UInt64 { wasmc_store_heap_statistics(pointer).full_collection_count }
}

private let noteNumber: @convention(c) (UnsafeMutableRawPointer?, UInt32) -> Void = { host, number in
    guard let host else { return }
    Unmanaged<Store>.fromOpaque(host)._withUnsafeGuaranteedRef { store in
        // The collection counts when it has ended.
        store.hostObjects.note(number, in: store.fullCollectionCount + 1)
    }
}
