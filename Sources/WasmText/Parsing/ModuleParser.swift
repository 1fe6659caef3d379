import Wasm

/// Turns the fields of a module into its sections. Identifiers may be used before they are defined, so the fields are
/// visited twice: first for what they define, then for what they contain. Specification: "Text Format", "Modules".
struct ModuleParser {
    var cursor: TokenCursor

    var functionIDs = IndexSpace("func")
    var tableIDs = IndexSpace("table")
    var memoryIDs = IndexSpace("memory")
    var globalIDs = IndexSpace("global")
    var elementIDs = IndexSpace("elem")
    var dataIDs = IndexSpace("data")
    var typeIDs = IndexSpace("type")

    var types: [FunctionType] = []
    /// The first index of each type.
    var typeIndices: [FunctionType: UInt32] = [:]
    var sections = SectionWriters()
    var names = NameSectionWriter()

    /// Where the fields start: the parenthesis, or the annotation.
    private var fields: [Int] = []
    /// The first definition that no import may follow.
    private var firstDefinition: String?
    var nextFunction: UInt32 = 0
    var nextTable: UInt32 = 0
    var nextMemory: UInt32 = 0
    var nextGlobal: UInt32 = 0

    // The function whose instructions are being read.
    var localIDs = IndexSpace("local")
    var labels = LabelStack()
    var code = ByteWriter()

    init(cursor: TokenCursor) { self.cursor = cursor }

    /// Reads fields up to a closing parenthesis or the end, which is left for the caller.
    mutating func parseFields() throws(TextError) {
        while !cursor.isAt(.rightParenthesis), !cursor.isAt(.end) {
            fields.append(cursor.index)
            try scanField()
        }
        let end = cursor.index
        for field in fields {
            cursor.index = field
            try parseField()
        }
        cursor.index = end
    }

    /// The module's bytes, after ``parseFields()``.
    func bytes() -> [UInt8] { sections.moduleBytes(types: types, nameSection: names.content) }

    // MARK: First visit: definitions

    private mutating func scanField() throws(TextError) {
        if cursor.take(.annotation) != nil { return try cursor.skipToClosing() }
        try cursor.expect(.leftParenthesis)
        let keyword = cursor.token()
        guard keyword.kind == .word, let word = cursor.text() else {
            throw cursor.isAt(.leftParenthesis) || cursor.isAt(.end)
                ? cursor.unexpected() : cursor.error("unknown operator")
        }
        cursor.advance()
        switch word {
        case "type": return try parseType()
        case "import":
            try checkImportOrder(keyword)
            _ = try cursor.expectName()
            _ = try cursor.expectName()
            try cursor.expect(.leftParenthesis)
            let kind = cursor.text() ?? ""
            guard ["func", "table", "memory", "global"].contains(kind) else { throw cursor.unexpected() }
            cursor.advance()
            try define(kind)
            try cursor.skipToClosing()
        case "func", "table", "memory", "global":
            try define(word)
            try scanInlineParts(of: word, keyword)
        case "elem", "data": try define(word)
        case "export", "start": break
        default:
            cursor.advance(by: -1)
            throw cursor.unexpected()
        }
        try cursor.skipToClosing()
    }

    /// Inline exports and imports, and the segments inside tables and memories.
    private mutating func scanInlineParts(of kind: String, _ keyword: Token) throws(TextError) {
        if cursor.isAt(.annotation) {
            cursor.advance()
            try cursor.skipToClosing()
        }
        while cursor.take(opening: "export") { try cursor.skipToClosing() }
        if cursor.isAt(opening: "import") { return try checkImportOrder(keyword) }
        let definitions = ["func": "function", "table": "table", "memory": "memory", "global": "global"]
        firstDefinition = firstDefinition ?? definitions[kind]
        if kind == "table", isAtReferenceType() { _ = elementIDs.define(nil) }
        if kind == "memory", cursor.isAt(opening: "data") { _ = dataIDs.define(nil) }
    }

    private func checkImportOrder(_ keyword: Token) throws(TextError) {
        if let firstDefinition { throw cursor.error("import after \(firstDefinition)", at: keyword) }
    }

    private mutating func define(_ kind: String) throws(TextError) {
        let place = cursor.token()
        let identifier = try cursor.takeIdentifier()
        let isNew =
            switch kind {
            case "func": functionIDs.define(identifier)
            case "table": tableIDs.define(identifier)
            case "memory": memoryIDs.define(identifier)
            case "global": globalIDs.define(identifier)
            case "elem": elementIDs.define(identifier)
            default: dataIDs.define(identifier)
            }
        if !isNew { throw cursor.error("duplicate \(kind) \(Self.describe(identifier))", at: place) }
    }

    static func describe(_ identifier: [UInt8]?) -> String {
        "$" + String(decoding: (identifier ?? []).prefix(100), as: UTF8.self)
    }

    // MARK: Second visit: contents

    private mutating func parseField() throws(TextError) {
        if cursor.take(.annotation) != nil { return try parseCustomSection() }
        try cursor.expect(.leftParenthesis)
        let word = cursor.text() ?? ""
        cursor.advance()
        switch word {
        case "type": return
        case "import": try parseImport()
        case "func": try parseFunction()
        case "table": try parseTable()
        case "memory": try parseMemory()
        case "global": try parseGlobal()
        case "export": try parseExport()
        case "start":
            let function = try expectIndex(functionIDs)
            guard sections.start == nil else { throw cursor.error("multiple start sections") }
            sections.start = function
        case "elem": try parseElementSegment()
        default: try parseDataSegment()
        }
        try cursor.expect(.rightParenthesis)
    }

    // MARK: Indices

    mutating func takeIndex(_ space: IndexSpace) throws(TextError) -> UInt32? {
        let place = cursor.token()
        guard let identifier = try cursor.takeIdentifier() else { return try cursor.takeU32() }
        guard let index = space.index(of: identifier) else {
            throw cursor.error("unknown \(space.name) \(Self.describe(identifier))", at: place)
        }
        return index
    }

    mutating func expectIndex(_ space: IndexSpace) throws(TextError) -> UInt32 {
        guard let index = try takeIndex(space) else { throw cursor.unexpected() }
        return index
    }
}
