internal import CRuntime

/// Bytes in place, without copying. While they are borrowed, the memory does not grow: for guests `memory.grow` is -1,
/// for the host ``Memory/grow(pages:)`` throws ``UsageError/bytesInUse``. So the bytes stay where they are.
extension Memory {
    /// Borrows bytes, to read them.
    ///
    /// - Parameter body: gets the bytes, which it must not keep. What guests that it calls write shows in them.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withBytes<Result>(
        at offset: some BinaryInteger, byteCount: some BinaryInteger, _ body: (RawSpan) throws -> Result
    ) throws -> Result {
        try withUnsafeMutableBytes(at: offset, byteCount: byteCount) { try body(UnsafeRawBufferPointer($0).bytes) }
    }

    /// Borrows the bytes of a range.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withBytes<Result>(
        _ range: Range<some BinaryInteger>, _ body: (RawSpan) throws -> Result
    ) throws -> Result {
        try withBytes(at: range.lowerBound, byteCount: Self.count(of: range), body)
    }

    /// Borrows all bytes.
    ///
    /// - Throws: what `body` throws.
    @inlinable public func withBytes<Result>(_ body: (RawSpan) throws -> Result) throws -> Result {
        try withBytes(at: 0, byteCount: byteCount, body)
    }

    /// Borrows bytes, to read and write them.
    ///
    /// - Parameter body: gets the bytes, which it must not keep. It does not borrow any of them a second time, nor call
    ///   guests that use them.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withMutableBytes<Result>(
        at offset: some BinaryInteger, byteCount: some BinaryInteger, _ body: (inout MutableRawSpan) throws -> Result
    ) throws -> Result {
        try withUnsafeMutableBytes(at: offset, byteCount: byteCount) { bytes in
            var span = bytes.mutableBytes
            return try body(&span)
        }
    }

    /// Borrows the bytes of a range, to read and write them.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withMutableBytes<Result>(
        _ range: Range<some BinaryInteger>, _ body: (inout MutableRawSpan) throws -> Result
    ) throws -> Result {
        try withMutableBytes(at: range.lowerBound, byteCount: Self.count(of: range), body)
    }

    /// Borrows bytes for interfaces that take pointers.
    ///
    /// - Parameter body: gets the bytes; using them afterwards is undefined behaviour.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withUnsafeBytes<Result>(
        at offset: some BinaryInteger, byteCount: some BinaryInteger, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        try withUnsafeMutableBytes(at: offset, byteCount: byteCount) { try body(UnsafeRawBufferPointer($0)) }
    }

    /// Borrows bytes for interfaces that take pointers and write.
    ///
    /// - Parameter body: gets the bytes; using them afterwards is undefined behaviour.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``, and what `body` throws.
    @inlinable public func withUnsafeMutableBytes<Result>(
        at offset: some BinaryInteger, byteCount: some BinaryInteger,
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        let bytes = try bytes(at: offset, byteCount)
        try borrow()
        defer { giveBack() }
        return try body(bytes)
    }

    @inlinable static func count<Bound: BinaryInteger>(of range: Range<Bound>) -> UInt64 {
        unsigned(range.upperBound) &- unsigned(range.lowerBound)
    }

    /// As guests mean their addresses: unsigned, in the 32 or 64 bits that the type has or fits into. What has more is
    /// beyond every end.
    @inlinable static func unsigned<T: BinaryInteger>(_ number: T) -> UInt64 {
        if T.self == Int32.self { return UInt64(UInt32(truncatingIfNeeded: number)) }
        if let exact = UInt64(exactly: number) { return exact }
        if number < 0, let signed = Int64(exactly: number) { return UInt64(bitPattern: signed) }
        return .max
    }

    /// The bytes where they are now; growing moves them.
    @inlinable func bytes(
        at offset: some BinaryInteger, _ count: some BinaryInteger
    ) throws(UsageError) -> UnsafeMutableRawBufferPointer {
        try bytes(Self.unsigned(offset), Self.unsigned(count))
    }

    @usableFromInline package func bytes(
        _ offset: UInt64, _ count: UInt64
    ) throws(UsageError) -> UnsafeMutableRawBufferPointer {
        let size = byteCount
        guard offset <= size, count <= size - offset else {
            throw .outOfBounds(offset: offset, count: count, size: size)
        }
        // A memory without bytes has no base.
        guard count > 0, let base = pointer.pointee.base else {
            return UnsafeMutableRawBufferPointer(start: nil, count: 0)
        }
        return UnsafeMutableRawBufferPointer(start: base + Int(offset), count: Int(count))
    }

    /// - Throws: ``UsageError/invalidArgument(_:)`` for a shared memory: other threads may write what a span promises
    ///   to be its own.
    @usableFromInline package func borrow() throws(UsageError) {
        guard pointer.pointee.shared == nil else {
            throw .invalidArgument("a shared memory lends no bytes; read and write copies of them")
        }
        pointer.pointee.borrow_count += 1
    }

    @usableFromInline package func giveBack() { pointer.pointee.borrow_count -= 1 }
}
