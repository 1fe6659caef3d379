/// Decodes a module section by section. Specification: "Modules" of the binary format.
struct ModuleDecoder {
    var reader: ByteReader
    var module: Module
    private var lastSection = 0
    private var functionTypeIndices: [(index: Int, offset: Int)] = []
    private var hasCode = false
    private var dataCount: Int?
    /// Of the last table that the module defines.
    private var tableOffset = 0

    init(_ bytes: [UInt8], features: Features) {
        reader = ByteReader(bytes, 0..<bytes.count, features: features)
        module = Module(undecoded: bytes)
        reader.typeCount = 0
    }

    /// Section identifiers in the order in which they have to be.
    private static let order: [UInt8: Int] = [
        1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 13: 6, 6: 7, 7: 8, 8: 9, 9: 10, 12: 11, 10: 12, 11: 13,
    ]

    mutating func decode() throws(ModuleError) -> Module {
        try preamble()
        while !reader.isAtEnd {
            let start = reader.position
            let id = try reader.byte()
            let size = Int(try reader.u32())
            guard size <= reader.remaining else {
                throw reader.malformed(
                    "unexpected end: length out of bounds, a section of \(size.counted("byte"))", at: start)
            }
            let fileEnd = reader.end
            reader.end = reader.position + size
            if id == 0 {
                let name = try reader.name()
                module.customSections.append(.init(name: name, range: reader.position..<reader.end))
                reader.position = reader.end
            } else {
                guard let place = Self.order[id] else {
                    throw reader.malformed("malformed section id \(id)", at: start)
                }
                guard place > lastSection else {
                    throw reader.malformed("unexpected content after last section: section \(id)", at: start)
                }
                lastSection = place
                try section(id)
                guard reader.isAtEnd else { throw reader.malformed("section size mismatch") }
            }
            reader.end = fileEnd
        }
        try finish()
        module.features = reader.used
        return module
    }

    private mutating func preamble() throws(ModuleError) {
        guard reader.remaining >= 4 else { throw reader.malformed("unexpected end") }
        guard try reader.fixed(byteCount: 4) == 0x6D73_6100 else {
            throw reader.malformed("magic header not detected", at: 0)
        }
        guard reader.remaining >= 4 else { throw reader.malformed("unexpected end") }
        guard try reader.fixed(byteCount: 4) == 1 else { throw reader.malformed("unknown binary version", at: 4) }
    }

    private mutating func section(_ id: UInt8) throws(ModuleError) {
        switch id {
        case 1:
            for _ in 0..<(try reader.count(limit: Limit.types, of: "types")) { try recursiveGroup() }
        case 2: for _ in 0..<(try reader.count(limit: Limit.imports, of: "imports")) { try importGroup() }
        case 3:
            for _ in 0..<(try reader.count(limit: Limit.functions, of: "functions")) {
                let offset = reader.position
                functionTypeIndices.append((Int(try reader.u32()), offset))
            }
        case 4: for _ in 0..<(try reader.count(limit: Limit.tables, of: "tables")) { try table() }
        case 5:
            for _ in 0..<(try reader.count(limit: Limit.memories, of: "memories")) {
                let offset = reader.position
                module.memories.append(.init(type: try reader.memoryType(), offset: offset))
            }
        case 6:
            for _ in 0..<(try reader.count(limit: Limit.globals, of: "globals")) {
                let type = try reader.globalType()
                module.globals.append(.init(type: type, initializer: try constantExpression(type.value)))
            }
        case 7: for _ in 0..<(try reader.count(limit: Limit.exports, of: "exports")) { try export() }
        case 8:
            module.startOffset = reader.position
            module.start = Int(try reader.u32())
        case 9: for _ in 0..<(try reader.count(limit: Limit.segments, of: "element segments")) { try elementSegment() }
        case 10: try code()
        case 11: try dataSegments()
        case 13:
            try reader.require(.exceptions, "a section of tags", at: reader.position)
            for _ in 0..<(try reader.count(limit: Limit.tags, of: "tags")) {
                let offset = reader.position
                module.tags.append(.init(typeIndex: try tagType(), offset: offset))
            }
        case 12:
            try reader.require(.bulkMemory, "a data count section", at: reader.position)
            dataCount = Int(try reader.u32())
        default: throw reader.malformed("malformed section id \(id)", at: reader.position)
        }
    }

    private mutating func recursiveGroup() throws(ModuleError) {
        let start = reader.position
        let first = module.types.count
        guard first < Limit.types else {
            throw ModuleError(.limit, "more types than the limit of \(Limit.types)", offset: start)
        }
        let group = try reader.recursiveGroup(first: first)
        for (index, type) in group.enumerated() {
            if let supertype = type.supertype, supertype >= first + index {
                throw ModuleError(.invalid, "unknown type \(supertype): a supertype stands first", offset: start)
            }
        }
        module.types += group.map { $0.function ?? FunctionType(parameters: [], results: []) }
        module.definedTypes.append(group)
        for (index, type) in group.enumerated() where type.mentionsExceptions {
            module.exceptionTypes.insert(first + index)
        }
        let types = module.definedTypes
        // Before anything goes up from a type, for each field of another one perhaps.
        for index in first..<types.count where types.depth(of: index) > Limit.supertypes {
            throw ModuleError(
                .limit, "type \(index) has more supertypes than the limit of \(Limit.supertypes)", offset: start)
        }
        for (index, type) in group.enumerated() {
            guard let supertype = type.supertype else { continue }
            let above = types.definitions[supertype]
            guard !above.isFinal, type.composite.matches(above.composite, in: types) else {
                throw ModuleError(
                    .invalid, "sub type \(first + index) does not match super type \(supertype)", offset: start)
            }
        }
    }

    /// The index of a function's type.
    private func functionType(_ index: Int, at offset: Int) throws(ModuleError) -> Int {
        guard index < module.types.count else {
            throw ModuleError(.invalid, "unknown type \(index)", offset: offset)
        }
        guard module.definedTypes.kind(of: index) == .function else {
            throw ModuleError(.invalid, "type mismatch: type \(index) is no function type", offset: offset)
        }
        return index
    }

    /// One import; or, where an empty name and no kind of import follow the module's name, several of that module.
    private mutating func importGroup() throws(ModuleError) {
        let offset = reader.position
        let moduleName = try reader.name()
        let form = reader.peek() == 0 ? reader.peek(ahead: 1) : nil
        guard let form, form == 0x7F || form == 0x7E else {
            let name = try reader.name()
            return add(.init(module: moduleName, name: name, descriptor: try importDescriptor(), offset: offset))
        }
        try reader.require(.compactImports, "a group of imports", at: offset)
        reader.position += 2
        let common = form == 0x7E ? try importDescriptor() : nil
        for _ in 0..<(try reader.count(limit: Limit.imports - module.imports.count, of: "imports")) {
            let offset = reader.position
            let name = try reader.name()
            let descriptor = if let common { common } else { try importDescriptor() }
            add(.init(module: moduleName, name: name, descriptor: descriptor, offset: offset))
        }
    }

    private mutating func importDescriptor() throws(ModuleError) -> Module.Import.Descriptor {
        let kindOffset = reader.position
        let kind = try reader.byte()
        switch kind {
        case 0:
            return .function(typeIndex: try functionType(Int(try reader.u32()), at: kindOffset))
        case 1: return .table(try reader.tableType())
        case 2: return .memory(try reader.memoryType())
        case 3: return .global(try reader.globalType())
        case 4:
            try reader.require(.exceptions, "an imported tag", at: kindOffset)
            return .tag(typeIndex: try tagType())
        default: throw reader.malformed("malformed import kind \(kind)", at: kindOffset)
        }
    }

    private mutating func add(_ entry: Module.Import) {
        switch entry.descriptor {
        case .function(let index):
            module.functions.append(.init(typeIndex: index))
            module.importedFunctionCount += 1
        case .table(let type):
            module.tables.append(.init(type: type, offset: entry.offset))
            module.importedTableCount += 1
        case .memory(let type):
            module.memories.append(.init(type: type, offset: entry.offset))
            module.importedMemoryCount += 1
        case .global(let type):
            module.globals.append(.init(type: type))
            module.importedGlobalCount += 1
        case .tag(let index):
            module.tags.append(.init(typeIndex: index, offset: entry.offset))
            module.importedTagCount += 1
        }
        module.imports.append(entry)
    }

    private mutating func tagType() throws(ModuleError) -> Int {
        let start = reader.position
        let index = try reader.tagType()
        guard index < module.types.count else { throw ModuleError(.invalid, "unknown type \(index)", offset: start) }
        guard module.definedTypes.kind(of: index) == .function else {
            throw ModuleError(.invalid, "type \(index) of a tag is no function type", offset: start)
        }
        guard module.types[index].results.isEmpty else {
            throw ModuleError(.invalid, "non-empty tag result type: \(module.types[index])", offset: start)
        }
        return index
    }

    private mutating func table() throws(ModuleError) {
        let start = reader.position
        tableOffset = start
        guard reader.peek() == 0x40 else {
            return module.tables.append(.init(type: try reader.tableType(), offset: start))
        }
        try reader.require(.functionReferences, "a table's initial value", at: start)
        reader.position += 1
        guard try reader.byte() == 0 else { throw reader.malformed("malformed table", at: start) }
        let type = try reader.tableType()
        module.tables.append(.init(type: type, initializer: try constantExpression(type.element), offset: start))
    }

    private mutating func export() throws(ModuleError) {
        let start = reader.position
        let name = try reader.name()
        let offset = reader.position
        let code = try reader.byte()
        guard let kind = ExternalKind(rawValue: code) else {
            throw reader.malformed("malformed export kind \(code)", at: offset)
        }
        if kind == .tag { try reader.require(.exceptions, "an exported tag", at: offset) }
        module.exports.append(.init(name: name, kind: kind, index: Int(try reader.u32()), offset: start))
    }

    private mutating func elementSegment() throws(ModuleError) {
        let start = reader.position
        let flags = try reader.u32()
        guard flags < 8 else { throw reader.malformed("malformed elements segment kind \(flags)", at: start) }
        if flags > 0 { try reader.require(.bulkMemory, "an element segment of kind \(flags)", at: start) }
        var mode = Module.ElementSegment.Mode.passive
        if flags & 1 == 0 {
            let table = flags & 2 != 0 ? Int(try reader.u32()) : 0
            let type = module.tables.indices.contains(table) ? module.tables[table].type.address : .i32
            mode = .active(table: table, offset: try constantExpression(type))
        } else if flags & 2 != 0 {
            mode = .declarative
        }
        let usesExpressions = flags & 4 != 0
        var type = usesExpressions ? .funcref : ValueType.reference(to: .function, isNullable: false)
        if flags & 3 != 0 {
            let kindOffset = reader.position
            if usesExpressions {
                type = try reader.referenceType()
            } else if try reader.byte() != 0 {
                throw reader.malformed("malformed element kind", at: kindOffset)
            }
        }
        let count = try reader.count(limit: Int(Limit.tableElements), of: "elements")
        if usesExpressions {
            var items: [Module.ConstantExpression] = []
            for _ in 0..<count { items.append(try constantExpression(type)) }
            module.elementSegments.append(.init(type: type, mode: mode, items: .expressions(items), offset: start))
        } else {
            var items: [UInt32] = []
            for _ in 0..<count { items.append(try reader.u32()) }
            module.elementSegments.append(.init(type: type, mode: mode, items: .functions(items), offset: start))
        }
    }

    private mutating func code() throws(ModuleError) {
        hasCode = true
        let start = reader.position
        module.codeOffset = start
        let count = try reader.count(limit: Limit.functions, of: "functions")
        guard count == functionTypeIndices.count else {
            throw reader.malformed(
                "function and code section have inconsistent lengths: \(functionTypeIndices.count) and \(count)",
                at: start)
        }
        for (typeIndex, offset) in functionTypeIndices {
            let bodyStart = reader.position
            let size = Int(try reader.u32())
            guard size <= Limit.bodyBytes else {
                throw ModuleError(
                    .limit, "a body of \(size) bytes is longer than the limit of \(Limit.bodyBytes)", offset: bodyStart)
            }
            guard size <= reader.remaining else {
                throw reader.malformed("unexpected end of section or function", at: bodyStart)
            }
            let type = try functionType(typeIndex, at: offset)
            module.functions.append(.init(typeIndex: type, body: try reader.skip(size)))
        }
    }

    private mutating func dataSegments() throws(ModuleError) {
        let start = reader.position
        let count = try reader.count(limit: Limit.segments, of: "data segments")
        if let dataCount, dataCount != count {
            throw reader.malformed(
                "data count and data section have inconsistent lengths: \(dataCount) and \(count)", at: start)
        }
        for _ in 0..<count {
            let flagOffset = reader.position
            let flags = try reader.u32()
            guard flags <= 2 else { throw reader.malformed("malformed data segment kind \(flags)", at: flagOffset) }
            if flags > 0 { try reader.require(.bulkMemory, "a data segment of kind \(flags)", at: flagOffset) }
            var mode = Module.DataSegment.Mode.passive
            if flags != 1 {
                let memory = flags == 2 ? Int(try reader.u32()) : 0
                let type = module.memories.indices.contains(memory) ? module.memories[memory].type.address : .i32
                mode = .active(memory: memory, offset: try constantExpression(type))
            }
            let length = Int(try reader.u32())
            guard length <= reader.remaining else {
                throw reader.malformed("unexpected end of section or function: length out of bounds")
            }
            module.dataSegments.append(.init(mode: mode, range: try reader.skip(length)))
        }
    }

    /// Finds the expression's end; the validator checks its instructions.
    private mutating func constantExpression(_ type: ValueType) throws(ModuleError) -> Module.ConstantExpression {
        let start = reader.position
        while true {
            let instruction = try reader.instruction()
            if instruction.opcode == .end { break }
            if case .control = instruction.opcode.row.family {
                throw ModuleError(.invalid, "constant expression required", offset: instruction.offset)
            }
        }
        return .init(range: start..<reader.position, type: type)
    }

    private mutating func finish() throws(ModuleError) {
        if module.tables.count > 1 { try reader.require(.referenceTypes, "several tables", at: tableOffset) }
        if module.memories.count > 1 {
            try reader.require(.multiMemory, "a memory beside another", at: module.memories[1].offset)
        }
        if !hasCode, !functionTypeIndices.isEmpty {
            throw reader.malformed(
                "function and code section have inconsistent lengths: \(functionTypeIndices.count) and 0")
        }
        if let dataCount, dataCount > 0, module.dataSegments.isEmpty {
            throw reader.malformed("data count and data section have inconsistent lengths: \(dataCount) and 0")
        }
        module.hasDataCount = dataCount != nil
        for section in module.customSections where section.name == "name" {
            module.names = NameSection.read(module.bytes, section.range)
        }
        for section in module.customSections where section.name == BranchHints.sectionName {
            module.branchHints = BranchHints.read(module, section.range)
        }
    }
}
