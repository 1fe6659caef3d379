/// Floating-point literals, rounded once to the type that is asked for. Specification: "Floating-Point".
enum FloatLiteral {
    enum Failure: Error {
        case notAFloat
        case outOfRange
    }

    /// The bits of a word as an `f32`.
    static func f32(_ word: ArraySlice<UInt8>) throws(Failure) -> UInt64 {
        try bits(word, mantissaBitCount: 23, exponentBitCount: 8) { Float($0).map { UInt64($0.bitPattern) } }
    }

    /// The bits of a word as an `f64`.
    static func f64(_ word: ArraySlice<UInt8>) throws(Failure) -> UInt64 {
        try bits(word, mantissaBitCount: 52, exponentBitCount: 11) { Double($0)?.bitPattern }
    }

    private static func bits(
        _ word: ArraySlice<UInt8>, mantissaBitCount: Int, exponentBitCount: Int, number: (String) -> UInt64?
    ) throws(Failure) -> UInt64 {
        var unsigned = word
        let sign = unsigned.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { unsigned = unsigned.dropFirst() }
        let signBit: UInt64 = sign == UInt8(ascii: "-") ? 1 << UInt64(mantissaBitCount + exponentBitCount) : 0
        let infinity: UInt64 = ((1 << UInt64(exponentBitCount)) - 1) << UInt64(mantissaBitCount)
        if unsigned.elementsEqual("inf".utf8) { return signBit | infinity }
        if unsigned.elementsEqual("nan".utf8) { return signBit | infinity | 1 << UInt64(mantissaBitCount - 1) }
        if unsigned.starts(with: "nan:0x".utf8) {
            switch IntegerLiteral(unsigned.dropFirst(4)) {
            case .value(_, _, let payload)?:
                guard payload != 0, payload < 1 << UInt64(mantissaBitCount) else { throw .outOfRange }
                return signBit | infinity | payload
            case .tooLarge?: throw .outOfRange
            case nil: throw .notAFloat
            }
        }
        guard isNumber(unsigned) else { throw .notAFloat }
        let plain = String(decoding: unsigned.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        guard let magnitude = number(plain) else { throw .notAFloat }
        guard magnitude != infinity else { throw .outOfRange }
        return signBit | magnitude
    }

    /// `digits [. digits?] [e sign? digits]`, or the same in hexadecimal with `p`.
    static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        let isHexadecimal = word.starts(with: "0x".utf8)
        let number = isHexadecimal ? word.dropFirst(2) : word
        let exponentMarks = isHexadecimal ? Array("pP".utf8) : Array("eE".utf8)
        let mantissa = number.prefix { !exponentMarks.contains($0) }
        var exponent = number.dropFirst(mantissa.count)
        if exponent.popFirst() != nil {
            if exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+") {
                exponent = exponent.dropFirst()
            }
            guard IntegerLiteral.isDigitSequence(exponent, isHexadecimal: false) else { return false }
        }
        let whole = mantissa.prefix { $0 != UInt8(ascii: ".") }
        let fraction = mantissa.dropFirst(whole.count + 1)
        return IntegerLiteral.isDigitSequence(whole, isHexadecimal: isHexadecimal)
            && (fraction.isEmpty || IntegerLiteral.isDigitSequence(fraction, isHexadecimal: isHexadecimal))
    }
}
