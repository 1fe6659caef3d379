/// The text that punycode stands for, in the form of Rust's symbols: an underscore divides the ASCII characters from
/// what says where the others belong. `nil` when it stands for none.
///
/// RFC 3492, sections 3, 5 and 6.
func decodedPunycode(_ code: some Collection<UInt8>) -> String? {
    let code = Array(code)
    let underscore = code.lastIndex(of: UInt8(ascii: "_"))
    var scalars = code[..<(underscore ?? 0)].map { UInt32($0) }
    var rest = code[(underscore.map { $0 + 1 } ?? 0)...]
    var (scalar, position, bias) = (UInt32(0x80), UInt32(0), UInt32(72))
    var isFirst = true
    while !rest.isEmpty {
        // No text that is short enough for a name needs more than 27 bits.
        guard let delta = takeDelta(&rest, bias), delta < 1 << 27 else { return nil }
        let count = UInt32(scalars.count) + 1
        let place = position + delta
        scalar += place / count
        position = place % count
        guard scalar <= 0x10_FFFF else { return nil }
        scalars.insert(scalar, at: Int(position))
        position += 1
        bias = adaptedBias(isFirst ? delta / 700 : delta / 2, count)
        isFirst = false
    }
    var text = String.UnicodeScalarView()
    for scalar in scalars {
        guard let scalar = Unicode.Scalar(scalar) else { return nil }
        text.append(scalar)
    }
    return String(text)
}

/// A number of digits whose values and weights depend on where they are.
private func takeDelta(_ rest: inout ArraySlice<UInt8>, _ bias: UInt32) -> UInt32? {
    var (delta, weight, place) = (UInt32(0), UInt32(1), UInt32(36))
    while let digit = rest.popFirst().flatMap(punycodeDigit) {
        let (product, overflow) = digit.multipliedReportingOverflow(by: weight)
        let (sum, overflowOfSum) = delta.addingReportingOverflow(product)
        guard !overflow, !overflowOfSum else { return nil }
        delta = sum
        let threshold = place <= bias ? 1 : min(place - bias, 26)
        if digit < threshold { return delta }
        let (next, overflowOfWeight) = weight.multipliedReportingOverflow(by: 36 - threshold)
        guard !overflowOfWeight else { return nil }
        weight = next
        place += 36
    }
    return nil
}

private func punycodeDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a"))
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 26
    default: nil
    }
}

private func adaptedBias(_ damped: UInt32, _ count: UInt32) -> UInt32 {
    var (delta, bias) = (damped + damped / count, UInt32(0))
    while delta > 455 {
        delta /= 35
        bias += 36
    }
    return bias + 36 * delta / (delta + 38)
}
