internal import CRuntime

/// Copying bytes, numbers and text in and out.
extension Memory {
    /// A copy of bytes.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func read(
        at offset: some BinaryInteger, byteCount: some BinaryInteger
    ) throws(UsageError) -> [UInt8] {
        Array(try bytes(at: offset, byteCount))
    }

    /// Writes bytes; where they come from may be any sequence.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    @inlinable public func write(_ bytes: some Sequence<UInt8>, at offset: some BinaryInteger) throws(UsageError) {
        // What a sequence does while it is read may make the memory move: so bytes are read before the place is looked
        // up.
        let bytes = bytes as? [UInt8] ?? Array(bytes)
        try self.bytes(at: offset, bytes.count).copyBytes(from: bytes)
    }

    /// Writes text in UTF-8.
    ///
    /// - Parameter isTerminated: a zero byte follows, as C has it.
    /// - Returns: how many bytes were written.
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    @discardableResult @inlinable public func write(
        _ text: some StringProtocol, at offset: some BinaryInteger, isTerminated: Bool = false
    ) throws(UsageError) -> Int {
        let bytes = Array(text.utf8) + (isTerminated ? [0] : [])
        try write(bytes, at: offset)
        return bytes.count
    }

    /// Text that the guest points at; malformed UTF-8 is repaired.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func string(
        at offset: some BinaryInteger, byteCount: some BinaryInteger
    ) throws(UsageError) -> String {
        text(UnsafeRawBufferPointer(try bytes(at: offset, byteCount)))
    }

    /// Text up to a zero byte, as C has it; malformed UTF-8 is repaired.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)`` when there is no zero byte up to the end.
    @inlinable public func string(at offset: some BinaryInteger) throws(UsageError) -> String {
        let rest = byteCount &- min(Self.unsigned(offset), byteCount)
        let bytes = try bytes(at: offset, rest)
        guard let end = bytes.firstIndex(of: 0) else {
            throw .outOfBounds(offset: Self.unsigned(offset), count: rest + 1, size: byteCount)
        }
        return text(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    }

    /// Strings read bytes twice: to look whether they are UTF-8, and to copy them. Those of a shared memory may have
    /// changed in between, and a string of other bytes is undefined behaviour.
    @usableFromInline func text(_ bytes: UnsafeRawBufferPointer) -> String {
        pointer.pointee.shared == nil
            ? String(decoding: bytes, as: UTF8.self) : String(decoding: Array(bytes), as: UTF8.self)
    }

    /// An integer, which guests write with its lowest byte first.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func load<T: FixedWidthInteger & BitwiseCopyable>(
        at offset: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> T {
        T(littleEndian: try unsafeLoad(at: offset, as: T.self))
    }

    /// A floating-point number; all its bits are kept.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func load<T: BinaryFloatingPoint & BitwiseCopyable>(
        at offset: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> T {
        try unsafeLoad(at: offset, as: T.self)
    }

    /// A vector.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func load(at offset: some BinaryInteger, as type: V128.Type) throws(UsageError) -> V128 {
        try unsafeLoad(at: offset, as: V128.self)
    }

    /// So many integers, one after the other.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func load<T: FixedWidthInteger & BitwiseCopyable>(
        at offset: some BinaryInteger, count: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> [T] {
        try unsafeLoad(at: offset, count: count, as: T.self).map { T(littleEndian: $0) }
    }

    /// So many floating-point numbers, one after the other.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func load<T: BinaryFloatingPoint & BitwiseCopyable>(
        at offset: some BinaryInteger, count: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> [T] {
        try unsafeLoad(at: offset, count: count, as: T.self)
    }

    /// A value of any type that bits make up, such as a structure with the layout that C gives the guest's.
    ///
    /// Unsafe, because the guest says what the bits are: use it for types only that have a value for all bits. A `Bool`
    /// that is 2 and a case that an enumeration does not have are undefined behaviour.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func unsafeLoad<T: BitwiseCopyable>(
        at offset: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> T {
        let bytes = try bytes(at: offset, MemoryLayout<T>.size)
        guard let start = UnsafeRawPointer(bytes.baseAddress) else { return unsafeBitCast((), to: T.self) }
        return start.loadUnaligned(as: T.self)
    }

    /// So many values, each `MemoryLayout<T>.stride` bytes after the one before: see ``unsafeLoad(at:as:)``.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func unsafeLoad<T: BitwiseCopyable>(
        at offset: some BinaryInteger, count: some BinaryInteger, as type: T.Type
    ) throws(UsageError) -> [T] {
        let (stride, count) = (MemoryLayout<T>.stride, Self.unsigned(count))
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: UInt64(stride))
        let bytes = try bytes(at: offset, overflow ? .max : byteCount)
        return Array(unsafeUninitializedCapacity: Int(count)) { buffer, initializedCount in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(from: UnsafeRawBufferPointer(bytes))
            initializedCount = Int(count)
        }
    }

    /// Stores an integer, its lowest byte first.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func store<T: FixedWidthInteger & BitwiseCopyable>(
        _ value: T, at offset: some BinaryInteger
    ) throws(UsageError) {
        try write(bitsOf: value.littleEndian, at: offset)
    }

    /// Stores a value of any type that bits make up. What lies between the parts of a structure is written, too: give
    /// guests no structure with padding whose bytes they must not see.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``
    @inlinable public func store<T: BitwiseCopyable>(_ value: T, at offset: some BinaryInteger) throws(UsageError) {
        try write(bitsOf: value, at: offset)
    }

    /// Stores integers, one after the other, each with its lowest byte first.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    @inlinable public func store<T: FixedWidthInteger & BitwiseCopyable>(
        contentsOf values: some Sequence<T>, at offset: some BinaryInteger
    ) throws(UsageError) {
        try write(bitsOf: values.map(\.littleEndian), at: offset)
    }

    /// Stores values of any type that bits make up, each `MemoryLayout<T>.stride` bytes after the one before. Padding
    /// is written, too, as when one value is stored.
    ///
    /// - Throws: ``UsageError/outOfBounds(offset:count:size:)``; then nothing was written.
    @inlinable public func store<T: BitwiseCopyable>(
        contentsOf values: some Sequence<T>, at offset: some BinaryInteger
    ) throws(UsageError) {
        try write(bitsOf: Array(values), at: offset)
    }

    @usableFromInline func write<T: BitwiseCopyable>(
        bitsOf values: [T], at offset: some BinaryInteger
    ) throws(UsageError) {
        let target = try bytes(at: offset, values.count * MemoryLayout<T>.stride)
        values.withUnsafeBytes { target.copyMemory(from: $0) }
    }

    @usableFromInline func write<T: BitwiseCopyable>(
        bitsOf value: T, at offset: some BinaryInteger
    ) throws(UsageError) {
        try bytes(at: offset, MemoryLayout<T>.size).baseAddress?.storeBytes(of: value, as: T.self)
    }
}
