/// A symbol of Rust's older mangling scheme: an Itanium name whose last part is a hash, with escapes for what that has
/// no letters for. `nil` for other symbols.
func demangledLegacyRust(_ symbol: String) -> String? {
    var rest = Array(symbol.utf8)[...]
    guard rest.starts(with: "_ZN".utf8) else { return nil }
    rest = rest.dropFirst(3)
    var parts: [ArraySlice<UInt8>] = []
    while let digit = rest.first, digit != UInt8(ascii: "E") {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let count = Int(String(decoding: digits.prefix(9), as: UTF8.self)), count <= rest.count - digits.count
        else { return nil }
        rest = rest.dropFirst(digits.count)
        parts.append(rest.prefix(count))
        rest = rest.dropFirst(count)
    }
    guard let hash = parts.popLast(), !parts.isEmpty, hash.count == 17, hash.first == UInt8(ascii: "h"),
        hash.dropFirst().allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
    else { return nil }
    return parts.map { unescaped(String(decoding: $0, as: UTF8.self)) }.joined(separator: "::")
}

private let escapes: [Substring: String] = [
    "SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ",",
]

private func unescaped(_ part: String) -> String {
    var rest = part.hasPrefix("_$") ? part.dropFirst() : part[...]
    var text = ""
    while let character = rest.first {
        if rest.hasPrefix("..") {
            text += "::"
            rest = rest.dropFirst(2)
        } else if character == "$", let end = rest.dropFirst().firstIndex(of: "$"),
            let plain = plain(rest[rest.index(after: rest.startIndex)..<end])
        {
            text += plain
            rest = rest[end...].dropFirst()
        } else {
            text.append(character)
            rest = rest.dropFirst()
        }
    }
    return text
}

private func plain(_ escape: Substring) -> String? {
    if let known = escapes[escape] { return known }
    guard escape.hasPrefix("u"), let number = UInt32(escape.dropFirst(), radix: 16) else { return nil }
    return Unicode.Scalar(number).map { String($0) }
}
