import Wasm

extension Script {
    /// Parses a script, which must be UTF-8.
    ///
    /// What is wrong with a command concerns that command only; a text that is no sequence of commands throws.
    public init(text: [UInt8]) throws(TextError) {
        var parser = ScriptParser(cursor: try TokenCursor(source: text))
        commands = try parser.parse()
    }
}

struct ScriptParser {
    private var cursor: TokenCursor
    /// The line of a place already passed, so that lines are counted once.
    private var countedOffset = 0
    private var line = 1

    init(cursor: TokenCursor) { self.cursor = cursor }

    mutating func parse() throws(TextError) -> [Script.Command] {
        if isAtModuleField() {
            return [try command(at: cursor.token()) { parser throws(TextError) in try parser.inlineModule() }]
        }
        var commands: [Script.Command] = []
        while !cursor.isAt(.end) {
            let start = cursor.token()
            commands.append(try command(at: start) { parser throws(TextError) in try parser.parseCommand() })
        }
        return commands
    }

    /// The script is the fields of one module.
    private func isAtModuleField() -> Bool {
        guard cursor.isAt(.leftParenthesis), let word = cursor.text(ahead: 1) else { return false }
        return ["type", "import", "func", "table", "memory", "global", "export", "start", "elem", "data"].contains(word)
    }

    private mutating func inlineModule() throws(TextError) -> Script.Kind {
        var parser = ModuleParser(cursor: cursor)
        let assembled = Result { () throws(TextError) in
            try parser.parseFields()
            guard parser.cursor.isAt(.end) else { throw parser.cursor.unexpected() }
            return parser.module()
        }
        return .module(Script.ModuleText(identifier: nil, assembled: assembled, isText: true))
    }

    private mutating func command(
        at start: Token, _ parse: (inout ScriptParser) throws(TextError) -> Script.Kind
    ) throws(TextError) -> Script.Command {
        let newline = UInt8(ascii: "\n")
        line += cursor.source[countedOffset..<start.offset].count { $0 == newline }
        countedOffset = start.offset
        let text = String(decoding: cursor.source[start.offset...].prefix { $0 != newline }.prefix(200), as: UTF8.self)
        let index = cursor.index
        let kind: Script.Kind
        do throws(TextError) {
            kind = try parse(&self)
        } catch {
            // Only something in parentheses can be left out.
            guard start.kind == .leftParenthesis else { throw error }
            if case .unsupported(let feature) = error.kind {
                kind = .unsupported(feature: feature)
            } else {
                kind = .unreadable(error)
            }
            cursor.index = index + 1
            try cursor.skipToClosing()
        }
        return Script.Command(line: line, text: text, kind: kind)
    }

    private mutating func parseCommand() throws(TextError) -> Script.Kind {
        try cursor.expect(.leftParenthesis)
        let keyword = cursor.text() ?? ""
        if keyword == "invoke" || keyword == "get" {
            cursor.advance(by: -1)
            return .action(try parseAction())
        }
        if keyword == "thread" || keyword == "wait" { throw cursor.unsupported(.threads) }
        let kind: Script.Kind
        switch keyword {
        case "module":
            cursor.advance(by: -1)
            return try parseModuleCommand()
        case "register":
            cursor.advance()
            kind = .register(name: try string(), instance: try identifier())
        case "assert_return":
            cursor.advance()
            let action = try parseAction()
            var patterns: [ResultPattern] = []
            while cursor.isAt(.leftParenthesis) { patterns.append(try parsePattern()) }
            kind = .assertReturn(action, patterns)
        case "assert_trap":
            cursor.advance()
            kind =
                cursor.isAt(opening: "module")
                ? .assertInstantiationTrap(try parseModule(), message: try string())
                : .assertTrap(try parseAction(), message: try string())
        case "assert_exhaustion":
            cursor.advance()
            kind = .assertExhaustion(try parseAction(), message: try string())
        case "assert_exception":
            cursor.advance()
            kind = .assertException(try parseAction())
        case "assert_invalid":
            cursor.advance()
            kind = .assertInvalid(try parseModule(), message: try string())
        // An annotation that is wrong makes the text malformed, in either of the ways that scripts know.
        case "assert_malformed", "assert_malformed_custom", "assert_invalid_custom":
            cursor.advance()
            kind = .assertMalformed(try parseModule(), message: try string())
        case "assert_unlinkable":
            cursor.advance()
            kind = .assertUnlinkable(try parseModule(), message: try string())
        default:
            throw cursor.unexpected()
        }
        try cursor.expect(.rightParenthesis)
        return kind
    }

    // MARK: Modules

    private mutating func parseModuleCommand() throws(TextError) -> Script.Kind {
        switch cursor.text(ahead: 2) {
        case "definition":
            return .definition(try parseModule())
        case "instance":
            cursor.advance(by: 3)
            let instance = try identifier()
            let definition = try identifier()
            try cursor.expect(.rightParenthesis)
            return .instance(identifier: instance, definition: definition)
        default:
            return .module(try parseModule())
        }
    }

    /// `(module ...)` in any form. An error in it is kept, and the script goes on after it.
    private mutating func parseModule() throws(TextError) -> Script.ModuleText {
        try cursor.expect(opening: "module")
        _ = cursor.take(word: "definition")
        var inner = cursor
        try cursor.skipToClosing()
        var name = inner
        let identifier = try name.takeIdentifier().map { String(decoding: $0, as: UTF8.self) }
        do throws(TextError) {
            let assembled = try WasmText.module(&inner)
            try inner.expect(.rightParenthesis)
            return Script.ModuleText(
                identifier: identifier, assembled: .success(assembled), isText: !name.isAt(word: "binary"))
        } catch {
            return Script.ModuleText(identifier: identifier, assembled: .failure(error), isText: true)
        }
    }

    // MARK: Actions and values

    private mutating func string() throws(TextError) -> String {
        String(decoding: try cursor.expectName(), as: UTF8.self)
    }

    private mutating func identifier() throws(TextError) -> String? {
        try cursor.takeIdentifier().map { String(decoding: $0, as: UTF8.self) }
    }

    private mutating func parseAction() throws(TextError) -> Script.Action {
        let isInvoke = cursor.isAt(opening: "invoke")
        guard isInvoke || cursor.isAt(opening: "get") else { throw cursor.unexpected() }
        cursor.advance(by: 2)
        let instance = try identifier()
        let name = try string()
        var arguments: [ScriptValue] = []
        while isInvoke, cursor.isAt(.leftParenthesis) {
            guard case .value(let value) = try parsePattern() else { throw cursor.unexpected() }
            arguments.append(value)
        }
        try cursor.expect(.rightParenthesis)
        return isInvoke
            ? .invoke(instance: instance, name: name, arguments: arguments) : .get(instance: instance, name: name)
    }

    /// A constant, which is also a value, or a pattern.
    private mutating func parsePattern() throws(TextError) -> ResultPattern {
        guard cursor.take(opening: "either") else { return try parseSimplePattern() }
        var alternatives: [ResultPattern] = []
        while cursor.isAt(.leftParenthesis) { alternatives.append(try parseSimplePattern()) }
        try cursor.expect(.rightParenthesis)
        return .either(alternatives)
    }

    private mutating func parseSimplePattern() throws(TextError) -> ResultPattern {
        try cursor.expect(.leftParenthesis)
        let keyword = cursor.text() ?? ""
        let place = cursor
        cursor.advance()
        let pattern: ResultPattern
        switch keyword {
        case "i32.const": pattern = .value(.i32(UInt32(truncatingIfNeeded: try cursor.expectInteger(bitCount: 32))))
        case "i64.const": pattern = .value(.i64(try cursor.expectInteger(bitCount: 64)))
        case "f32.const":
            let float = try expectFloatPattern(bitCount: 32)
            if case .bits(let bits) = float {
                pattern = .value(.f32(UInt32(truncatingIfNeeded: bits)))
            } else {
                pattern = .f32(float)
            }
        case "f64.const":
            let float = try expectFloatPattern(bitCount: 64)
            if case .bits(let bits) = float { pattern = .value(.f64(bits)) } else { pattern = .f64(float) }
        case "v128.const": pattern = try parseVectorPattern()
        case "ref.null":
            pattern = cursor.isAt(.rightParenthesis) ? .null : .value(.null(try parseHeapType()))
        case "ref.extern":
            if let number = try cursor.takeU32() {
                pattern = .value(.externReference(number))
            } else {
                pattern = .anyExternReference
            }
        case "ref.func": pattern = .value(.functionReference)
        case "ref.host":
            guard let number = try cursor.takeU32() else { throw cursor.unexpected() }
            pattern = .value(.hostReference(number))
        case "ref.i31": pattern = .value(.object(.i31))
        case "ref.struct": pattern = .value(.object(.structure))
        case "ref.array": pattern = .value(.object(.array))
        case "ref.any": pattern = .anyObject
        case "ref.eq": pattern = .anyComparable
        default: throw place.unexpected()
        }
        try cursor.expect(.rightParenthesis)
        return pattern
    }

    private mutating func parseHeapType() throws(TextError) -> ValueType {
        guard let word = cursor.text(), let type = HeapType(name: word) else { throw cursor.unexpected() }
        cursor.advance()
        return .reference(to: type)
    }

    private mutating func expectFloatPattern(bitCount: Int) throws(TextError) -> FloatPattern {
        if cursor.take(word: "nan:canonical") { return .canonicalNaN }
        if cursor.take(word: "nan:arithmetic") { return .arithmeticNaN }
        return .bits(try cursor.expectFloat(bitCount: bitCount))
    }

    private mutating func parseVectorPattern() throws(TextError) -> ResultPattern {
        let start = cursor
        let shape = try cursor.expectShape()
        if shape.isFloat {
            var lanes: [FloatPattern] = []
            for _ in 0..<shape.laneCount { lanes.append(try expectFloatPattern(bitCount: shape.laneBitCount)) }
            let hasPattern = lanes.contains { if case .bits = $0 { false } else { true } }
            if hasPattern { return .lanes(lanes, bitCount: shape.laneBitCount) }
        }
        cursor = start
        let bytes = try cursor.expectVector()
        let halves = [bytes.prefix(8), bytes.dropFirst(8)].map { $0.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        return .value(.v128(low: halves[0], high: halves[1]))
    }
}
