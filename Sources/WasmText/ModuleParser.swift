internal import Wasm

/// Parses the fields of a module and encodes it. Names may be used before the fields that define them, so the fields are
/// read twice: first for their names and types, then for their content. Specification: "Modules" of the text format.
struct ModuleParser {
    var reader: TokenReader
    var types: [FunctionType] = []
    var typeNames: [String: Int] = [:]
    var spaces: [Space: IndexSpace] = [:]
    var moduleName: String?

    // Encoded items by section.
    var imports: [[UInt8]] = []
    var functionTypes: [[UInt8]] = []
    var tables: [[UInt8]] = []
    var memories: [[UInt8]] = []
    var globals: [[UInt8]] = []
    var exports: [[UInt8]] = []
    var start: [UInt8]?
    var elements: [[UInt8]] = []
    var bodies: [[UInt8]] = []
    var data: [[UInt8]] = []
    var namesDataSegments = false
    var localNames: [(function: Int, names: [(index: Int, name: String)])] = []
    private var hasDefinitions = false

    enum Space: Hashable { case function, table, memory, global, element, data }

    /// Names and count of an index space, collected in the first reading; `next` numbers the second.
    struct IndexSpace {
        var names: [String: Int] = [:]
        var count = 0
        var next = 0
    }

    init(_ reader: TokenReader) { self.reader = reader }

    /// Parses `(module ...)`, or fields alone, up to the end of the text.
    mutating func parse() throws(TextError) -> [UInt8] {
        let isWrapped = reader.open("module")
        if isWrapped { moduleName = reader.identifier() }
        let first = reader.position
        try collectNames()
        reader.position = first
        while reader.token.kind == .leftParenthesis { try field() }
        if isWrapped { try reader.expectClose() }
        guard reader.token.kind == .end else { throw reader.unexpected() }
        return encode()
    }

    // MARK: First reading

    private mutating func collectNames() throws(TextError) {
        while reader.token.kind == .leftParenthesis {
            reader.advance()
            let keyword = reader.token.text
            reader.advance()
            switch keyword {
            case "type": try typeField()
            case "import":
                _ = try reader.name()
                _ = try reader.name()
                try reader.expectOpen()
                guard let space = Self.space(reader.token.text) else { throw reader.unexpected() }
                reader.advance()
                try add(space)
                try reader.skipToClose()
            case "rec", "tag":
                throw reader.fail("unexpected token: \(keyword) needs garbage collection or exception handling, which are not supported", at: reader.position - 1)
            default:
                guard let space = Self.space(keyword) else { break }
                try add(space)
                try collectInlineSegment(space)
            }
            try reader.skipToClose()
        }
    }

    /// `(table funcref (elem ...))` and `(memory (data ...))` define a segment too.
    private mutating func collectInlineSegment(_ space: Space) throws(TextError) {
        guard space == .table || space == .memory else { return }
        var place = reader
        while place.open("export") || place.open("import") { try place.skipToClose() }
        if space == .table, place.valueType() != nil { spaces[.element, default: .init()].count += 1 }
        if space == .memory, place.isAtOpen("data") { spaces[.data, default: .init()].count += 1 }
    }

    private static func space(_ keyword: String) -> Space? {
        switch keyword {
        case "func": .function
        case "table": .table
        case "memory": .memory
        case "global": .global
        case "elem": .element
        case "data": .data
        default: nil
        }
    }

    private mutating func add(_ space: Space) throws(TextError) {
        let place = reader.position
        if let name = reader.identifier() {
            guard spaces[space, default: .init()].names.updateValue(spaces[space, default: .init()].count, forKey: name) == nil
            else { throw reader.fail("duplicate \(space) \(name)", at: place) }
        }
        spaces[space, default: .init()].count += 1
    }

    private mutating func typeField() throws(TextError) {
        let place = reader.position
        if let name = reader.identifier(), typeNames.updateValue(types.count, forKey: name) != nil {
            throw reader.fail("duplicate type \(name)", at: place)
        }
        try reader.expectOpen()
        guard reader.isAt("func") else { throw reader.fail("unexpected token: only function types are supported") }
        reader.advance()
        types.append(try reader.functionType().type)
        try reader.expectClose()
    }

    // MARK: Second reading

    private mutating func next(_ space: Space) -> Int {
        defer { spaces[space, default: .init()].next += 1 }
        return spaces[space, default: .init()].next
    }

    private mutating func field() throws(TextError) {
        let place = reader.position
        reader.advance()
        let keyword = reader.token.text
        reader.advance()
        switch keyword {
        case "type": try reader.skipToClose()
            return
        case "import": try importField(place)
        case "func": try functionField()
        case "table": try tableField()
        case "memory": try memoryField()
        case "global": try globalField()
        case "export":
            let name = try reader.name()
            try reader.expectOpen()
            guard let space = Self.space(reader.token.text), let kind = Self.exportKind(space) else { throw reader.unexpected() }
            reader.advance()
            export(name, kind, try index(space))
            try reader.expectClose()
        case "start":
            guard start == nil else { throw reader.fail("multiple start sections", at: place) }
            var bytes: [UInt8] = []
            bytes.u32(try index(.function))
            start = bytes
        case "elem": try elementField()
        case "data": try dataField()
        default: throw reader.fail("unexpected token: \(keyword)", at: place + 1)
        }
        try reader.expectClose()
    }

    static func exportKind(_ space: Space) -> UInt8? {
        switch space {
        case .function: 0
        case .table: 1
        case .memory: 2
        case .global: 3
        case .element, .data: nil
        }
    }

    private mutating func export(_ name: [UInt8], _ kind: UInt8, _ index: Int) {
        var bytes: [UInt8] = []
        bytes.name(name)
        bytes.append(kind)
        bytes.u32(index)
        exports.append(bytes)
    }

    /// `(export "name")*` in a definition.
    private mutating func inlineExports(_ kind: UInt8, _ index: Int) throws(TextError) {
        while reader.open("export") {
            export(try reader.name(), kind, index)
            try reader.expectClose()
        }
    }

    /// `(import "module" "name")` in a definition.
    private mutating func inlineImport(_ place: Int) throws(TextError) -> [UInt8]? {
        guard reader.open("import") else { return nil }
        var bytes: [UInt8] = []
        bytes.name(try reader.name())
        bytes.name(try reader.name())
        try reader.expectClose()
        try requireNoDefinitions(place)
        return bytes
    }

    private func requireNoDefinitions(_ place: Int) throws(TextError) {
        if hasDefinitions { throw reader.fail("import after function, table, memory or global definition", at: place) }
    }

    private mutating func importField(_ place: Int) throws(TextError) {
        try requireNoDefinitions(place)
        var bytes: [UInt8] = []
        bytes.name(try reader.name())
        bytes.name(try reader.name())
        try reader.expectOpen()
        let keyword = reader.token.text
        reader.advance()
        _ = reader.identifier()
        switch keyword {
        case "func":
            _ = next(.function)
            bytes.append(0)
            bytes.u32(try typeUse().index)
        case "table":
            _ = next(.table)
            bytes.append(1)
            table(try reader.tableType(), into: &bytes)
        case "memory":
            _ = next(.memory)
            bytes.append(2)
            bytes.limits(try reader.limits(maximum: .max))
        case "global":
            _ = next(.global)
            bytes.append(3)
            global(try reader.globalType(), into: &bytes)
        default: throw reader.unexpected()
        }
        try reader.expectClose()
        imports.append(bytes)
    }

    private func table(_ type: TableType, into bytes: inout [UInt8]) {
        bytes.append(type.element.code)
        bytes.limits(type.elements)
    }

    private func global(_ type: GlobalType, into bytes: inout [UInt8]) {
        bytes.append(type.value.code)
        bytes.append(type.isMutable ? 1 : 0)
    }

    private mutating func functionField() throws(TextError) {
        let place = reader.position
        _ = reader.identifier()
        let index = next(.function)
        try inlineExports(0, index)
        if var bytes = try inlineImport(place) {
            bytes.append(0)
            bytes.u32(try typeUse().index)
            imports.append(bytes)
            return
        }
        hasDefinitions = true
        let use = try typeUse()
        var typeIndex: [UInt8] = []
        typeIndex.u32(use.index)
        functionTypes.append(typeIndex)
        bodies.append(try body(function: index, use))
    }

    private mutating func tableField() throws(TextError) {
        let place = reader.position
        _ = reader.identifier()
        let index = next(.table)
        try inlineExports(1, index)
        if var bytes = try inlineImport(place) {
            bytes.append(1)
            table(try reader.tableType(), into: &bytes)
            imports.append(bytes)
            return
        }
        hasDefinitions = true
        var bytes: [UInt8] = []
        if reader.valueType() != nil {
            let element = try reader.referenceType()
            guard reader.open("elem") else { throw reader.unexpected() }
            let (items, count, usesExpressions) = try elementItems()
            try reader.expectClose()
            _ = next(.element)
            segment(table: index, offset: [0x41, 0x00, 0x0B], element, items, count, usesExpressions)
            table(TableType(element: element, elements: Limits(minimum: UInt64(count), maximum: UInt64(count))), into: &bytes)
        } else {
            table(try reader.tableType(), into: &bytes)
            if reader.token.kind == .leftParenthesis { throw reader.fail("unexpected token: table initializers are not supported") }
        }
        tables.append(bytes)
    }

    private mutating func memoryField() throws(TextError) {
        let place = reader.position
        _ = reader.identifier()
        let index = next(.memory)
        try inlineExports(2, index)
        if var bytes = try inlineImport(place) {
            bytes.append(2)
            bytes.limits(try reader.limits(maximum: .max))
            imports.append(bytes)
            return
        }
        hasDefinitions = true
        var bytes: [UInt8] = []
        if reader.open("data") {
            var content: [UInt8] = []
            while reader.token.kind == .string { content += try reader.string() }
            try reader.expectClose()
            let pages = UInt64((content.count + 65_535) / 65_536)
            bytes.limits(Limits(minimum: pages, maximum: pages))
            _ = next(.data)
            var segment: [UInt8] = index == 0 ? [0] : [2]
            if index != 0 { segment.u32(index) }
            segment += [0x41, 0x00, 0x0B]
            segment.name(content)
            data.append(segment)
        } else {
            bytes.limits(try reader.limits(maximum: .max))
        }
        memories.append(bytes)
    }

    private mutating func globalField() throws(TextError) {
        let place = reader.position
        _ = reader.identifier()
        let index = next(.global)
        try inlineExports(3, index)
        if var bytes = try inlineImport(place) {
            bytes.append(3)
            global(try reader.globalType(), into: &bytes)
            imports.append(bytes)
            return
        }
        hasDefinitions = true
        var bytes: [UInt8] = []
        global(try reader.globalType(), into: &bytes)
        bytes += try expression()
        globals.append(bytes)
    }

    // MARK: Segments

    /// `func $f ...`, `funcref (item ...) ...` or indices alone.
    private mutating func elementItems() throws(TextError) -> (bytes: [UInt8], count: Int, usesExpressions: Bool) {
        var bytes: [UInt8] = []
        var count = 0
        guard reader.token.kind == .leftParenthesis else {
            while reader.token.kind != .rightParenthesis {
                bytes.u32(try index(.function))
                count += 1
            }
            return (bytes, count, false)
        }
        while reader.token.kind == .leftParenthesis {
            if reader.open("item") {
                bytes += try expression()
                try reader.expectClose()
            } else {
                bytes += try foldedExpression()
            }
            count += 1
        }
        return (bytes, count, true)
    }

    private mutating func elementField() throws(TextError) {
        _ = reader.identifier()
        _ = next(.element)
        if reader.isAt("declare") {
            reader.advance()
            let (type, items, count, usesExpressions) = try elementList()
            segment(flags: 3, type, items, count, usesExpressions)
            return
        }
        var table = 0
        if reader.open("table") {
            table = try index(.table)
            try reader.expectClose()
        } else if reader.token.kind == .reserved || (reader.token.kind == .identifier && spaces[.table]?.names[reader.token.text] != nil) {
            table = try index(.table)  // the older form (elem $t (offset) ...)
        }
        guard reader.token.kind == .leftParenthesis else {
            let (type, items, count, usesExpressions) = try elementList()
            segment(flags: 1, type, items, count, usesExpressions)
            return
        }
        let offset = try offsetExpression()
        let (type, items, count, usesExpressions) = try elementList()
        segment(table: table, offset: offset, type, items, count, usesExpressions)
    }

    private mutating func elementList() throws(TextError) -> (ValueType, [UInt8], Int, Bool) {
        if let type = reader.valueType(), type.isReference {
            reader.advance()
            if reader.token.kind == .rightParenthesis { return (type, [], 0, true) }
            let (items, count, usesExpressions) = try elementItems()
            return (type, items, count, usesExpressions)
        }
        if reader.isAt("func") { reader.advance() }
        let (items, count, usesExpressions) = try elementItems()
        return (.funcref, items, count, usesExpressions)
    }

    private mutating func segment(flags: UInt8, _ type: ValueType, _ items: [UInt8], _ count: Int, _ usesExpressions: Bool) {
        var bytes: [UInt8] = [usesExpressions ? flags | 4 : flags, usesExpressions ? type.code : 0]
        bytes.u32(count)
        elements.append(bytes + items)
    }

    private mutating func segment(
        table: Int, offset: [UInt8], _ type: ValueType, _ items: [UInt8], _ count: Int, _ usesExpressions: Bool
    ) {
        let isPlain = table == 0 && type == .funcref
        var bytes: [UInt8] = [(isPlain ? 0 : 2) | (usesExpressions ? 4 : 0)]
        if !isPlain { bytes.u32(table) }
        bytes += offset
        if !isPlain { bytes.append(usesExpressions ? type.code : 0) }
        bytes.u32(count)
        elements.append(bytes + items)
    }

    private mutating func dataField() throws(TextError) {
        _ = reader.identifier()
        _ = next(.data)
        var bytes: [UInt8] = [1]
        var memory = 0
        if reader.open("memory") {
            memory = try index(.memory)
            try reader.expectClose()
        } else if reader.token.kind == .reserved || reader.token.kind == .identifier {
            memory = try index(.memory)
        }
        if reader.token.kind == .leftParenthesis {
            bytes = memory == 0 ? [0] : [2]
            if memory != 0 { bytes.u32(memory) }
            bytes += try offsetExpression()
        }
        var content: [UInt8] = []
        while reader.token.kind == .string { content += try reader.string() }
        bytes.name(content)
        data.append(bytes)
    }

    /// `(offset instr*)` or one folded instruction.
    private mutating func offsetExpression() throws(TextError) -> [UInt8] {
        guard reader.open("offset") else { return try foldedExpression() }
        let bytes = try expression()
        try reader.expectClose()
        return bytes
    }

    // MARK: Uses

    mutating func index(_ space: Space) throws(TextError) -> Int {
        let place = reader.position
        if let name = reader.identifier() {
            guard let index = spaces[space]?.names[name] else { throw reader.fail("unknown \(space) \(name)", at: place) }
            return index
        }
        return Int(try reader.unsigned())
    }

    /// `(type $t)? (param ...)* (result ...)*`; without a type, the first equal one, else a new one at the end.
    mutating func typeUse() throws(TextError) -> (index: Int, names: [String?], parameterCount: Int) {
        let place = reader.position
        guard reader.open("type") else {
            let (type, names) = try reader.functionType()
            if let index = types.firstIndex(of: type) { return (index, names, type.parameters.count) }
            types.append(type)
            return (types.count - 1, names, type.parameters.count)
        }
        let index = try typeIndex()
        try reader.expectClose()
        let hasInline = reader.isAtOpen("param") || reader.isAtOpen("result")
        let (inline, names) = try reader.functionType()
        guard index < types.count else {
            if hasInline { throw reader.fail("unknown type \(index)", at: place) }
            return (index, names, 0)
        }
        if hasInline, inline != types[index] { throw reader.fail("inline function type differs from type \(index)", at: place) }
        return (index, names, types[index].parameters.count)
    }

    mutating func typeIndex() throws(TextError) -> Int {
        let place = reader.position
        guard let name = reader.identifier() else { return Int(try reader.unsigned()) }
        guard let index = typeNames[name] else { throw reader.fail("unknown type \(name)", at: place) }
        return index
    }
}
