internal import CRuntime
public import Wasm

/// A linear memory in a store. Host access is checked and throws; no guest pointer can make it crash.
public final class Memory {
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_memory>
    let declared: MemoryType

    init(_ pointer: UnsafeMutablePointer<wasmc_memory>, type: MemoryType, in store: Store) {
        self.pointer = pointer
        self.store = store
        declared = type
    }

    /// A memory made by the host.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when it cannot be allocated.
    public convenience init(_ type: MemoryType, in store: Store) throws(LinkError) {
        // Guarded where possible, so that code of either kind can import it.
        guard let pointer = wasmc_memory_create(store.pointer, type.c, true, false) else {
            throw .resources(store.refusal ?? "a memory of \(type.pages.minimum) pages could not be allocated")
        }
        self.init(pointer, type: type, in: store)
    }

    public var byteCount: UInt64 { pointer.pointee.byte_count }
    public var pages: UInt64 { byteCount / UInt64(MemoryType.pageByteCount) }
    /// The type, with the present size as its minimum.
    public var type: MemoryType { MemoryType(pages: Limits(minimum: pages, maximum: declared.pages.maximum)) }

    /// - Throws: ``UsageError/growRefused``, or ``UsageError/limitReached(_:)`` for a limit of the store.
    /// - Returns: the old size in pages.
    @discardableResult public func grow(pages: UInt64) throws(UsageError) -> UInt64 {
        let old = wasmc_memory_grow(pointer, pages)
        if old == .max { throw store.refusal.map(UsageError.limitReached) ?? .growRefused }
        return old
    }

    private func check(_ offset: UInt64, _ count: UInt64) throws(UsageError) {
        guard offset <= byteCount, count <= byteCount - offset else {
            throw .outOfBounds(offset: offset, count: count, size: byteCount)
        }
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func read(at offset: UInt64, byteCount count: Int) throws(UsageError) -> [UInt8] {
        // A count may come from a guest: -1 lies beyond every end.
        try check(offset, UInt64(bitPattern: Int64(count)))
        guard count > 0 else { return [] }
        return Array(UnsafeRawBufferPointer(start: pointer.pointee.base + Int(offset), count: count))
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    public func write(_ bytes: [UInt8], at offset: UInt64) throws(UsageError) {
        try check(offset, UInt64(bytes.count))
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(start: pointer.pointee.base + Int(offset), count: bytes.count).copyBytes(from: bytes)
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: UInt64, as type: T.Type) throws(UsageError) -> T {
        try check(offset, UInt64(MemoryLayout<T>.size))
        return T(littleEndian: UnsafeRawPointer(pointer.pointee.base + Int(offset)).loadUnaligned(as: T.self))
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func store<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: UInt64) throws(UsageError) {
        try check(offset, UInt64(MemoryLayout<T>.size))
        UnsafeMutableRawPointer(pointer.pointee.base + Int(offset)).storeBytes(of: value.littleEndian, as: T.self)
    }

    /// Text that the guest points at; malformed UTF-8 is repaired.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func string(at offset: UInt64, byteCount: Int) throws(UsageError) -> String {
        String(decoding: try read(at: offset, byteCount: byteCount), as: UTF8.self)
    }
}
