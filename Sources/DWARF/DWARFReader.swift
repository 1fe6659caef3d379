/// Reads the numbers and strings that DWARF is made of, within a range of bytes.
struct DWARFReader {
    /// The bytes end early, or hold what is not understood.
    struct Damage: Error {}

    let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }
    var remaining: Int { end - position }

    /// Little-endian, of at most 8 bytes.
    mutating func number(byteCount: Int) throws(Damage) -> UInt64 {
        guard byteCount <= remaining else { throw Damage() }
        var result: UInt64 = 0
        for index in 0..<byteCount { result |= UInt64(bytes[position + index]) << (8 * UInt64(index)) }
        position += byteCount
        return result
    }

    mutating func uleb() throws(Damage) -> UInt64 { try leb().value }

    mutating func sleb() throws(Damage) -> Int64 {
        let (value, bitCount, last) = try leb()
        let isNegative = last & 0x40 != 0 && bitCount < 64
        return Int64(bitPattern: isNegative ? value | .max << bitCount : value)
    }

    /// Bits beyond the 64th are dropped. The number's last byte has its sign, if it has one.
    private mutating func leb() throws(Damage) -> (value: UInt64, bitCount: UInt64, last: UInt64) {
        var value: UInt64 = 0
        var bitCount: UInt64 = 0
        while true {
            let byte = try number(byteCount: 1)
            if bitCount < 64 { value |= (byte & 0x7F) << bitCount }
            bitCount = min(bitCount + 7, 64)
            if byte < 0x80 { return (value, bitCount, byte) }
        }
    }

    /// The length of what follows, and whether offsets in it have 64 bits.
    mutating func length(_ is64Bit: inout Bool) throws(Damage) -> UInt64 {
        let short = try number(byteCount: 4)
        is64Bit = short == 0xFFFF_FFFF
        return is64Bit ? try number(byteCount: 8) : short
    }

    /// A reader of the next bytes, which are skipped.
    mutating func part(byteCount: UInt64) throws(Damage) -> DWARFReader {
        guard byteCount <= UInt64(remaining) else { throw Damage() }
        defer { position += Int(byteCount) }
        return DWARFReader(bytes, position..<position + Int(byteCount))
    }

    /// The bytes of a string, up to the zero, which is skipped.
    mutating func string() throws(Damage) -> Range<Int> {
        guard let zero = bytes[position..<end].firstIndex(of: 0) else { throw Damage() }
        defer { position = zero + 1 }
        return position..<zero
    }

    /// Where a string elsewhere starts, up to its section's end: many may name one long string, so nobody looks for its
    /// zero here.
    func string(at offset: UInt64, in section: Range<Int>) throws(Damage) -> Range<Int> {
        guard offset < UInt64(section.count) else { throw Damage() }
        return section.lowerBound + Int(offset)..<section.upperBound
    }
}
