/// Floats as the text format writes them.
enum FloatText {
    /// The shortest decimal number that reads back as the same float; NaNs with their payload.
    static func text(_ bits: UInt64, bitCount: Int) -> String {
        let mantissaBitCount: UInt64 = bitCount == 32 ? 23 : 52
        let highestExponent: UInt64 = bitCount == 32 ? 0xFF : 0x7FF
        let mantissa = bits & ((1 << mantissaBitCount) - 1)
        guard bits >> mantissaBitCount & highestExponent == highestExponent else {
            return bitCount == 32
                ? Float(bitPattern: UInt32(truncatingIfNeeded: bits)).description : Double(bitPattern: bits).description
        }
        let sign = bits >> UInt64(bitCount - 1) == 0 ? "" : "-"
        return mantissa == 0 ? "\(sign)inf" : "\(sign)nan:0x\(String(mantissa, radix: 16))"
    }
}
