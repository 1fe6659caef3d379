/// What a module holds and needs that the decoder refuses: types, sections and instructions that it does not know are
/// noted and passed over. For people who want to know what a module is; nothing is compiled from it.
///
/// Each item is given to the decoder's own readers first, so a feature that they learn is not noted any more.
public struct FeatureSurvey: Sendable {
    /// A feature that the module needs and this engine does not have.
    public struct Need: Sendable {
        /// The feature.
        public let feature: Feature
        /// How many types, sections and instructions need it.
        public internal(set) var placeCount = 0
        /// Those among them with instructions that do.
        public internal(set) var functions: Set<Int> = []
        /// The first of them, in the decoder's words, and where it is.
        public let what: String
        /// Where the module uses it first, in its bytes.
        public let offset: Int
        /// The function in whose body that is; `nil` outside of bodies.
        public let function: Int?
    }

    /// A section of the module.
    public struct Section: Sendable {
        /// The section's name.
        public let name: String
        /// Its content's.
        public let byteCount: Int
    }

    /// An import, or an export without a module's name.
    public struct Item: Sendable {
        /// The first name of an import; `nil` for an export.
        public let module: String?
        /// Its name.
        public let name: String
        /// A kind as the text format calls it: `func`, `table`, `memory`, `global` or `tag`.
        public let kind: String
    }

    /// In the order in which they are found.
    public internal(set) var needs: [Need] = []
    /// The sections in their order.
    public internal(set) var sections: [Section] = []
    /// The imports in their order.
    public internal(set) var imports: [Item] = []
    /// The exports in their order.
    public internal(set) var exports: [Item] = []
    /// What the section `producers` says.
    public internal(set) var producers: [Producer] = []
    /// Parts that could not be read to their end, so that something in them may be missing here.
    public internal(set) var unread: [ModuleError] = []

    var reader: ByteReader
    /// The body that is read.
    var function: Int?
    private var memoryCount = 0

    /// Surveys a module, which need not be valid.
    ///
    /// - Parameter features: what the module may use.
    public init(_ bytes: [UInt8], features: Features = .standard) {
        reader = ByteReader(bytes, 0..<bytes.count, features: features)
        reader.position = min(8, bytes.count)
        while !reader.isAtEnd {
            let fileEnd = reader.end
            do throws(ModuleError) {
                let id = try reader.byte()
                let size = Int(try reader.u32())
                let content = try reader.skip(size)
                (reader.position, reader.end) = (content.lowerBound, content.upperBound)
                try section(id)
                (reader.position, reader.end) = (content.upperBound, fileEnd)
            } catch {
                unread.append(error)
                // After the section; after the module when the section does not fit into it.
                (reader.position, reader.end) = (reader.end, fileEnd)
            }
        }
    }

    private static let names = [
        "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code",
        "data", "data count", "tag",
    ]

    private mutating func section(_ id: UInt8) throws(ModuleError) {
        let start = reader.position
        if id == 0 {
            let name = try reader.name()
            sections.append(Section(name: "custom \(name.quoted)", byteCount: reader.end - start))
            if name == Producer.sectionName {
                producers += Producer.read(reader.bytes, reader.position..<reader.end)
            }
            return
        }
        guard id < Self.names.count else { throw reader.malformed("malformed section id \(id)", at: start) }
        sections.append(Section(name: Self.names[Int(id)], byteCount: reader.end - start))
        switch id {
        case 1: try forEach { survey throws(ModuleError) in try survey.recursiveTypes() }
        case 2: try forEach { survey throws(ModuleError) in try survey.importGroup() }
        case 4: try forEach { survey throws(ModuleError) in try survey.table() }
        case 5: try forEach { survey throws(ModuleError) in try survey.memory() }
        case 6:
            try forEach { survey throws(ModuleError) in
                try survey.globalType()
                try survey.expression()
            }
        case 7: try forEach { survey throws(ModuleError) in try survey.export() }
        case 9: try forEach { survey throws(ModuleError) in try survey.elementSegment() }
        case 10: try code()
        case 11: try forEach { survey throws(ModuleError) in try survey.dataSegment() }
        case 13: note(.exceptions, "section 13", at: start)
        default: break
        }
    }

    private mutating func forEach(_ read: (inout FeatureSurvey) throws(ModuleError) -> Void) throws(ModuleError) {
        for _ in 0..<(try reader.u32()) { try read(&self) }
    }

    private mutating func importGroup() throws(ModuleError) {
        let start = reader.position
        let module = try reader.name()
        let form = reader.peek() == 0 ? reader.peek(ahead: 1) : nil
        guard let form, form == 0x7F || form == 0x7E else {
            let name = try reader.name()
            return imports.append(Item(module: module, name: name, kind: try importKind()))
        }
        note(.compactImports, "a group of imports", at: start)
        reader.position += 2
        let common = form == 0x7E ? try importKind() : nil
        for _ in 0..<(try reader.u32()) {
            let name = try reader.name()
            let kind = if let common { common } else { try importKind() }
            imports.append(Item(module: module, name: name, kind: kind))
        }
    }

    private mutating func importKind() throws(ModuleError) -> String {
        let start = reader.position
        let kind = try reader.byte()
        switch kind {
        case 0: _ = try reader.u32()
        case 1: try tableType()
        case 2: try memory()
        case 3: try globalType()
        case 4:
            note(.exceptions, "an imported tag", at: start)
            _ = try reader.byte()
            _ = try reader.u32()
        default: throw reader.malformed("malformed import kind \(kind)", at: start)
        }
        return Self.kinds[Int(kind)]
    }

    private static let kinds = ["func", "table", "memory", "global", "tag"]

    private mutating func export() throws(ModuleError) {
        let name = try reader.name()
        let start = reader.position
        let kind = try reader.byte()
        guard kind < Self.kinds.count else { throw reader.malformed("malformed export kind \(kind)", at: start) }
        if kind == 4 { note(.exceptions, "an exported tag", at: start) }
        _ = try reader.u32()
        exports.append(Item(module: nil, name: name, kind: Self.kinds[Int(kind)]))
    }

    private mutating func table() throws(ModuleError) {
        let start = reader.position
        guard reader.peek() == 0x40 else { return try tableType() }
        note(.functionReferences, "a table's initial value", at: start)
        _ = try reader.skip(2)
        try tableType()
        try expression()
    }

    private mutating func memory() throws(ModuleError) {
        let start = reader.position
        memoryCount += 1
        if memoryCount == 2 { note(.multiMemory, "a second memory", at: start) }
        if try attempt(notes: false, { reader throws(ModuleError) in _ = try reader.memoryType() }) { return }
        try limits()
    }

    private mutating func elementSegment() throws(ModuleError) {
        let flags = try reader.u32()
        if flags & 1 == 0 {
            if flags & 2 != 0 { _ = try reader.u32() }
            try expression()
        }
        if flags & 3 != 0 {
            if flags & 4 != 0 { try valueType() } else { _ = try reader.byte() }
        }
        for _ in 0..<(try reader.u32()) {
            if flags & 4 != 0 { try expression() } else { _ = try reader.u32() }
        }
    }

    private mutating func dataSegment() throws(ModuleError) {
        let flags = try reader.u32()
        if flags == 2 { _ = try reader.u32() }
        if flags != 1 { try expression() }
        _ = try reader.skip(Int(try reader.u32()))
    }

    private mutating func code() throws(ModuleError) {
        let end = reader.end
        let importedFunctionCount = imports.filter { $0.kind == "func" }.count
        for index in 0..<Int(try reader.u32()) {
            let body = try reader.skip(Int(try reader.u32()))
            (reader.position, reader.end, function) = (body.lowerBound, body.upperBound, importedFunctionCount + index)
            do throws(ModuleError) {
                for _ in 0..<(try reader.u32()) {
                    _ = try reader.u32()
                    try valueType()
                }
                while !reader.isAtEnd { try instruction() }
            } catch {
                unread.append(error.located(inFunction: importedFunctionCount + index))
            }
            (reader.position, reader.end, function) = (body.upperBound, end, nil)
        }
    }

    /// A constant expression with its `end`.
    private mutating func expression() throws(ModuleError) {
        while reader.peek() != 0x0B { try instruction() }
        _ = try reader.byte()
    }
}

extension FeatureSurvey {
    /// Lets the decoder read an item.
    ///
    /// - Parameter notes: nobody else notes which feature is missing.
    /// - Returns: whether it could; else nothing is read.
    /// - Throws: what is wrong without regard to features.
    mutating func attempt(
        notes: Bool = true, _ read: (inout ByteReader) throws(ModuleError) -> Void
    ) throws(ModuleError) -> Bool {
        let start = reader.position
        do throws(ModuleError) {
            try read(&reader)
            return true
        } catch {
            guard error.kind == .unsupported else { throw error }
            // What is only off can be read.
            var open = ByteReader(reader.bytes, start..<reader.end)
            let isRead = (try? read(&open)) != nil
            reader.position = isRead ? open.position : start
            if notes || isRead { note(error) }
            return isRead
        }
    }

    /// Notes a feature that no reader of the decoder refuses by itself.
    mutating func note(_ feature: Feature, _ what: String, at offset: Int) {
        guard !reader.features.contains(feature) || !Features.implemented.contains(feature) else { return }
        note(ModuleError(needs: feature, what, offset: offset))
    }

    private mutating func note(_ error: ModuleError) {
        // A refusal starts with the feature's title; what needs it is in parentheses.
        guard let feature = Feature.allCases.first(where: { error.message.hasPrefix($0.title + ":") }) else {
            return unread.append(error)
        }
        let place = needs.firstIndex { $0.feature == feature } ?? needs.count
        if place == needs.count {
            let what = error.message.drop { $0 != "(" }.dropFirst()
            let end = what.lastIndex(of: ")") ?? what.startIndex
            needs.append(
                Need(feature: feature, what: String(what[..<end]), offset: error.offset, function: function))
        }
        needs[place].placeCount += 1
        if let function { needs[place].functions.insert(function) }
    }
}
