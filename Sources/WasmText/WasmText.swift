public import Wasm

/// The text format of WebAssembly.
public enum WasmText {
    /// Turns a text into a module in the binary format, which may still be invalid.
    ///
    /// Identifiers of the module, of functions and of locals go into a name section.
    /// Specification: "Text Format".
    public static func parse(_ text: String) throws(TextError) -> [UInt8] { try parse(Array(text.utf8)) }

    /// Turns a text, which must be UTF-8, into a module in the binary format.
    public static func parse(_ text: [UInt8]) throws(TextError) -> [UInt8] {
        var cursor = try TokenCursor(source: text)
        let bytes: [UInt8]
        if cursor.take(opening: "module") {
            bytes = try moduleBytes(&cursor)
            try cursor.expect(.rightParenthesis)
        } else {
            bytes = try fields(&cursor)
        }
        guard cursor.isAt(.end) else { throw cursor.unexpected() }
        return bytes
    }

    /// The module behind `(module`; its closing parenthesis stays.
    static func moduleBytes(_ cursor: inout TokenCursor) throws(TextError) -> [UInt8] {
        let keyword = cursor.token(ahead: cursor.isAt(.identifier) ? 1 : 0)
        let bytes = Array(cursor.source[keyword.kind == .word ? keyword.range : 0..<0])
        if bytes == Array("binary".utf8) || bytes == Array("quote".utf8) {
            _ = try cursor.takeIdentifier()
            cursor.advance()
            let content = cursor.takeStrings()
            guard cursor.isAt(.rightParenthesis) else { throw cursor.unexpected() }
            return bytes == Array("quote".utf8) ? try quotedModule(content) : content
        }
        return try fields(&cursor)
    }

    /// A quoted module is either whole or a sequence of fields; it cannot quote another.
    private static func quotedModule(_ text: [UInt8]) throws(TextError) -> [UInt8] {
        var cursor = try TokenCursor(source: text)
        let isWhole = cursor.take(opening: "module")
        let bytes = try fields(&cursor)
        if isWhole { try cursor.expect(.rightParenthesis) }
        guard cursor.isAt(.end) else { throw cursor.unexpected() }
        return bytes
    }

    /// An optional identifier and fields, up to a closing parenthesis or the end.
    private static func fields(_ cursor: inout TokenCursor) throws(TextError) -> [UInt8] {
        var parser = ModuleParser(cursor: cursor)
        try parser.parseModuleName()
        try parser.parseFields()
        cursor = parser.cursor
        return parser.bytes()
    }
}

extension Module {
    /// Parses a text, then decodes and validates the module.
    ///
    /// Throws a ``TextError`` for the text and a `ModuleError` for the module.
    public init(text: String) throws { try self.init(bytes: WasmText.parse(text)) }
}
