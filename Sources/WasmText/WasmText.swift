public import Wasm

/// The text format of WebAssembly.
public enum WasmText {
    /// Turns a text into a module in the binary format, which may still be invalid.
    ///
    /// Identifiers of the module, of functions and of locals go into a name section.
    /// Specification: "Text Format".
    public static func parse(_ text: String) throws(TextError) -> [UInt8] { try parse(Array(text.utf8)) }

    /// Turns a text, which must be UTF-8, into a module in the binary format.
    public static func parse(_ text: [UInt8]) throws(TextError) -> [UInt8] { try assemble(text).bytes }

    /// As ``parse(_:)``, with what it takes to find errors of the module in the text.
    public static func assemble(_ text: [UInt8]) throws(TextError) -> AssembledModule {
        var cursor = try TokenCursor(source: text)
        let assembled: AssembledModule
        if cursor.take(opening: "module") {
            assembled = try module(&cursor)
            try cursor.expect(.rightParenthesis)
        } else {
            assembled = try fields(&cursor)
        }
        guard cursor.isAt(.end) else { throw cursor.unexpected() }
        return assembled
    }

    /// The module after `(module`; its closing parenthesis stays.
    static func module(_ cursor: inout TokenCursor) throws(TextError) -> AssembledModule {
        let keyword = cursor.token(ahead: cursor.isAt(.identifier) ? 1 : 0)
        let bytes = Array(cursor.source[keyword.kind == .word ? keyword.range : 0..<0])
        if bytes == Array("binary".utf8) || bytes == Array("quote".utf8) {
            _ = try cursor.takeIdentifier()
            cursor.advance()
            let content = cursor.takeStrings()
            guard cursor.isAt(.rightParenthesis) else { throw cursor.unexpected() }
            let module = bytes == Array("quote".utf8) ? try quotedModule(content) : content
            return AssembledModule(bytes: module, marks: [], source: cursor.source, start: keyword.offset)
        }
        return try fields(&cursor)
    }

    /// A quoted module is either whole or a sequence of fields; it cannot quote another.
    private static func quotedModule(_ text: [UInt8]) throws(TextError) -> [UInt8] {
        var cursor = try TokenCursor(source: text)
        let isWhole = cursor.take(opening: "module")
        let assembled = try fields(&cursor)
        if isWhole { try cursor.expect(.rightParenthesis) }
        guard cursor.isAt(.end) else { throw cursor.unexpected() }
        return assembled.bytes
    }

    /// An optional identifier and fields, up to a closing parenthesis or the end.
    private static func fields(_ cursor: inout TokenCursor) throws(TextError) -> AssembledModule {
        var parser = ModuleParser(cursor: cursor)
        try parser.parseModuleName()
        try parser.parseFields()
        cursor = parser.cursor
        return parser.module()
    }
}

extension Module {
    /// Parses a text, then decodes and validates the module.
    ///
    /// - Parameter features: what the module may use.
    /// - Throws: ``TextError``, with line and column: also for a module that is not valid.
    public init(text: String, features: Features = .standard) throws(TextError) {
        try self.init(text: Array(text.utf8), features: features)
    }

    /// As ``init(text:features:)-(String,_)``, from UTF-8.
    public init(text: [UInt8], features: Features = .standard) throws(TextError) {
        let assembled = try WasmText.assemble(text)
        do { try self.init(bytes: assembled.bytes, features: features) } catch { throw assembled.located(error) }
    }
}
