internal import CRuntime
public import Wasm

/// A linear memory that several stores use at the same time, each on a thread of its own. It belongs to none of them.
///
/// Guests import it through the memory of their store, ``memory(in:)``. The host reads and writes it while guests run:
/// each byte is read and written once, in no order with others; atomic operations of guests, and
/// ``notify(at:count:)`` for those that wait, are what orders them.
///
/// ```swift
/// let memory = try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 16), isShared: true))
/// imports.define("env", "memory", try memory.memory(in: store))   // once for each thread's store
/// ```
public final class SharedMemory: Sendable {
    nonisolated(unsafe) let pointer: OpaquePointer

    /// A memory that no store uses yet.
    ///
    /// - Parameter type: shared, with a maximum, for which address space is reserved.
    /// - Throws: ``UsageError/invalidArgument(_:)`` for a type that is no shared memory's, ``LinkError/resources(_:)``
    ///   where the memory cannot be allocated.
    public init(_ type: MemoryType) throws {
        try type.pages.check(unit: "pages", most: type.mostPages)
        guard type.isShared, type.pages.maximum != nil else {
            throw UsageError.invalidArgument("a shared memory has a type that is shared, with a maximum")
        }
        guard let pointer = wasmc_shared_memory_create(type.c, false) else {
            throw LinkError.resources(
                "a shared memory of \(type.pages.maximum?.counted("page") ?? "any size") could not be allocated")
        }
        self.pointer = pointer
    }

    /// That of a store's memory.
    init(holding pointer: OpaquePointer) {
        wasmc_shared_memory_retain(pointer)
        self.pointer = pointer
    }

    deinit { wasmc_shared_memory_release(pointer) }

    /// What guests of the store import; the store keeps the memory.
    ///
    /// - Throws: ``LinkError/resources(_:)`` where no memory is left.
    public func memory(in store: Store) throws(LinkError) -> Memory {
        guard let view = wasmc_shared_memory_view(store.pointer, pointer) else {
            throw .resources("no memory is left for a store's view of a shared memory")
        }
        return Memory(view, in: store)
    }

    /// How many bytes there are now: other threads may have made it more.
    public var byteCount: UInt64 { wasmc_shared_memory_byte_count(pointer) }
    /// How many pages there are now.
    public var pages: UInt64 { wasmc_shared_memory_type(pointer).pages.minimum }

    /// With the present size as its minimum.
    public var type: MemoryType {
        let type = wasmc_shared_memory_type(pointer)
        return MemoryType(
            pages: Limits(minimum: type.pages.minimum, maximum: type.pages.maximum), is64Bit: type.is_64bit,
            isShared: true, hasBytePages: type.has_byte_pages)
    }

    /// Grows the memory for all who use it. No store's limit counts it.
    ///
    /// - Throws: ``UsageError/growRefused``
    /// - Returns: the old size in pages.
    @discardableResult public func grow(pages: UInt64) throws(UsageError) -> UInt64 {
        let old = wasmc_shared_memory_grow(pointer, pages)
        if old == .max { throw .growRefused }
        return old
    }

    /// A copy of bytes.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func read(
        at offset: some BinaryInteger, byteCount: some BinaryInteger
    ) throws(UsageError) -> [UInt8] {
        try copy(Memory.unsigned(offset), Memory.unsigned(byteCount))
    }

    @usableFromInline func copy(_ offset: UInt64, _ count: UInt64) throws(UsageError) -> [UInt8] {
        let size = byteCount
        guard offset <= size, count <= size - offset else {
            throw .outOfBounds(offset: offset, count: count, size: size)
        }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initializedCount in
            if wasmc_shared_memory_read(pointer, offset, buffer.baseAddress, count) { initializedCount = Int(count) }
        }
    }

    /// Writes bytes; where they come from may be any sequence.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    @inlinable public func write(_ bytes: some Sequence<UInt8>, at offset: some BinaryInteger) throws(UsageError) {
        try put(bytes as? [UInt8] ?? Array(bytes), Memory.unsigned(offset))
    }

    @usableFromInline func put(_ bytes: [UInt8], _ offset: UInt64) throws(UsageError) {
        guard wasmc_shared_memory_write(pointer, offset, bytes, UInt64(bytes.count)) else {
            throw .outOfBounds(offset: offset, count: UInt64(bytes.count), size: byteCount)
        }
    }

    /// Wakes guests that wait at an address, those that have waited longest first.
    ///
    /// - Parameter count: how many at most; all of them when it is `nil`.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    /// - Returns: how many there were.
    @discardableResult @inlinable public func notify(
        at offset: some BinaryInteger, count: UInt32? = nil
    ) throws(UsageError) -> Int {
        try wake(at: Memory.unsigned(offset), count)
    }

    @usableFromInline func wake(at offset: UInt64, _ count: UInt32?) throws(UsageError) -> Int {
        let size = byteCount
        guard offset <= size, size - offset >= 4 else { throw .outOfBounds(offset: offset, count: 4, size: size) }
        return Int(wasmc_shared_memory_notify(pointer, offset, count ?? .max))
    }
}
