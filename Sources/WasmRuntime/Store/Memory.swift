internal import CRuntime
public import Wasm

/// A linear memory in a store. Host access is checked and throws; no guest pointer can make it crash.
///
/// Offsets and counts may be of any integer type, and guests mean them unsigned: a guest's `Int32` of -1 is the address
/// 4,294,967,295.
///
/// ```swift
/// let text = try memory.string(at: address, byteCount: count)
/// try memory.write(text.utf8.reversed(), at: address)
/// let sum = try memory.withBytes(at: address, byteCount: 400) { bytes in
///     (0..<100).reduce(Int32(0)) { $0 &+ bytes.unsafeLoadUnaligned(fromByteOffset: $1 * 4, as: Int32.self) }
/// }
/// ```
///
/// Specification: "Memory Instances".
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
        try type.pages.check(unit: "pages", most: type.mostPages)
        guard !type.isShared || type.pages.maximum != nil else {
            throw UsageError.invalidArgument("a shared memory has a maximum")
        }
        // Guarded where possible, so that code of either kind can import it.
        guard let pointer = wasmc_memory_create(store.pointer, type.c, true, false) else {
            throw LinkError.resources(
                store.refusal ?? "a memory of \(type.pages.minimum.counted("page")) could not be allocated")
        }
        self.init(pointer, in: store)
    }

    /// The memory that other stores see, too; `nil` for one of this store only.
    public var shared: SharedMemory? { pointer.pointee.shared.map(SharedMemory.init(holding:)) }

    /// Its size now, in bytes. A shared memory may have become larger since.
    public var byteCount: UInt64 { wasmc_memory_byte_count(pointer) }
    /// Its size now, in pages: of 64 KiB, if its type does not say that they have one byte.
    public var pages: UInt64 { byteCount / (pointer.pointee.has_byte_pages ? 1 : UInt64(MemoryType.pageByteCount)) }
    /// The type, with the present size as its minimum. The maximum is that of the memory's own declaration, whatever a
    /// module that imports and exports it again asks for.
    public var type: MemoryType {
        let maximum = pointer.pointee.declared_maximum_pages
        return MemoryType(
            pages: Limits(minimum: pages, maximum: maximum == .max ? nil : maximum), is64Bit: pointer.pointee.is_64bit,
            isShared: pointer.pointee.shared != nil, hasBytePages: pointer.pointee.has_byte_pages)
    }

    /// Makes the memory so many pages larger; the new ones are zero.
    ///
    /// - Throws: ``UsageError/growRefused``, ``UsageError/limitReached(_:)`` for a limit of the store,
    ///   ``UsageError/bytesInUse`` or ``UsageError/storeInUse``; then nothing has changed.
    /// - Returns: the old size in pages.
    @discardableResult @inlinable public func grow(pages: some BinaryInteger) throws(UsageError) -> UInt64 {
        try grow(by: Self.unsigned(pages))
    }

    @usableFromInline func grow(by pages: UInt64) throws(UsageError) -> UInt64 {
        let old = wasmc_memory_grow(pointer, pages)
        if old == .max {
            if wasmc_is_in_use(store.pointer) { throw .storeInUse }
            if pointer.pointee.borrow_count > 0 { throw .bytesInUse }
            throw store.refusal.map(UsageError.limitReached) ?? .growRefused
        }
        return old
    }
}
