import Wasm

/// Turns the fields of a module into its sections. Identifiers may be used before they are defined, so the fields are
/// visited twice: first for what they define, then for what they contain. Specification: "Text Format", "Modules".
struct ModuleParser {
    var cursor: TokenCursor

    var functionIDs = IndexSpace("func")
    var tableIDs = IndexSpace("table")
    var memoryIDs = IndexSpace("memory")
    var globalIDs = IndexSpace("global")
    var tagIDs = IndexSpace("tag")
    var elementIDs = IndexSpace("elem")
    var dataIDs = IndexSpace("data")
    var typeIDs = IndexSpace("type")

    var types: [DefinedType] = []
    /// The fields' identifiers, by the index of the struct type.
    var fieldIDs: [Int: IndexSpace] = [:]
    /// The first index of each function type that a type use may stand for.
    var typeIndices: [FunctionType: UInt32] = [:]
    /// A type use names a type that is not there yet: one written out further on may add it.
    var namesLaterType = false
    /// The types that are written out are all among `types`.
    var knowsAllTypes = false
    var sections = SectionWriters()
    var names = NameSectionWriter()

    /// The imports of the group that is being read, with their kinds and types; `nil` outside of one.
    var importGroup: [(name: [UInt8], type: ByteWriter)]?

    /// Where the fields start: the parenthesis, or the annotation.
    private var fields: [Int] = []
    /// The place in the text of the field that is being read.
    var field = 0
    /// The first definition that no import may follow.
    private var firstDefinition: String?
    var nextFunction: UInt32 = 0
    var nextTable: UInt32 = 0
    var nextMemory: UInt32 = 0
    var nextGlobal: UInt32 = 0
    var nextTag: UInt32 = 0

    // The function whose instructions are being read.
    var localIDs = IndexSpace("local")
    var labels = LabelStack()
    /// What an annotation said of the conditional branch that follows it.
    var branchHint: UInt8?
    var code = ByteWriter()

    init(cursor: TokenCursor) { self.cursor = cursor }

    /// Reads fields up to a closing parenthesis or the end, which is left for the caller.
    mutating func parseFields() throws(TextError) {
        try defineTypeIdentifiers()
        while !cursor.isAt(.rightParenthesis), !cursor.isAt(.end) {
            fields.append(cursor.index)
            field = cursor.token().offset
            try scanField()
        }
        let end = cursor.index
        let scanned = self
        try parseContents()
        if namesLaterType {
            let (types, typeIndices, typeGroups) = (types, typeIndices, sections.typeGroups)
            self = scanned
            (self.types, self.typeIndices, knowsAllTypes) = (types, typeIndices, true)
            sections.typeGroups = typeGroups
            try parseContents()
        }
        cursor.index = end
    }

    private mutating func parseContents() throws(TextError) {
        for start in fields {
            cursor.index = start
            field = cursor.token().offset
            try parseField()
        }
    }

    /// The module, after ``parseFields()``.
    func module() -> AssembledModule {
        let module = sections.module(types: types, nameSection: names.content)
        return AssembledModule(bytes: module.bytes, marks: module.marks, source: cursor.source)
    }

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
        case "rec": return try parseRecursiveGroup()
        case "import":
            try checkImportOrder(keyword)
            _ = try cursor.expectName()
            if cursor.isAt(opening: "item") {
                try scanImportItems()
            } else {
                _ = try cursor.expectName()
                try scanImportedDefinition()
            }
        case "func", "table", "memory", "global", "tag":
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

    private mutating func scanImportedDefinition() throws(TextError) {
        try cursor.expect(.leftParenthesis)
        let kind = cursor.text() ?? ""
        guard ["func", "table", "memory", "global", "tag"].contains(kind) else { throw cursor.unexpected() }
        cursor.advance()
        try define(kind)
        try cursor.skipToClosing()
    }

    /// Each item says what it is, or one definition after them all does.
    private mutating func scanImportItems() throws(TextError) {
        var count = 0
        while cursor.take(opening: "item") {
            _ = try cursor.expectName()
            if cursor.isAt(.leftParenthesis) { try scanImportedDefinition() } else { count += 1 }
            try cursor.expect(.rightParenthesis)
        }
        let type = cursor.index
        for _ in 0..<count {
            cursor.index = type
            try scanImportedDefinition()
        }
    }

    /// Inline exports and imports, and the segments inside tables and memories.
    private mutating func scanInlineParts(of kind: String, _ keyword: Token) throws(TextError) {
        while cursor.take(opening: "export") { try cursor.skipToClosing() }
        if cursor.isAt(opening: "import") { return try checkImportOrder(keyword) }
        let definitions = [
            "func": "function", "table": "table", "memory": "memory", "global": "global", "tag": "tag",
        ]
        firstDefinition = firstDefinition ?? definitions[kind]
        if kind == "table" || kind == "memory" { _ = takeIs64Bit() }
        if kind == "table", isAtReferenceType() { _ = elementIDs.define(nil) }
        if kind == "memory", cursor.isAt(opening: "data") { _ = dataIDs.define(nil) }
    }

    private func checkImportOrder(_ keyword: Token) throws(TextError) {
        if let firstDefinition { throw cursor.error("import after \(firstDefinition)", at: keyword) }
    }

    private mutating func define(_ kind: String) throws(TextError) {
        let place = cursor.token()
        let identifier = try takeBinding().identifier
        let isNew =
            switch kind {
            case "func": functionIDs.define(identifier)
            case "table": tableIDs.define(identifier)
            case "memory": memoryIDs.define(identifier)
            case "global": globalIDs.define(identifier)
            case "tag": tagIDs.define(identifier)
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
        case "type", "rec": return
        case "import": try parseImport()
        case "func": try parseFunction()
        case "table": try parseTable()
        case "memory": try parseMemory()
        case "global": try parseGlobal()
        case "tag": try parseTag()
        case "export": try parseExport()
        case "start":
            let function = try expectIndex(functionIDs)
            guard sections.start == nil else { throw cursor.error("multiple start sections") }
            sections.start = (function, field)
        case "elem": try parseElementSegment()
        default: try parseDataSegment()
        }
        try cursor.expect(.rightParenthesis)
    }

    // MARK: Names and indices

    /// What binds a name in the text: an identifier, and an annotation for the name section, which otherwise has the
    /// identifier.
    struct Binding {
        var identifier: [UInt8]?
        var annotation: [UInt8]?
        var name: [UInt8]? { annotation ?? identifier }
        var isPresent: Bool { name != nil }
    }

    /// `$id`, `(@name "...")`, both or neither. Specification appendix: "Name Annotations".
    mutating func takeBinding() throws(TextError) -> Binding {
        var binding = Binding(identifier: try cursor.takeIdentifier())
        guard cursor.isAt(.annotation), cursor.source[cursor.token().range].elementsEqual("(@name".utf8) else {
            return binding
        }
        cursor.advance()
        binding.annotation = try cursor.expectName()
        try cursor.expect(.rightParenthesis)
        return binding
    }

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
