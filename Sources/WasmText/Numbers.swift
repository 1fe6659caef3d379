/// Number literals. Specification: "Values" of the text format.
enum Numbers {
    /// A number's digits without sign and underscores; `nil` unless every underscore stands between digits.
    private static func digits(_ text: Substring, isHex: Bool) -> String? {
        var result = ""
        var previousIsDigit = false
        for character in text {
            let isDigit = isHex ? character.isHexDigit : character.isASCII && character.isNumber
            if character == "_" {
                guard previousIsDigit else { return nil }
            } else {
                guard isDigit else { return nil }
                result.append(character)
            }
            previousIsDigit = isDigit
        }
        return previousIsDigit ? result : nil
    }

    static func unsigned(_ text: Substring) -> UInt64? {
        let isHex = text.hasPrefix("0x")
        guard let digits = digits(isHex ? text.dropFirst(2) : text, isHex: isHex) else { return nil }
        return UInt64(digits, radix: isHex ? 16 : 10)
    }

    /// Does this look like a number at all? Then one that does not fit is out of range rather than unexpected.
    static func isInteger(_ text: Substring) -> Bool {
        let rest = text.hasPrefix("+") || text.hasPrefix("-") ? text.dropFirst() : text
        let isHex = rest.hasPrefix("0x")
        return digits(isHex ? rest.dropFirst(2) : rest, isHex: isHex) != nil
    }

    /// An integer of either signedness, as bits.
    static func integer(_ text: String, bitCount: Int) -> UInt64? {
        let isNegative = text.hasPrefix("-")
        let rest = text.hasPrefix("+") || isNegative ? text.dropFirst() : text[...]
        guard let magnitude = unsigned(rest) else { return nil }
        if isNegative {
            guard magnitude <= 1 << UInt64(bitCount - 1) else { return nil }
            return (0 &- magnitude) & mask(bitCount)
        }
        return magnitude <= mask(bitCount) ? magnitude : nil
    }

    private static func mask(_ bitCount: Int) -> UInt64 { bitCount == 64 ? .max : (1 << UInt64(bitCount)) - 1 }

    enum FloatResult { case bits(UInt64), outOfRange, malformed }

    static func float(_ text: String, bitCount: Int) -> FloatResult {
        let fraction: UInt64 = bitCount == 32 ? 23 : 52
        let isNegative = text.hasPrefix("-")
        let rest = text.hasPrefix("+") || isNegative ? text.dropFirst() : text[...]
        let sign: UInt64 = isNegative ? 1 << UInt64(bitCount - 1) : 0
        let infinity: UInt64 = bitCount == 32 ? 0x7F80_0000 : 0x7FF0_0000_0000_0000
        if rest == "inf" { return .bits(sign | infinity) }
        if rest == "nan" { return .bits(sign | infinity | 1 << (fraction - 1)) }
        if rest.hasPrefix("nan:0x") {
            guard let payload = unsigned(rest.dropFirst(4)) else {
                return isInteger(rest.dropFirst(4)) ? .outOfRange : .malformed
            }
            return payload > 0 && payload < 1 << fraction ? .bits(sign | infinity | payload) : .outOfRange
        }
        guard let plain = plainFloat(rest) else { return .malformed }
        // Float and Double read their own text, each rounded once.
        if bitCount == 32 {
            guard let value = Float(plain) else { return .malformed }
            return value.isInfinite ? .outOfRange : .bits(sign | UInt64(value.bitPattern))
        }
        guard let value = Double(plain) else { return .malformed }
        return value.isInfinite ? .outOfRange : .bits(sign | value.bitPattern)
    }

    /// A float literal as C writes it: without underscores, with digits around the point, with an exponent when hex.
    private static func plainFloat(_ text: Substring) -> String? {
        let isHex = text.hasPrefix("0x")
        let body = isHex ? text.dropFirst(2) : text
        let mark = body.firstIndex { isHex ? $0 == "p" || $0 == "P" : $0 == "e" || $0 == "E" }
        let mantissa = body[..<(mark ?? body.endIndex)]
        var exponent = ""
        if let mark {
            var written = body[body.index(after: mark)...]
            if let sign = written.first, sign == "+" || sign == "-" {
                exponent = String(sign)
                written = written.dropFirst()
            }
            guard let digits = digits(written, isHex: false) else { return nil }
            exponent += digits
        }
        let parts = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits(parts[0], isHex: isHex) else { return nil }
        var result = whole
        if parts.count == 2, !parts[1].isEmpty {
            guard let fraction = digits(parts[1], isHex: isHex) else { return nil }
            result += "." + fraction
        }
        if isHex { return "0x" + result + "p" + (exponent.isEmpty ? "0" : exponent) }
        return exponent.isEmpty ? result : result + "e" + exponent
    }
}
