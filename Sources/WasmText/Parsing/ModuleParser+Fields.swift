import Wasm

/// Imports, functions, tables, memories, globals, exports. Specification: "Modules".
extension ModuleParser {
    /// The identifier was read by the first visit.
    private mutating func skipIdentifier() throws(TextError) { _ = try cursor.takeIdentifier() }

    mutating func parseImport() throws(TextError) {
        let module = try cursor.expectName()
        let name = try cursor.expectName()
        try cursor.expect(.leftParenthesis)
        let kind = cursor.text() ?? ""
        cursor.advance()
        let identifier = try cursor.takeIdentifier()
        switch kind {
        case "func": try parseFunctionImport(module, name, identifier)
        case "table": try parseTableImport(module, name)
        case "memory": try parseMemoryImport(module, name)
        default: try parseGlobalImport(module, name)
        }
        try cursor.expect(.rightParenthesis)
    }

    private mutating func parseFunctionImport(
        _ module: [UInt8], _ name: [UInt8], _ identifier: [UInt8]?
    ) throws(TextError) {
        names.define(function: nextFunction, try parseNameAnnotation() ?? identifier)
        let use = try parseTypeUse(allowsNames: true)
        var locals = IndexSpace("local")
        for parameter in use.parameterIdentifiers where !locals.define(parameter) {
            throw cursor.error("duplicate local \(Self.describe(parameter))")
        }
        names.define(locals: use.parameterIdentifiers, of: nextFunction)
        nextFunction += 1
        addImport(module, name, .function) { $0.u32(use.typeIndex) }
    }

    private mutating func parseTableImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseTableType()
        nextTable += 1
        addImport(module, name, .table) { $0.tableType(type) }
    }

    private mutating func parseMemoryImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let limits = try parseLimits()
        nextMemory += 1
        addImport(module, name, .memory) { $0.limits(limits) }
    }

    private mutating func parseGlobalImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseGlobalType()
        nextGlobal += 1
        addImport(module, name, .global) { $0.globalType(type) }
    }

    private mutating func addImport(
        _ module: [UInt8], _ name: [UInt8], _ kind: ExternalKind, _ type: (inout ByteWriter) -> Void
    ) {
        sections.imports.append { writer in
            writer.sized(module)
            writer.sized(name)
            writer.byte(kind.rawValue)
            type(&writer)
        }
    }

    // MARK: Definitions

    /// `(export "name")*`, each exporting the entity being defined.
    private mutating func parseInlineExports(_ kind: ExternalKind, _ index: UInt32) throws(TextError) {
        while cursor.take(opening: "export") {
            try addExport(kind, index)
            try cursor.expect(.rightParenthesis)
        }
    }

    private mutating func addExport(_ kind: ExternalKind, _ index: UInt32, named name: [UInt8]) {
        sections.exports.append { writer in
            writer.sized(name)
            writer.byte(kind.rawValue)
            writer.u32(index)
        }
    }

    private mutating func addExport(_ kind: ExternalKind, _ index: UInt32) throws(TextError) {
        addExport(kind, index, named: try cursor.expectName())
    }

    /// `(import "module" "name")`, if it stands here.
    private mutating func parseInlineImport() throws(TextError) -> (module: [UInt8], name: [UInt8])? {
        guard cursor.take(opening: "import") else { return nil }
        let module = try cursor.expectName()
        let name = try cursor.expectName()
        try cursor.expect(.rightParenthesis)
        return (module, name)
    }

    /// `(@name "...")`, the name that the name section gives instead of the identifier.
    private mutating func parseNameAnnotation() throws(TextError) -> [UInt8]? {
        guard cursor.isAt(.annotation), cursor.source[cursor.token().range].elementsEqual("(@name".utf8) else {
            return nil
        }
        cursor.advance()
        let name = try cursor.expectName()
        try cursor.expect(.rightParenthesis)
        return name
    }

    mutating func parseModuleName() throws(TextError) {
        let identifier = try cursor.takeIdentifier()
        names.module = try parseNameAnnotation() ?? identifier
    }

    mutating func parseFunction() throws(TextError) {
        let index = nextFunction
        let identifier = try cursor.takeIdentifier()
        let name = try parseNameAnnotation() ?? identifier
        try parseInlineExports(.function, index)
        if let (module, field) = try parseInlineImport() { return try parseFunctionImport(module, field, name) }
        nextFunction += 1
        names.define(function: index, name)

        let use = try parseTypeUse(allowsNames: true)
        localIDs = IndexSpace("local")
        let parameterCount =
            types.indices.contains(Int(use.typeIndex)) ? types[Int(use.typeIndex)].parameters.count : 0
        var identifiers = use.parameterIdentifiers
        identifiers += Array(repeating: nil, count: max(0, parameterCount - identifiers.count))
        for parameter in identifiers { try defineLocal(parameter) }
        var locals: [(type: ValueType, count: UInt32)] = []
        while cursor.take(opening: "local") {
            let identifier = try cursor.takeIdentifier()
            var isFirst = true
            while identifier == nil || isFirst, let type = takeValueType() {
                try defineLocal(isFirst ? identifier : nil)
                identifiers.append(isFirst ? identifier : nil)
                isFirst = false
                if locals.last?.type == type { locals[locals.count - 1].count += 1 } else { locals.append((type, 1)) }
            }
            if identifier != nil, isFirst { throw cursor.unexpected() }
            try cursor.expect(.rightParenthesis)
        }
        names.define(locals: identifiers, of: index)

        code = ByteWriter()
        code.unsigned(UInt64(locals.count))
        for local in locals {
            code.u32(local.count)
            code.byte(local.type.code)
        }
        try parseInstructions()
        code.opcode(.end)
        sections.functions.append { $0.u32(use.typeIndex) }
        let body = code.bytes
        sections.bodies.append { $0.sized(body) }
    }

    private mutating func defineLocal(_ identifier: [UInt8]?) throws(TextError) {
        guard localIDs.define(identifier) else {
            throw cursor.error("duplicate local \(Self.describe(identifier))")
        }
    }

    mutating func parseTable() throws(TextError) {
        let index = nextTable
        try skipIdentifier()
        try parseInlineExports(.table, index)
        if let (module, field) = try parseInlineImport() { return try parseTableImport(module, field) }
        nextTable += 1
        let type: TableType
        if isAtReferenceType() {
            let element = try expectReferenceType()
            try cursor.expect(opening: "elem")
            let items = try parseElementItems(of: element)
            try cursor.expect(.rightParenthesis)
            let count = UInt64(items.count)
            type = TableType(element: element, elements: Limits(minimum: count, maximum: count))
            let offset = constant { writer in
                writer.opcode(.i32Const)
                writer.signed(0)
            }
            addElementSegment(.active(table: index, offset: offset), items, type: element)
        } else {
            type = try parseTableType()
            if cursor.isAt(.leftParenthesis) { throw cursor.unsupported(LaterFeature.typedReferences) }
        }
        sections.tables.append { $0.tableType(type) }
    }

    mutating func parseMemory() throws(TextError) {
        let index = nextMemory
        try skipIdentifier()
        try parseInlineExports(.memory, index)
        if let (module, field) = try parseInlineImport() { return try parseMemoryImport(module, field) }
        nextMemory += 1
        if cursor.isAt(word: "i64"), cursor.token(ahead: 1).kind == .leftParenthesis {
            throw cursor.unsupported(LaterFeature.memory64)
        }
        var limits: Limits
        if cursor.take(opening: "data") {
            let bytes = cursor.takeStrings()
            try cursor.expect(.rightParenthesis)
            let pages = (UInt64(bytes.count) + UInt64(MemoryType.pageByteCount) - 1) / UInt64(MemoryType.pageByteCount)
            limits = Limits(minimum: pages, maximum: pages)
            let offset = constant { writer in
                writer.opcode(.i32Const)
                writer.signed(0)
            }
            addDataSegment(memory: index, offset: offset, bytes)
        } else {
            limits = try parseLimits()
        }
        sections.memories.append { $0.limits(limits) }
    }

    mutating func parseGlobal() throws(TextError) {
        let index = nextGlobal
        try skipIdentifier()
        try parseInlineExports(.global, index)
        if let (module, field) = try parseInlineImport() { return try parseGlobalImport(module, field) }
        let type = try parseGlobalType()
        let initializer = try parseConstantExpression()
        nextGlobal += 1
        sections.globals.append { writer in
            writer.globalType(type)
            writer.raw(initializer)
        }
    }

    mutating func parseExport() throws(TextError) {
        let name = try cursor.expectName()
        try cursor.expect(.leftParenthesis)
        let kind: ExternalKind
        let index: UInt32
        if cursor.take(word: "func") {
            (kind, index) = (.function, try expectIndex(functionIDs))
        } else if cursor.take(word: "table") {
            (kind, index) = (.table, try expectIndex(tableIDs))
        } else if cursor.take(word: "memory") {
            (kind, index) = (.memory, try expectIndex(memoryIDs))
        } else if cursor.take(word: "global") {
            (kind, index) = (.global, try expectIndex(globalIDs))
        } else {
            throw cursor.unexpected()
        }
        try cursor.expect(.rightParenthesis)
        addExport(kind, index, named: name)
    }
}
