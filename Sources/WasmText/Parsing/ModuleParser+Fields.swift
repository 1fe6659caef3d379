import Wasm

/// Imports, functions, tables, memories, globals, exports. Specification: "Modules".
extension ModuleParser {
    mutating func parseImport() throws(TextError) {
        let module = try cursor.expectName()
        if cursor.isAt(opening: "item") { return try parseImportGroup(of: module) }
        try parseImport(module, try cursor.expectName())
    }

    /// `(item "name" (func))*` or `(item "name")* (func)`, which all have one type.
    private mutating func parseImportGroup(of module: [UInt8]) throws(TextError) {
        importGroup = []
        var names: [[UInt8]] = []
        while cursor.take(opening: "item") {
            let name = try cursor.expectName()
            if cursor.isAt(.leftParenthesis), names.isEmpty {
                try parseImport(module, name)
            } else {
                names.append(name)
            }
            try cursor.expect(.rightParenthesis)
        }
        let hasOneType = !names.isEmpty
        guard !hasOneType || importGroup?.isEmpty == true else { throw cursor.unexpected() }
        let type = cursor.index
        for name in names {
            cursor.index = type
            try parseImport(module, name)
        }
        let items = importGroup ?? []
        importGroup = nil
        sections.imports.append(from: field) { writer in
            writer.sized(module)
            writer.byte(0)
            writer.byte(hasOneType ? 0x7E : 0x7F)
            if hasOneType, let first = items.first { writer.raw(first.type) }
            writer.unsigned(UInt64(items.count))
            for item in items {
                writer.sized(item.name)
                if !hasOneType { writer.raw(item.type) }
            }
        }
    }

    /// The kind and the type of an import, in parentheses.
    private mutating func parseImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        try cursor.expect(.leftParenthesis)
        let kind = cursor.text() ?? ""
        cursor.advance()
        let binding = try takeBinding()
        switch kind {
        case "func": try parseFunctionImport(module, name, binding.name)
        case "table": try parseTableImport(module, name)
        case "memory": try parseMemoryImport(module, name)
        case "tag": try parseTagImport(module, name)
        default: try parseGlobalImport(module, name)
        }
        try cursor.expect(.rightParenthesis)
    }

    private mutating func parseFunctionImport(
        _ module: [UInt8], _ name: [UInt8], _ functionName: [UInt8]?
    ) throws(TextError) {
        names.define(function: nextFunction, functionName)
        let use = try parseTypeUse(allowsNames: true)
        var locals = IndexSpace("local")
        for parameter in use.parameters where !locals.define(parameter.identifier) {
            throw cursor.error("duplicate local \(Self.describe(parameter.identifier))")
        }
        names.define(locals: use.parameters.map(\.name), of: nextFunction)
        nextFunction += 1
        addImport(module, name, .function) { $0.u32(use.typeIndex) }
    }

    private mutating func parseTableImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseTableType()
        nextTable += 1
        addImport(module, name, .table) { $0.tableType(type) }
    }

    private mutating func parseMemoryImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseMemoryType()
        nextMemory += 1
        addImport(module, name, .memory) { $0.memoryType(type) }
    }

    private mutating func parseGlobalImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseGlobalType()
        nextGlobal += 1
        addImport(module, name, .global) { $0.globalType(type) }
    }

    private mutating func parseTagImport(_ module: [UInt8], _ name: [UInt8]) throws(TextError) {
        let type = try parseTypeUse(allowsNames: true).typeIndex
        nextTag += 1
        addImport(module, name, .tag) { $0.tagType(type) }
    }

    private mutating func addImport(
        _ module: [UInt8], _ name: [UInt8], _ kind: ExternalKind, _ type: (inout ByteWriter) -> Void
    ) {
        var descriptor = ByteWriter()
        descriptor.byte(kind.rawValue)
        type(&descriptor)
        guard importGroup == nil else { importGroup?.append((name, descriptor)); return }
        sections.imports.append(from: field) { writer in
            writer.sized(module)
            writer.sized(name)
            writer.raw(descriptor)
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
        sections.exports.append(from: field) { writer in
            writer.sized(name)
            writer.byte(kind.rawValue)
            writer.u32(index)
        }
    }

    private mutating func addExport(_ kind: ExternalKind, _ index: UInt32) throws(TextError) {
        addExport(kind, index, named: try cursor.expectName())
    }

    /// `(import "module" "name")`, if it is here.
    private mutating func parseInlineImport() throws(TextError) -> (module: [UInt8], name: [UInt8])? {
        guard cursor.take(opening: "import") else { return nil }
        let module = try cursor.expectName()
        let name = try cursor.expectName()
        try cursor.expect(.rightParenthesis)
        return (module, name)
    }

    mutating func parseModuleName() throws(TextError) { names.module = try takeBinding().name }

    mutating func parseFunction() throws(TextError) {
        let index = nextFunction
        let name = try takeBinding().name
        try parseInlineExports(.function, index)
        if let (module, field) = try parseInlineImport() { return try parseFunctionImport(module, field, name) }
        nextFunction += 1
        names.define(function: index, name)

        let use = try parseTypeUse(allowsNames: true)
        localIDs = IndexSpace("local")
        let parameterCount =
            types.indices.contains(Int(use.typeIndex))
            ? types[Int(use.typeIndex)].function?.parameters.count ?? 0 : 0
        var bindings = use.parameters
        bindings += Array(repeating: Binding(), count: max(0, parameterCount - bindings.count))
        for parameter in bindings { try defineLocal(parameter.identifier) }
        var locals: [(type: ValueType, count: UInt32)] = []
        while cursor.take(opening: "local") {
            let binding = try takeBinding()
            var isFirst = true
            while !binding.isPresent || isFirst, let type = try takeValueType() {
                try defineLocal(isFirst ? binding.identifier : nil)
                bindings.append(isFirst ? binding : Binding())
                isFirst = false
                if locals.last?.type == type { locals[locals.count - 1].count += 1 } else { locals.append((type, 1)) }
            }
            if binding.isPresent, isFirst { throw cursor.unexpected() }
            try cursor.expect(.rightParenthesis)
        }
        names.define(locals: bindings.map(\.name), of: index)

        code = ByteWriter()
        code.unsigned(UInt64(locals.count))
        for local in locals {
            code.u32(local.count)
            code.valueType(local.type)
        }
        try parseInstructions()
        code.mark(cursor.token().offset)
        code.opcode(.end)
        sections.functions.append(from: field) { $0.u32(use.typeIndex) }
        let body = code
        if !body.branchHints.isEmpty { sections.branchHints.append((index, body.branchHints)) }
        sections.bodies.append(from: field) { $0.sized(body) }
    }

    private mutating func defineLocal(_ identifier: [UInt8]?) throws(TextError) {
        guard localIDs.define(identifier) else {
            throw cursor.error("duplicate local \(Self.describe(identifier))")
        }
    }

    mutating func parseTable() throws(TextError) {
        let index = nextTable
        _ = try takeBinding()
        try parseInlineExports(.table, index)
        if let (module, field) = try parseInlineImport() { return try parseTableImport(module, field) }
        nextTable += 1
        let type: TableType
        var initializer: ByteWriter?
        let is64Bit = takeIs64Bit()
        if isAtReferenceType() {
            let element = try expectReferenceType()
            try cursor.expect(opening: "elem")
            let items = try parseElementItems(of: element)
            try cursor.expect(.rightParenthesis)
            let count = UInt64(items.count)
            type = TableType(element: element, elements: Limits(minimum: count, maximum: count), is64Bit: is64Bit)
            addElementSegment(.active(table: index, offset: zero(is64Bit: is64Bit)), items, type: element)
        } else {
            type = try parseTableType(is64Bit: is64Bit)
            if !cursor.isAt(.rightParenthesis) { initializer = try parseConstantExpression() }
        }
        sections.tables.append(from: field) { writer in
            guard let initializer else { return writer.tableType(type) }
            writer.raw([0x40, 0x00])
            writer.tableType(type)
            writer.raw(initializer)
        }
    }

    mutating func parseMemory() throws(TextError) {
        let index = nextMemory
        _ = try takeBinding()
        try parseInlineExports(.memory, index)
        if let (module, field) = try parseInlineImport() { return try parseMemoryImport(module, field) }
        nextMemory += 1
        let is64Bit = takeIs64Bit()
        let type: WrittenMemoryType
        let exponent = try takePageSizeExponent()
        if cursor.take(opening: "data") {
            let bytes = cursor.takeStrings()
            try cursor.expect(.rightParenthesis)
            let pageByteCount = exponent == 0 ? 1 : UInt64(MemoryType.pageByteCount)
            let pages = (UInt64(bytes.count) + pageByteCount - 1) / pageByteCount
            type = WrittenMemoryType(
                type: MemoryType(pages: Limits(minimum: pages, maximum: pages), is64Bit: is64Bit),
                pageSizeExponent: exponent)
            addDataSegment(memory: index, offset: zero(is64Bit: is64Bit), bytes)
        } else {
            type = try parseMemoryType(is64Bit: is64Bit)
        }
        sections.memories.append(from: field) { $0.memoryType(type) }
    }

    /// Where the segment inside a memory or table goes.
    private func zero(is64Bit: Bool) -> ByteWriter {
        constant { writer in
            writer.opcode(is64Bit ? .i64Const : .i32Const)
            writer.signed(0)
        }
    }

    mutating func parseGlobal() throws(TextError) {
        let index = nextGlobal
        _ = try takeBinding()
        try parseInlineExports(.global, index)
        if let (module, field) = try parseInlineImport() { return try parseGlobalImport(module, field) }
        let type = try parseGlobalType()
        let initializer = try parseConstantExpression()
        nextGlobal += 1
        sections.globals.append(from: field) { writer in
            writer.globalType(type)
            writer.raw(initializer)
        }
    }

    mutating func parseTag() throws(TextError) {
        let index = nextTag
        _ = try takeBinding()
        try parseInlineExports(.tag, index)
        if let (module, field) = try parseInlineImport() { return try parseTagImport(module, field) }
        nextTag += 1
        let type = try parseTypeUse(allowsNames: true).typeIndex
        sections.tags.append(from: field) { $0.tagType(type) }
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
        } else if cursor.take(word: "tag") {
            (kind, index) = (.tag, try expectIndex(tagIDs))
        } else {
            throw cursor.unexpected()
        }
        try cursor.expect(.rightParenthesis)
        addExport(kind, index, named: name)
    }
}
