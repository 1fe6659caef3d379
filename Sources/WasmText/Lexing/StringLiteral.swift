/// String literals: where they end and the bytes they stand for. Specification: "Strings", "Names".
enum StringLiteral {
    struct Failure: Error {
        var message: String
        var offset: Int
    }

    /// The end of the literal whose opening quote is at `start`.
    static func scan(_ source: [UInt8], from start: Int) -> Result<Int, Failure> {
        var position = start + 1
        while position < source.count {
            let byte = source[position]
            switch byte {
            case UInt8(ascii: "\""):
                return .success(position + 1)
            case UInt8(ascii: "\n"):
                return .failure(Failure(message: "unclosed string", offset: start))
            case 0..<0x20, 0x7F:
                return .failure(Failure(message: "illegal control character in string literal", offset: position))
            case UInt8(ascii: "\\"):
                guard let end = escapeEnd(source, from: position + 1) else {
                    return .failure(Failure(message: "illegal escape in string literal", offset: position))
                }
                position = end
            default:
                position += 1
            }
        }
        return .failure(Failure(message: "unclosed string", offset: start))
    }

    /// The end of an escape whose character after the backslash is at `start`.
    private static func escapeEnd(_ source: [UInt8], from start: Int) -> Int? {
        guard start + 1 < source.count else { return nil }
        switch source[start] {
        case UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "\""), UInt8(ascii: "'"),
            UInt8(ascii: "\\"):
            return start + 1
        case UInt8(ascii: "u"):
            guard source[start + 1] == UInt8(ascii: "{"),
                let close = source[start...].prefix(64).firstIndex(of: UInt8(ascii: "}")),
                let value = IntegerLiteral.unsigned(hexadecimal: source[start + 2..<close]),
                value <= UInt32.max, Unicode.Scalar(UInt32(value)) != nil
            else { return nil }
            return close + 1
        case let high:
            guard CharacterClass.digit(high) != nil, CharacterClass.digit(source[start + 1]) != nil else { return nil }
            return start + 2
        }
    }

    /// The bytes that a literal stands for; `range` includes its quotes and has been scanned.
    static func bytes(in source: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = source[range].dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard let escape = rest.popFirst() else { break }
            switch escape {
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "u"):
                let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
                rest = rest.dropFirst(digits.count + 2)
                if let value = IntegerLiteral.unsigned(hexadecimal: digits),
                    let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: value))
                {
                    result.append(contentsOf: Array(String(Character(scalar)).utf8))
                }
            case let high:
                if let high = CharacterClass.digit(high), let low = rest.first.flatMap(CharacterClass.digit) {
                    result.append(high << 4 | low)
                    rest = rest.dropFirst()
                } else {
                    result.append(escape)
                }
            }
        }
        return result
    }

    /// The bytes of a literal that must be a name: UTF-8.
    static func name(in source: [UInt8], _ range: Range<Int>) throws(TextError) -> [UInt8] {
        let name = bytes(in: source, range)
        if UTF8Validation.firstInvalidOffset(in: name) != nil {
            throw TextError("malformed UTF-8 encoding", at: range.lowerBound, in: source)
        }
        return name
    }
}
