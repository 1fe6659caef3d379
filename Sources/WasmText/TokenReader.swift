internal import Wasm

/// A place in the tokens of a text, and the small productions that every part of the grammar uses.
struct TokenReader {
    let source: [UInt8]
    let tokens: [Token]
    var position = 0

    init(_ source: [UInt8]) throws(TextError) {
        self.source = source
        tokens = try Lexer.tokens(source)
    }

    var token: Token { tokens[position] }

    func fail(_ message: String, at place: Int? = nil) -> TextError {
        TextError(message, at: tokens[place ?? position].range.lowerBound, in: source)
    }

    func unexpected() -> TextError { fail("unexpected token: \(token.text)") }

    /// The reader never moves beyond the end token.
    mutating func advance() { if position < tokens.count - 1 { position += 1 } }

    mutating func expectOpen() throws(TextError) {
        guard token.kind == .leftParenthesis else { throw unexpected() }
        advance()
    }

    mutating func expectClose() throws(TextError) {
        guard token.kind == .rightParenthesis else { throw unexpected() }
        advance()
    }

    mutating func expect(_ keyword: String) throws(TextError) {
        guard isAt(keyword) else { throw unexpected() }
        advance()
    }

    func isAt(_ keyword: String) -> Bool { token.kind == .keyword && token.text == keyword }

    /// At `(keyword`?
    func isAtOpen(_ keyword: String) -> Bool {
        token.kind == .leftParenthesis && position + 1 < tokens.count && tokens[position + 1].kind == .keyword
            && tokens[position + 1].text == keyword
    }

    /// Skips `(keyword` if it stands here.
    mutating func open(_ keyword: String) -> Bool {
        guard isAtOpen(keyword) else { return false }
        advance()
        advance()
        return true
    }

    mutating func identifier() -> String? {
        guard token.kind == .identifier else { return nil }
        defer { advance() }
        return token.text
    }

    mutating func string() throws(TextError) -> [UInt8] {
        guard token.kind == .string else { throw unexpected() }
        defer { advance() }
        return token.bytes
    }

    mutating func name() throws(TextError) -> [UInt8] {
        let bytes = try string()
        guard String(validating: bytes, as: UTF8.self) != nil else { throw fail("malformed UTF-8 encoding", at: position - 1) }
        return bytes
    }

    func isAtNumber() -> Bool { token.kind == .reserved && Numbers.isInteger(token.text[...]) }

    mutating func unsigned(maximum: UInt64 = UInt64(UInt32.max)) throws(TextError) -> UInt64 {
        guard token.kind == .reserved, !token.text.hasPrefix("+"), !token.text.hasPrefix("-"), isAtNumber() else { throw unexpected() }
        guard let value = Numbers.unsigned(token.text[...]), value <= maximum else { throw fail("constant out of range: i32 constant") }
        advance()
        return value
    }

    /// Skips to behind the parenthesis that closes the one before the present token.
    mutating func skipToClose() throws(TextError) {
        var depth = 1
        while depth > 0 {
            switch token.kind {
            case .leftParenthesis: depth += 1
            case .rightParenthesis: depth -= 1
            case .end: throw fail("unexpected token: the text ends inside of parentheses")
            default: break
            }
            advance()
        }
    }

    // MARK: Types

    func valueType() -> ValueType? {
        guard token.kind == .keyword else { return nil }
        return switch token.text {
        case "i32": .i32
        case "i64": .i64
        case "f32": .f32
        case "f64": .f64
        case "v128": .v128
        case "funcref": .funcref
        case "externref": .externref
        default: nil
        }
    }

    mutating func expectValueType() throws(TextError) -> ValueType {
        guard let type = valueType() else {
            if isAtOpen("ref") { throw fail("unexpected token: typed function references are not supported") }
            throw unexpected()
        }
        advance()
        return type
    }

    mutating func referenceType() throws(TextError) -> ValueType {
        let start = position
        let type = try expectValueType()
        guard type.isReference else { throw fail("unexpected token: \(type) is not a reference type", at: start) }
        return type
    }

    mutating func limits(maximum: UInt64) throws(TextError) -> Limits {
        if isAt("i64") { throw fail("unexpected token: 64-bit memories and tables are not supported") }
        let minimum = try unsigned(maximum: maximum)
        return Limits(minimum: minimum, maximum: isAtNumber() ? try unsigned(maximum: maximum) : nil)
    }

    mutating func tableType() throws(TextError) -> TableType {
        let limits = try limits(maximum: UInt64(UInt32.max))
        return TableType(element: try referenceType(), elements: limits)
    }

    mutating func globalType() throws(TextError) -> GlobalType {
        if open("mut") {
            let type = try expectValueType()
            try expectClose()
            return GlobalType(value: type, isMutable: true)
        }
        return GlobalType(value: try expectValueType(), isMutable: false)
    }

    /// `(param ...)* (result ...)*`, with the parameters' names.
    mutating func functionType() throws(TextError) -> (type: FunctionType, names: [String?]) {
        var type = FunctionType(parameters: [], results: [])
        var names: [String?] = []
        while open("param") { try parameters(into: &type.parameters, &names) }
        while open("result") {
            while token.kind != .rightParenthesis { type.results.append(try expectValueType()) }
            try expectClose()
        }
        return (type, names)
    }

    /// Behind `(param` or `(local`: one with a name, or any number without.
    mutating func parameters(into types: inout [ValueType], _ names: inout [String?]) throws(TextError) {
        if let name = identifier() {
            types.append(try expectValueType())
            names.append(name)
        } else {
            while token.kind != .rightParenthesis {
                types.append(try expectValueType())
                names.append(nil)
            }
        }
        try expectClose()
    }
}
