internal import CRuntime
public import Wasm

/// A linear memory in a store. Host access is checked and throws; no guest pointer can make it crash.
public final class Memory {
    /// The store that it lives in.
    public let store: Store
    let pointer: UnsafeMutablePointer<wasmc_memory>

    init(_ pointer: UnsafeMutablePointer<wasmc_memory>, in store: Store) {
        self.pointer = pointer
        self.store = store
    }

    /// A memory made by the host.
    ///
    /// - Throws: ``LinkError/resources(_:)`` when it cannot be allocated, ``UsageError/invalidArgument(_:)`` for a type
    ///   that no module may declare, or one of a feature that is not supported.
    public convenience init(_ type: MemoryType, in store: Store) throws {
        try type.pages.check(unit: "pages", most: MemoryType.mostPages(is64Bit: type.is64Bit))
        guard !type.isShared else { throw UsageError.invalidArgument("shared memories are not supported") }
        // Guarded where possible, so that code of either kind can import it.
        guard let pointer = wasmc_memory_create(store.pointer, type.c, true, false) else {
            throw LinkError.resources(store.refusal ?? "a memory of \(type.pages.minimum) pages could not be allocated")
        }
        self.init(pointer, in: store)
    }

    /// Its size now, in bytes.
    public var byteCount: UInt64 { pointer.pointee.byte_count }
    /// Its size now, in pages of 64 KiB.
    public var pages: UInt64 { byteCount / UInt64(MemoryType.pageByteCount) }
    /// The type, with the present size as its minimum. The maximum is that of the memory's own declaration, whatever a
    /// module that imports and exports it again asks for.
    public var type: MemoryType {
        let maximum = pointer.pointee.declared_maximum_pages
        return MemoryType(
            pages: Limits(minimum: pages, maximum: maximum == .max ? nil : maximum), is64Bit: pointer.pointee.is_64bit)
    }

    /// - Throws: ``UsageError/growRefused``, or ``UsageError/limitReached(_:)`` for a limit of the store.
    /// - Returns: the old size in pages.
    @discardableResult public func grow(pages: UInt64) throws(UsageError) -> UInt64 {
        let old = wasmc_memory_grow(pointer, pages)
        if old == .max {
            if wasmc_is_in_use(store.pointer) { throw .storeInUse }
            throw store.refusal.map(UsageError.limitReached) ?? .growRefused
        }
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
        UnsafeMutableRawBufferPointer(start: pointer.pointee.base + Int(offset), count: bytes.count).copyBytes(
            from: bytes)
    }

    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: UInt64, as type: T.Type) throws(UsageError) -> T
    {
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
