/// Reads numbers and names from a module's bytes; every read is bounded by `end`. Specification: "Values".
struct ByteReader {
    let bytes: [UInt8]
    var position: Int
    var end: Int
    let table = InstructionTable.shared
    /// What the bytes may use.
    let features: Features
    /// How many types there are to refer to; what is known to be valid needs no bound.
    var typeCount = Int.max
    /// What the bytes read so far use.
    var used: Features = []

    /// - Parameter features: those of a module that is not validated yet; all of them for one that is.
    init(_ bytes: [UInt8], _ range: Range<Int>, features: Features = .all) {
        self.bytes = bytes
        self.features = features
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }
    var remaining: Int { end - position }

    @inline(never)
    func malformed(_ message: @autoclosure () -> String, at offset: Int? = nil) -> ModuleError {
        ModuleError(.malformed, message(), offset: offset ?? position)
    }

    /// Here the bytes need a feature.
    mutating func require(
        _ feature: Feature, _ what: @autoclosure () -> String? = nil, at offset: Int
    ) throws(ModuleError) {
        guard features.contains(feature) else { throw ModuleError(needs: feature, what(), offset: offset) }
        used.insert(feature)
    }

    @inline(__always)
    mutating func byte() throws(ModuleError) -> UInt8 {
        guard position < end else { throw malformed("unexpected end") }
        defer { position &+= 1 }
        return bytes[position]
    }

    func peek(ahead count: Int = 0) -> UInt8? { count < end - position ? bytes[position + count] : nil }

    @inline(__always)
    mutating func u32() throws(ModuleError) -> UInt32 {
        if let byte = singleByte() { return UInt32(byte) }
        return UInt32(truncatingIfNeeded: try unsigned(bitCount: 32))
    }

    @inline(__always)
    mutating func u64() throws(ModuleError) -> UInt64 {
        if let byte = singleByte() { return UInt64(byte) }
        return try unsigned(bitCount: 64)
    }

    /// The usual number: one byte long.
    @inline(__always)
    private mutating func singleByte() -> UInt8? {
        guard position < end, bytes[position] < 0x80 else { return nil }
        defer { position &+= 1 }
        return bytes[position]
    }

    @inline(never)
    private mutating func unsigned(bitCount: Int) throws(ModuleError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift = 0
        while true {
            let byte = try byte()
            let left = bitCount - shift
            if byte >= 0x80, left <= 7 { throw malformed("integer representation too long", at: start) }
            if left < 7, byte >> UInt8(left) != 0 { throw malformed("integer too large", at: start) }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    @inline(__always)
    mutating func s32() throws(ModuleError) -> Int32 { Int32(truncatingIfNeeded: try signed(bitCount: 32)) }
    mutating func s33() throws(ModuleError) -> Int64 { try signed(bitCount: 33) }
    mutating func s64() throws(ModuleError) -> Int64 { try signed(bitCount: 64) }

    @inline(__always)
    private mutating func signed(bitCount: Int) throws(ModuleError) -> Int64 {
        // Bit 6 of a single byte is the sign.
        if let byte = singleByte() { return Int64(Int8(bitPattern: byte << 1) >> 1) }
        return try longSigned(bitCount: bitCount)
    }

    @inline(never)
    private mutating func longSigned(bitCount: Int) throws(ModuleError) -> Int64 {
        let start = position
        var value: UInt64 = 0
        var shift = 0
        while true {
            let byte = try byte()
            let left = bitCount - shift
            if byte >= 0x80, left <= 7 { throw malformed("integer representation too long", at: start) }
            if left < 7 {
                // The bits beyond the number repeat its sign.
                let extra = Int8(bitPattern: byte << 1) >> Int8(left)
                if extra != 0 && extra != -1 { throw malformed("integer too large", at: start) }
            }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            shift += 7
            if byte < 0x80 {
                if shift < 64, byte & 0x40 != 0 { value |= ~0 << UInt64(shift) }
                return Int64(bitPattern: value)
            }
        }
    }

    /// Little-endian, fixed width.
    mutating func fixed(byteCount: Int) throws(ModuleError) -> UInt64 {
        guard remaining >= byteCount else { throw malformed("unexpected end") }
        var value: UInt64 = 0
        for index in 0..<byteCount { value |= UInt64(bytes[position + index]) << UInt64(index * 8) }
        position += byteCount
        return value
    }

    mutating func skip(_ byteCount: Int) throws(ModuleError) -> Range<Int> {
        guard byteCount <= remaining else { throw malformed("length out of bounds") }
        defer { position += byteCount }
        return position..<(position + byteCount)
    }

    /// The length of a vector whose elements take at least one byte each, so that a length beyond the bytes left is
    /// refused before anything is allocated.
    mutating func count(limit: Int, of what: String) throws(ModuleError) -> Int {
        let start = position
        let count = Int(try u32())
        guard count <= remaining else {
            throw malformed(
                "unexpected end: length out of bounds, \(count) \(what) in \(remaining.counted("byte"))", at: start)
        }
        guard count <= limit else {
            throw ModuleError(.limit, "\(count) \(what) are more than the limit of \(limit)", offset: start)
        }
        return count
    }

    /// Specification: "Names".
    mutating func name() throws(ModuleError) -> String {
        let start = position
        let length = Int(try u32())
        guard length <= remaining else {
            throw malformed("length out of bounds: a name of \(length.counted("byte"))", at: start)
        }
        guard length <= Limit.nameBytes else {
            throw ModuleError(
                .limit, "a name of \(length) bytes is longer than the limit of \(Limit.nameBytes)", offset: start)
        }
        let range = try skip(length)
        guard let name = String(validating: bytes[range], as: UTF8.self) else {
            throw malformed("malformed UTF-8 encoding", at: range.lowerBound)
        }
        return name
    }
}
