/// A token of the text format. Specification: "Lexical Format".
struct Token {
    enum Kind { case leftParenthesis, rightParenthesis, keyword, identifier, string, reserved, end }
    var kind: Kind
    var range: Range<Int>
    /// A keyword, number or identifier as written; of strings the value is in `bytes`.
    var text: String
    var bytes: [UInt8] = []
}

struct Lexer {
    let source: [UInt8]
    private var position = 0

    init(_ source: [UInt8]) { self.source = source }

    private func fail(_ message: String, at offset: Int? = nil) -> TextError {
        TextError(message, at: offset ?? position, in: source)
    }

    static func tokens(_ source: [UInt8]) throws(TextError) -> [Token] {
        var lexer = Lexer(source)
        var tokens: [Token] = []
        repeat { tokens.append(try lexer.next()) } while tokens[tokens.count - 1].kind != .end
        return tokens
    }

    private mutating func next() throws(TextError) -> Token {
        try skipSpace()
        let start = position
        guard start < source.count else { return Token(kind: .end, range: start..<start, text: "end of text") }
        switch source[start] {
        case UInt8(ascii: "("):
            position += 1
            return Token(kind: .leftParenthesis, range: start..<position, text: "(")
        case UInt8(ascii: ")"):
            position += 1
            return Token(kind: .rightParenthesis, range: start..<position, text: ")")
        case UInt8(ascii: "\""):
            let bytes = try string()
            try requireSeparator()
            return Token(kind: .string, range: start..<position, text: "string", bytes: bytes)
        default: return try word(start)
        }
    }

    private mutating func word(_ start: Int) throws(TextError) -> Token {
        while position < source.count, Self.isIdentifierCharacter(source[position]) { position += 1 }
        guard position > start else { throw fail("malformed UTF-8 encoding or unexpected character") }
        if position == start + 1, source[start] == UInt8(ascii: "$"), position < source.count, source[position] == 0x22 {
            let bytes = try string()
            try requireSeparator()
            guard !bytes.isEmpty else { throw fail("empty identifier", at: start) }
            guard let name = String(validating: bytes, as: UTF8.self) else { throw fail("malformed UTF-8 encoding", at: start) }
            return Token(kind: .identifier, range: start..<position, text: "$" + name)
        }
        try requireSeparator()
        let text = String(decoding: source[start..<position], as: UTF8.self)
        let first = source[start]
        if first == UInt8(ascii: "$") {
            guard position > start + 1 else { throw fail("empty identifier", at: start) }
            return Token(kind: .identifier, range: start..<position, text: text)
        }
        let isKeyword = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
        return Token(kind: isKeyword ? .keyword : .reserved, range: start..<position, text: text)
    }

    /// Words and strings that touch form one reserved token, which nothing accepts.
    private func requireSeparator() throws(TextError) {
        guard position < source.count else { return }
        if source[position] == 0x22 || Self.isIdentifierCharacter(source[position]) { throw fail("unknown operator: missing space") }
    }

    static func isIdentifierCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: "<"), UInt8(ascii: "="), UInt8(ascii: ">"),
            UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "_"),
            UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// White space and comments; block comments nest.
    private mutating func skipSpace() throws(TextError) {
        while position < source.count {
            switch source[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case UInt8(ascii: ";") where follows(UInt8(ascii: ";")):
                while position < source.count, source[position] != 0x0A, source[position] != 0x0D { position += 1 }
            case UInt8(ascii: "(") where follows(UInt8(ascii: ";")): try skipBlockComment()
            default: return
            }
        }
    }

    private func follows(_ byte: UInt8) -> Bool { position + 1 < source.count && source[position + 1] == byte }

    private mutating func skipBlockComment() throws(TextError) {
        let start = position
        var depth = 0
        while position < source.count {
            if source[position] == UInt8(ascii: "("), follows(UInt8(ascii: ";")) {
                depth += 1
                position += 2
            } else if source[position] == UInt8(ascii: ";"), follows(UInt8(ascii: ")")) {
                depth -= 1
                position += 2
                if depth == 0 { return }
            } else {
                position += 1
            }
        }
        throw fail("unclosed comment", at: start)
    }

    // MARK: Strings

    private mutating func string() throws(TextError) -> [UInt8] {
        let start = position
        position += 1
        var bytes: [UInt8] = []
        while position < source.count {
            let byte = source[position]
            position += 1
            switch byte {
            case 0x22: return bytes
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case 0..<0x20, 0x7F: throw fail("unexpected control character in a string", at: position - 1)
            default: bytes.append(byte)
            }
        }
        throw fail("unclosed string", at: start)
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(TextError) {
        guard position < source.count else { throw fail("unclosed string") }
        let byte = source[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): bytes.append(byte)
        case UInt8(ascii: "u"):
            guard position < source.count, source[position] == UInt8(ascii: "{") else { throw fail("malformed escape") }
            position += 1
            var value: UInt32 = 0
            var digits = 0
            while position < source.count, let digit = Self.hexValue(source[position]) {
                value = min(value * 16 + UInt32(digit), 0x110000)
                digits += 1
                position += 1
            }
            guard digits > 0, position < source.count, source[position] == UInt8(ascii: "}"), let scalar = Unicode.Scalar(value)
            else { throw fail("malformed escape: not a Unicode scalar") }
            position += 1
            bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
        default:
            guard let high = Self.hexValue(byte), position < source.count, let low = Self.hexValue(source[position]) else {
                throw fail("malformed escape")
            }
            position += 1
            bytes.append(high * 16 + low)
        }
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x61 + 10
        case 0x41...0x46: byte - 0x41 + 10
        default: nil
        }
    }
}
