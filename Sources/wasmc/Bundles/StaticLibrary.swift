/// A static library: an archive of object files whose first member says which of them defines a symbol.
///
/// Invariant: every offset in the first member is that of a member's header. A longer first member moves all others.
struct StaticLibrary {
    private static let magic = Array("!<arch>\n".utf8)
    private static let headerByteCount = 60

    private(set) var bytes: [UInt8]

    /// - Throws: ``Failure`` when the bytes are no archive as GNU and LLVM write them.
    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        let isArchive = bytes.starts(with: Self.magic + Array("/ ".utf8))
        guard isArchive, tableByteCount >= 4, tableEnd <= bytes.count else {
            throw Failure("the runtime's library is no archive with a table of symbols")
        }
    }

    /// Adds an object that defines one symbol.
    mutating func add(_ object: [UInt8], defining symbol: String) {
        var offsets = (0..<Int(number(at: tableStart))).map { number(at: tableStart + 4 + 4 * $0) }
        let names = bytes[tableStart + 4 + 4 * offsets.count..<tableStart + tableByteCount]
        var newNames = Array(names.reversed().drop { $0 == 0 }.reversed())
        if !newNames.isEmpty { newNames.append(0) }
        newNames += Array(symbol.utf8) + [0]
        let tableCount = 4 + 4 * (offsets.count + 1) + newNames.count
        let growth = UInt32(tableStart + Self.even(tableCount) - tableEnd)
        offsets = offsets.map { $0 + growth }
        offsets.append(UInt32(Self.even(bytes.count)) + growth)

        var table = Self.bigEndian(UInt32(offsets.count)) + offsets.flatMap(Self.bigEndian) + newNames
        if table.count % 2 == 1 { table.append(0) }
        let members = bytes[tableEnd...]
        bytes = Self.magic + Self.header("/", byteCount: table.count) + table + members
        if bytes.count % 2 == 1 { bytes.append(UInt8(ascii: "\n")) }
        bytes += Self.header("module.o/", byteCount: object.count) + object
        if bytes.count % 2 == 1 { bytes.append(UInt8(ascii: "\n")) }
    }

    private var tableStart: Int { Self.magic.count + Self.headerByteCount }

    private var tableByteCount: Int {
        let field = bytes.dropFirst(Self.magic.count + 48).prefix(10)
        return Int(String(decoding: field, as: UTF8.self).prefix { $0 != " " }) ?? 0
    }

    /// Where the next member's header is.
    private var tableEnd: Int { tableStart + Self.even(tableByteCount) }

    private func number(at offset: Int) -> UInt32 { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }

    private static func even(_ count: Int) -> Int { (count + 1) / 2 * 2 }

    private static func bigEndian(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private static func header(_ name: String, byteCount: Int) -> [UInt8] {
        func field(_ text: String, _ count: Int) -> String { text + String(repeating: " ", count: count - text.count) }
        let text =
            field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("644", 8)
            + field(String(byteCount), 10) + "`\n"
        return Array(text.utf8)
    }
}
