/// Text of a module, or of anybody else, that is shown to a person. Whoever made it may have wanted to hide something, or to
/// steer a terminal.
extension String {
    private static let mostScalars = 160
    private static let headScalars = 120

    /// Without what a terminal obeys, does not show, or shows in another order, and not endless: such scalars are written as
    /// `\u{1b}`, and of long text both ends are left.
    public var shown: String { shown(alsoEscaping: []) }

    /// The same between quotation marks.
    public var quoted: String { "\"" + shown(alsoEscaping: ["\"", "\\"]) + "\"" }

    private func shown(alsoEscaping others: Set<Unicode.Scalar>) -> String {
        let scalars = unicodeScalars
        guard scalars.count > Self.mostScalars else { return Self.escaped(scalars[...], others) }
        let head = Self.escaped(scalars.prefix(Self.headScalars), others)
        let tail = Self.escaped(scalars.suffix(Self.mostScalars - Self.headScalars), others)
        return "\(head)... (\(utf8.count) bytes) ...\(tail)"
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

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
