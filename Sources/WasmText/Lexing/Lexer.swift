/// Splits a source into tokens. Comments and the annotations that nobody understands are left out.
/// Specification: "Lexical Format".
struct Lexer {
    private let source: [UInt8]
    private var position = 0
    private var tokens: [Token] = []
    /// How many parentheses are open inside an annotation that is being skipped; 0 outside.
    private var skippedDepth = 0
    private var skippedStart = 0
    /// How many are open inside an annotation that is kept; its own included.
    private var keptDepth = 0
    private var keptStart = 0

    /// The tokens of a source, an `end` last.
    static func tokens(of source: [UInt8]) throws(TextError) -> [Token] {
        guard source.count < Int(UInt32.max) else {
            throw TextError("the text is too long: \(source.count.counted("byte")), 4 GiB are the limit", at: 0, in: [])
        }
        if let offset = UTF8Validation.firstInvalidOffset(in: source) {
            throw TextError("malformed UTF-8 encoding", at: offset, in: source)
        }
        var lexer = Lexer(source: source)
        try lexer.run()
        return lexer.tokens
    }

    private init(source: [UInt8]) { self.source = source }

    private func byte(at offset: Int) -> UInt8 { offset < source.count ? source[offset] : 0 }

    private func error(_ message: String, at offset: Int) -> TextError { TextError(message, at: offset, in: source) }

    private mutating func append(_ kind: Token.Kind, from start: Int) {
        if skippedDepth == 0 { tokens.append(Token(kind, start..<position)) }
    }

    private mutating func run() throws(TextError) {
        while position < source.count {
            let start = position
            switch source[start] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                position += 1
            case UInt8(ascii: ";") where byte(at: start + 1) == UInt8(ascii: ";"):
                while position < source.count, source[position] != UInt8(ascii: "\n"),
                    source[position] != UInt8(ascii: "\r")
                { position += 1 }
            case UInt8(ascii: "(") where byte(at: start + 1) == UInt8(ascii: ";"):
                try skipBlockComment()
            case UInt8(ascii: "("):
                try leftParenthesis()
            case UInt8(ascii: ")"):
                position += 1
                if skippedDepth > 0 {
                    skippedDepth -= 1
                } else {
                    if keptDepth > 0 { keptDepth -= 1 }
                    append(.rightParenthesis, from: start)
                }
            default:
                try word()
            }
        }
        if skippedDepth > 0 { throw error("unclosed annotation", at: skippedStart) }
        if keptDepth > 0 { throw error("unclosed annotation", at: keptStart) }
        append(.end, from: position)
    }

    private mutating func skipBlockComment() throws(TextError) {
        let start = position
        var depth = 0
        repeat {
            switch (byte(at: position), byte(at: position + 1)) {
            case (UInt8(ascii: "("), UInt8(ascii: ";")):
                depth += 1
                position += 2
            case (UInt8(ascii: ";"), UInt8(ascii: ")")):
                depth -= 1
                position += 2
            default:
                position += 1
            }
            if position >= source.count, depth > 0 { throw error("unclosed comment", at: start) }
        } while depth > 0
    }

    private mutating func leftParenthesis() throws(TextError) {
        let start = position
        position += 1
        if skippedDepth > 0 {
            skippedDepth += 1
        } else if keptDepth > 0 {
            keptDepth += 1
            append(.leftParenthesis, from: start)
        } else if byte(at: position) == UInt8(ascii: "@") {
            position += 1
            try annotation(from: start)
        } else {
            append(.leftParenthesis, from: start)
        }
    }

    private static let keptAnnotations = ["custom", "name", "metadata.code.branch_hint"].map { Array($0.utf8) }

    private mutating func annotation(from start: Int) throws(TextError) {
        let name: [UInt8]
        if byte(at: position) == UInt8(ascii: "\"") {
            let end: Int
            switch StringLiteral.scan(source, from: position) {
            case .failure: throw error("empty annotation id", at: start)
            case .success(let value): end = value
            }
            name = try StringLiteral.name(in: source, position..<end)
            position = end
        } else {
            let nameStart = position
            while position < source.count, CharacterClass.isInIdentifier(source[position]) { position += 1 }
            name = Array(source[nameStart..<position])
        }
        if name.isEmpty { throw error("empty annotation id", at: start) }
        if Self.keptAnnotations.contains(name) {
            keptDepth = 1
            keptStart = start
            append(.annotation, from: start)
        } else {
            skippedDepth = 1
            skippedStart = start
        }
    }

    /// A run of characters up to a space, a parenthesis or a comment: one token, or one reserved word.
    private mutating func word() throws(TextError) {
        let start = position
        var stringCount = 0
        var hasForeignCharacter = false
        loop: while position < source.count {
            switch source[position] {
            case UInt8(ascii: "\""):
                switch StringLiteral.scan(source, from: position) {
                case .success(let end): position = end
                case .failure(let failure):
                    if position == start + 1, source[start] == UInt8(ascii: "$") {
                        throw error("empty identifier", at: start)
                    }
                    throw error(failure.message, at: failure.offset)
                }
                stringCount += 1
            case UInt8(ascii: ";") where byte(at: position + 1) == UInt8(ascii: ";"):
                break loop
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
                UInt8(ascii: "}"):
                hasForeignCharacter = true
                position += 1
            case let byte where CharacterClass.isInIdentifier(byte):
                position += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                break loop
            default:
                throw error("illegal character", at: position)
            }
        }
        append(try kind(from: start, stringCount: stringCount, hasForeignCharacter: hasForeignCharacter), from: start)
    }

    private func kind(
        from start: Int, stringCount: Int, hasForeignCharacter: Bool
    ) throws(TextError) -> Token.Kind {
        let isIdentifier = source[start] == UInt8(ascii: "$")
        if hasForeignCharacter { return .reserved }
        switch stringCount {
        case 0:
            if isIdentifier, position == start + 1, skippedDepth == 0 { throw error("empty identifier", at: start) }
            return isIdentifier ? .identifier : .word
        case 1:
            guard source[position - 1] == UInt8(ascii: "\"") else { return .reserved }
            if source[start] == UInt8(ascii: "\"") { return .string }
            guard isIdentifier, source[start + 1] == UInt8(ascii: "\""), skippedDepth == 0 else { return .reserved }
            if try StringLiteral.name(in: source, start + 1..<position).isEmpty {
                throw error("empty identifier", at: start)
            }
            return .identifier
        default:
            return .reserved
        }
    }
}

/// Character classes of the lexical format.
enum CharacterClass {
    /// The characters of identifiers, keywords and numbers. Specification: "Identifiers".
    static func isInIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x27, 0x2A...0x2B, 0x2D...0x3A, 0x3C...0x5A, 0x5C, 0x5E...0x7A, 0x7C, 0x7E: true
        default: false
        }
    }

    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
