internal import CRuntime

/// Writes the tables of an artifact, one after the other, and says where each one is in the file.
struct MetadataWriter {
    /// Where the first byte will be in the file; a multiple of 16.
    let start: Int
    private(set) var bytes: [UInt8] = []

    init(at start: Int) { self.start = start }

    var span: wasmc_span { wasmc_span(offset: UInt32(start), count: UInt32(bytes.count)) }

    /// C structures without padding between their fields: padding has no defined value.
    mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) -> wasmc_span {
        bytes.align(to: 8)
        let offset = start + bytes.count
        elements.withUnsafeBytes { bytes += $0 }
        return wasmc_span(offset: UInt32(offset), count: UInt32(elements.count))
    }

    /// Where in the file the metadata will end when such tables, each a count and the size of an element, are added.
    func end(of tables: (count: Int, stride: Int)...) -> Int {
        tables.reduce(start + bytes.count) { ($0 + 7) / 8 * 8 + $1.count * $1.stride }
    }

    mutating func append(_ text: String) -> wasmc_span { append(bytesOf: Array(text.utf8)) }

    mutating func append(bytesOf content: [UInt8]) -> wasmc_span {
        let offset = start + bytes.count
        bytes += content
        return wasmc_span(offset: UInt32(offset), count: UInt32(content.count))
    }
}
