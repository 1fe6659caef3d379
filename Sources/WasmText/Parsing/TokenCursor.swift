import Wasm

/// A place among the tokens of a source, and the small pieces that every part of the grammar is made of.
struct TokenCursor {
    let source: [UInt8]
    let tokens: [Token]
    /// The next token; never beyond the last one, which is `end`.
    var index = 0

    init(source: [UInt8]) throws(TextError) {
        self.source = source
        tokens = try Lexer.tokens(of: source)
    }

    func token(ahead count: Int = 0) -> Token { tokens[min(index + count, tokens.count - 1)] }

    mutating func advance(by count: Int = 1) { index = min(index + count, tokens.count - 1) }

    /// A word's bytes; empty for other tokens.
    func word(ahead count: Int = 0) -> ArraySlice<UInt8> {
        let token = token(ahead: count)
        return token.kind == .word ? source[token.range] : []
    }

    /// A word's text; `nil` for other tokens.
    func text(ahead count: Int = 0) -> String? {
        token(ahead: count).kind == .word ? String(decoding: word(ahead: count), as: UTF8.self) : nil
    }

    func isAt(_ kind: Token.Kind) -> Bool { token().kind == kind }
    func isAt(word: StaticString) -> Bool { matches(word, ahead: 0) }
    /// `(` and then this word.
    func isAt(opening word: StaticString) -> Bool { isAt(.leftParenthesis) && matches(word, ahead: 1) }

    private func matches(_ word: StaticString, ahead count: Int) -> Bool {
        let bytes = self.word(ahead: count)
        return bytes.count == word.utf8CodeUnitCount
            && bytes.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    mutating func take(_ kind: Token.Kind) -> Token? {
        guard isAt(kind) else { return nil }
        defer { advance() }
        return token()
    }

    mutating func take(word: StaticString) -> Bool {
        guard isAt(word: word) else { return false }
        advance()
        return true
    }

    mutating func take(opening word: StaticString) -> Bool {
        guard isAt(opening: word) else { return false }
        advance(by: 2)
        return true
    }

    @discardableResult
    mutating func expect(_ kind: Token.Kind) throws(TextError) -> Token {
        guard let token = take(kind) else { throw unexpected() }
        return token
    }

    mutating func expect(word: StaticString) throws(TextError) {
        guard take(word: word) else { throw unexpected() }
    }

    mutating func expect(opening word: StaticString) throws(TextError) {
        guard take(opening: word) else {
            if isAt(.leftParenthesis) { advance() }
            throw unexpected()
        }
    }

    /// Goes after the parenthesis that closes the innermost one open here.
    mutating func skipToClosing() throws(TextError) {
        var depth = 1
        while depth > 0 {
            switch token().kind {
            case .leftParenthesis, .annotation: depth += 1
            case .rightParenthesis: depth -= 1
            case .end: throw unexpected()
            case .word, .identifier, .string, .reserved: break
            }
            advance()
        }
    }

    // MARK: Values

    mutating func takeIdentifier() throws(TextError) -> [UInt8]? {
        guard let token = take(.identifier) else { return nil }
        let name = token.range.dropFirst()
        return source[name.lowerBound] == UInt8(ascii: "\"")
            ? try StringLiteral.name(in: source, name) : Array(source[name])
    }

    /// A string that must be UTF-8.
    mutating func expectName() throws(TextError) -> [UInt8] {
        try StringLiteral.name(in: source, expect(.string).range)
    }

    /// Any number of strings, joined.
    mutating func takeStrings() -> [UInt8] {
        var bytes: [UInt8] = []
        while let token = take(.string) { bytes += StringLiteral.bytes(in: source, token.range) }
        return bytes
    }

    /// The next word as an integer without a sign, if it is one.
    func isAtUnsigned(ahead count: Int = 0) -> Bool {
        switch IntegerLiteral(word(ahead: count)) {
        case .value(_, false, _)?, .tooLarge?: true
        case .value?, nil: false
        }
    }

    mutating func takeU32() throws(TextError) -> UInt32? {
        guard isAtUnsigned(), let literal = IntegerLiteral(word()) else { return nil }
        guard let value = literal.bits(bitCount: 32) else { throw error("i32 constant out of range") }
        advance()
        return UInt32(truncatingIfNeeded: value)
    }

    mutating func takeU64() throws(TextError) -> UInt64? {
        guard isAtUnsigned(), let literal = IntegerLiteral(word()) else { return nil }
        guard let value = literal.bits(bitCount: 64) else { throw error("i64 constant out of range") }
        advance()
        return value
    }

    // MARK: Errors

    func error(_ message: String, at token: Token? = nil) -> TextError {
        TextError(message, at: (token ?? self.token()).offset, in: source)
    }

    func unsupported(_ feature: Feature, _ what: String? = nil, at token: Token? = nil) -> TextError {
        TextError(
            feature.refusal(of: what), kind: .unsupported(feature: feature.title),
            at: (token ?? self.token()).offset, in: source)
    }

    /// The error for a next token that the grammar does not allow here.
    func unexpected() -> TextError {
        let ahead = isAt(.leftParenthesis) && token(ahead: 1).kind == .word ? 1 : 0
        let token = token(ahead: ahead)
        switch token.kind {
        case .word:
            let word = String(decoding: self.word(ahead: ahead).prefix(100), as: UTF8.self)
            return error("\(Vocabulary.contains(word) ? "unexpected token" : "unknown operator") \(word)", at: token)
        case .reserved: return error("unknown operator", at: token)
        case .end: return error("unexpected token: the text ends here", at: token)
        case .annotation: return error("unexpected token: a misplaced annotation", at: token)
        case .leftParenthesis, .rightParenthesis, .identifier, .string:
            return error(
                "unexpected token \(String(decoding: source[token.range].prefix(100), as: UTF8.self))", at: token)
        }
    }
}

/// The words of the text format.
enum Vocabulary {
    static func contains(_ word: String) -> Bool {
        let bytes = ArraySlice(word.utf8)
        return keywords.contains(word) || Opcode(name: word) != nil || IntegerLiteral(bytes) != nil
            || (try? FloatLiteral.f64(bytes)) != nil || word.hasPrefix("align=") || word.hasPrefix("offset=")
    }

    private static let keywords: Set<String> = [
        "module", "type", "param", "result", "local", "import", "export", "table", "memory", "global", "mut",
        "start", "elem", "data", "offset", "shared", "item", "declare", "then", "extern", "funcref", "externref",
        "tag", "do", "catch", "catch_ref", "catch_all", "catch_all_ref", "exn", "exnref",
        "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "binary", "quote",
        "rec", "sub", "final", "struct", "array", "field", "i8", "i16", "any", "eq", "i31", "none", "nofunc",
        "noextern", "func", "anyref", "eqref", "i31ref", "structref", "arrayref", "nullref", "nullfuncref",
        "nullexternref", "ref", "null", "definition", "instance", "register", "invoke", "get", "assert_return",
        "assert_trap", "assert_invalid",
        "assert_malformed", "assert_unlinkable", "assert_exhaustion", "assert_exception", "assert_malformed_custom",
        "assert_invalid_custom", "nan:canonical", "nan:arithmetic", "either",
    ]
}
