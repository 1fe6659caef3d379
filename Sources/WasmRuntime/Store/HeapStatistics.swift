internal import CRuntime

/// What the collector of a store's structs and arrays has done since the store was made.
public struct HeapStatistics: Hashable, Sendable {
    /// Bytes of the objects that the last collection left; those that have been made since are not among them.
    public var liveByteCount: UInt64
    /// Bytes that count against ``ResourceLimits/heapBytes``: objects and the holes between them.
    public var usedByteCount: UInt64
    /// Bytes that objects were made in, all together.
    public var allocatedByteCount: UInt64
    /// How often new objects that could not be reached were freed.
    public var collectionCount: UInt64
    /// How often among these old objects were, too.
    public var fullCollectionCount: UInt64
    /// How long guests stood still for all collections.
    public var pauseTotal: Duration
    /// How long they stood still for the longest one.
    public var longestPause: Duration
}

extension Store {
    /// Frees all structs and arrays that can be reached neither by guests nor by the host, and gives their memory back.
    /// Stores do so themselves when it is time; hosts may when they know that guests have let go of much.
    ///
    /// The same for the host's objects behind a ``HostReference``. Some may stay that cannot be reached: what a word on
    /// the stack seems to refer to.
    public func collectGarbage() { hostObjects.sweep(self) }

    /// What the store's collector has done.
    public var heapStatistics: HeapStatistics {
        let statistics = wasmc_store_heap_statistics(pointer)
        return HeapStatistics(
            liveByteCount: statistics.live_byte_count, usedByteCount: statistics.used_byte_count,
            allocatedByteCount: statistics.allocated_byte_count, collectionCount: statistics.collection_count,
            fullCollectionCount: statistics.full_collection_count,
            pauseTotal: .nanoseconds(Int64(clamping: statistics.pause_total)),
            longestPause: .nanoseconds(Int64(clamping: statistics.longest_pause)))
    }
}
