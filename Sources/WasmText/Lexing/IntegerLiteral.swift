/// Integer literals. Specification: "Integers".
enum IntegerLiteral: Equatable {
    /// A literal with its sign; the value of one that exceeds 64 bits is unknown.
    case value(isNegative: Bool, hasSign: Bool, magnitude: UInt64)
    case tooLarge

    /// Reads a whole word; `nil` when the word is not an integer.
    init?(_ word: ArraySlice<UInt8>) {
        var digits = word
        let sign = digits.first
        let hasSign = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        if hasSign { digits = digits.dropFirst() }
        let isHexadecimal = digits.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
        if isHexadecimal { digits = digits.dropFirst(2) }
        guard Self.isDigitSequence(digits, isHexadecimal: isHexadecimal) else { return nil }
        let radix: UInt64 = isHexadecimal ? 16 : 10
        var magnitude: UInt64 = 0
        for byte in digits {
            guard let digit = CharacterClass.digit(byte) else { continue }
            let (product, overflowed) = magnitude.multipliedReportingOverflow(by: radix)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            if overflowed || carried {
                self = .tooLarge
                return
            }
            magnitude = sum
        }
        self = .value(isNegative: sign == UInt8(ascii: "-"), hasSign: hasSign, magnitude: magnitude)
    }

    /// Digits with single underscores between them.
    static func isDigitSequence(_ bytes: ArraySlice<UInt8>, isHexadecimal: Bool) -> Bool {
        var previousIsDigit = false
        for byte in bytes {
            if byte == UInt8(ascii: "_") {
                guard previousIsDigit else { return false }
                previousIsDigit = false
            } else {
                guard let digit = CharacterClass.digit(byte), isHexadecimal || digit < 10 else { return false }
                previousIsDigit = true
            }
        }
        return previousIsDigit
    }

    /// The value of hexadecimal digits; `nil` when they are none or exceed 64 bits.
    static func unsigned(hexadecimal digits: ArraySlice<UInt8>) -> UInt64? {
        guard case .value(false, false, let value)? = IntegerLiteral(Array("0x".utf8)[...] + digits) else { return nil }
        return value
    }

    /// The literal's low `bitCount` bits, if it fits them as a signed or as an unsigned number.
    func bits(bitCount: Int) -> UInt64? {
        guard case .value(let isNegative, _, let magnitude) = self else { return nil }
        let mask = bitCount == 64 ? UInt64.max : (1 << UInt64(bitCount)) - 1
        if isNegative {
            guard magnitude <= 1 << UInt64(bitCount - 1) else { return nil }
            return (0 &- magnitude) & mask
        }
        return magnitude <= mask ? magnitude : nil
    }
}
