import ArgumentParser

/// A number of bytes as people write it: `65536`, `64KiB`, `16M`, `1G`. All units are powers of 1,024.
struct ByteCount: ExpressibleByArgument {
    let bytes: UInt64

    private static let units: [(letter: Character, shift: UInt64)] = [("k", 10), ("m", 20), ("g", 30), ("t", 40)]

    init?(argument: String) {
        var text = argument.lowercased()[...]
        if text.hasSuffix("ib") { text = text.dropLast(2) }
        let unit = Self.units.first { text.hasSuffix(String($0.letter)) }
        if unit != nil { text = text.dropLast() } else if text.count != argument.count { return nil }
        // A sign is no digit, though Swift's numbers may have one.
        guard let first = text.first, first.isNumber, let count = UInt64(text) else { return nil }
        let scaled = count.multipliedReportingOverflow(by: 1 << (unit?.shift ?? 0))
        guard !scaled.overflow else { return nil }
        bytes = scaled.partialValue
    }
}
