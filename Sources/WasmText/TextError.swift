public import FoundationEssentials

/// Why a text is not a module (or a script) that this parser accepts, and where.
public struct TextError: Error, Hashable, Sendable {
    /// What is wrong with a text.
    public enum Kind: Hashable, Sendable {
        /// The text does not follow the grammar.
        case malformed
        /// The text uses a feature of a later version of WebAssembly, or of a proposal.
        case unsupported(feature: String)
        /// The text is a module, but one that breaks a validation rule.
        case invalid
        /// The module exceeds a limit of the implementation, which the message names.
        case limit
    }

    /// What is wrong.
    public var kind: Kind
    /// What is wrong. It begins with the words of the specification's test suite where that has some.
    public var message: String
    /// Counted from 1.
    public var line: Int
    /// Counted in characters, from 1.
    public var column: Int
    /// The text of the line, shortened around the column when it is very long.
    public var sourceLine: String
    /// How many characters of `sourceLine` are before the place.
    public var caretIndent: Int

    init(_ message: String, kind: Kind = .malformed, at offset: Int, in source: [UInt8]) {
        self.kind = kind
        self.message = message
        let place = min(offset, source.count)
        let newline = UInt8(ascii: "\n")
        let lineStart = source[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let lineEnd = source[place...].firstIndex(of: newline) ?? source.count
        line = 1 + source[..<lineStart].count { $0 == newline }
        column = 1 + String(decoding: source[lineStart..<place], as: UTF8.self).count
        let shownStart = max(lineStart, place - 100)
        sourceLine = String(decoding: source[shownStart..<min(lineEnd, place + 100)], as: UTF8.self)
        caretIndent = String(decoding: source[shownStart..<place], as: UTF8.self).count
    }
}

extension TextError: CustomStringConvertible {
    /// `3:7: unexpected token "foo"`, the source line, and a caret beneath the place.
    public var description: String {
        let indent = String(sourceLine.prefix(caretIndent).map { $0 == "\t" ? "\t" : " " })
        return "\(line):\(column): \(message)\n\(sourceLine)\n\(indent)^"
    }
}

extension TextError: LocalizedError {
    /// The message with line and column.
    public var errorDescription: String? { description }
}
