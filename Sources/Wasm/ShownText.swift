/// Text of a module, or of anybody else, that is shown to a person. Whoever made it may have wanted to hide something,
/// or to steer a terminal.
extension String {
    private static let mostScalars = 160
    private static let headScalars = 120

    /// Without what a terminal obeys, does not show, or shows in another order, and not endless: such scalars are
    /// written as `\u{1b}`, and of long text both ends are left.
    public var shown: String { shown(alsoEscaping: []) }

    /// The same between quotation marks.
    public var quoted: String { "\"" + shown(alsoEscaping: ["\"", "\\"]) + "\"" }

    private func shown(alsoEscaping others: Set<Unicode.Scalar>) -> String {
        let scalars = unicodeScalars
        guard scalars.count > Self.mostScalars else { return Self.escaped(scalars[...], others) }
        let head = Self.escaped(scalars.prefix(Self.headScalars), others)
        let tail = Self.escaped(scalars.suffix(Self.mostScalars - Self.headScalars), others)
        return "\(head)... (\(utf8.count.counted("byte"))) ...\(tail)"
    }

    private static func escaped(_ scalars: Substring.UnicodeScalarView, _ others: Set<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        for scalar in scalars {
            if others.contains(scalar) {
                text += "\\\(scalar)".unicodeScalars
            } else if isHarmless(scalar) {
                text.append(scalar)
            } else {
                text += "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
            }
        }
        return String(text)
    }

    /// The same as in `Runtime/support/shown_text.c`.
    private static let harmful: [ClosedRange<UInt32>] = [
        0...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x61C...0x61C, 0x180E...0x180E, 0x200B...0x200F, 0x2028...0x202E,
        0x2060...0x206F,
        0xE000...0xF8FF, 0xFEFF...0xFEFF, 0xFFF0...0xFFFB, 0xFFFE...0xFFFF, 0xE0000...0x10FFFF,
    ]

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool { !harmful.contains { $0.contains(scalar.value) } }
}
