public import Wasm

extension WasmText {
    /// A module as readable text, which ``parse(_:)-(String)`` turns back into the same bytes when the module's are in
    /// the shortest encoding and its sections hold nothing that the text format cannot say.
    public static func print(_ module: Module) -> String {
        var printer = ModulePrinter(module)
        return printer.print()
    }
}

/// Prints the fields of a module in the order of the binary format's sections.
struct ModulePrinter {
    let module: Module
    /// The module's names are printed as identifiers; otherwise the name section is printed as a custom section.
    let usesNames: Bool
    /// For each name of a function the first function that bears it.
    let firstFunctions: [[UInt8]: Int]
    private var output = ""

    init(_ module: Module) {
        self.module = module
        usesNames = Self.namesReproduceTheirSection(module)
        firstFunctions = Dictionary(
            module.names.functions.map { (Array($0.value.utf8), $0.key) }, uniquingKeysWith: min)
    }

    mutating func print() -> String {
        output = "(module\(nameSuffix(usesNames ? module.names.module : nil, isUnique: true))\n"
        printTypes()
        printImports()
        printFunctions()
        for (index, table) in module.tables.enumerated().dropFirst(module.importedTableCount) {
            let initializer = table.initializer.map { " \(text($0))" } ?? ""
            line("(table (;\(index);) \(text(table.type))\(initializer))")
        }
        for (index, memory) in module.memories.enumerated().dropFirst(module.importedMemoryCount) {
            line("(memory (;\(index);) \(text(memory.type)))")
        }
        for (index, tag) in module.tags.enumerated().dropFirst(module.importedTagCount) {
            line("(tag (;\(index);) \(text(tag: tag.typeIndex)))")
        }
        for (index, global) in module.globals.enumerated().dropFirst(module.importedGlobalCount) {
            line("(global (;\(index);) \(text(global.type)) \(text(global.initializer)))")
        }
        for export in module.exports {
            line("(export \(quoted(export.name)) (\(keyword(export.kind)) \(export.index)))")
        }
        if let start = module.start { line("(start \(start))") }
        printElementSegments()
        printDataSegments()
        printCustomSections()
        return output + ")\n"
    }

    private func text(tag typeIndex: Int) -> String {
        "(type \(typeIndex))\(signature(module.types[typeIndex]))"
    }

    private mutating func line(_ text: String, indent: Int = 1) {
        output += String(repeating: "  ", count: min(indent, 40)) + text + "\n"
    }

    // MARK: Types

    private mutating func printTypes() {
        var next = 0
        while next < module.definedTypes.count {
            let group = module.definedTypes.definitions[next].group
            if group.count == 1 {
                line(text(ofType: next))
            } else {
                line("(rec")
                for index in group { line(text(ofType: index), indent: 2) }
                line(")")
            }
            next = group.upperBound
        }
    }

    private func text(ofType index: Int) -> String {
        let type = module.definedTypes.definitions[index]
        let composite =
            switch type.composite {
            case .function(let function): "(func\(signature(function)))"
            case .structure(let fields): "(struct" + fields.map { " (field \($0))" }.joined() + ")"
            case .array(let field): "(array \(field))"
            }
        if type.isFinal, type.supertype == nil { return "(type (;\(index);) \(composite))" }
        let supertype = type.supertype.map { " \($0)" } ?? ""
        return "(type (;\(index);) (sub\(type.isFinal ? " final" : "")\(supertype) \(composite)))"
    }

    // MARK: Imports and functions

    private mutating func printImports() {
        var counts: [ExternalKind: Int] = [:]
        for entry in module.imports {
            let type: String
            let kind: ExternalKind
            switch entry.descriptor {
            case .function(let typeIndex):
                kind = .function
                let parameters = parameterNames(ofFunction: counts[kind, default: 0])
                type = "(type \(typeIndex))\(signature(module.types[typeIndex], names: parameters))"
            case .table(let table): (kind, type) = (.table, text(table))
            case .memory(let memory): (kind, type) = (.memory, text(memory))
            case .global(let global): (kind, type) = (.global, text(global))
            case .tag(let typeIndex): (kind, type) = (.tag, text(tag: typeIndex))
            }
            let index = counts[kind, default: 0]
            counts[kind] = index + 1
            let name = kind == .function ? functionName(index) : ""
            line(
                "(import \(quoted(entry.module)) \(quoted(entry.name)) (\(keyword(kind))\(name) (;\(index);) \(type)))")
        }
    }

    private mutating func printFunctions() {
        for index in module.functions.indices.dropFirst(module.importedFunctionCount) {
            let function = module.functions[index]
            let type = module.types[function.typeIndex]
            let names = parameterNames(ofFunction: index)
            line(
                "(func\(functionName(index)) (;\(index);) (type \(function.typeIndex))\(signature(type, names: names))")
            if let body = function.body { printBody(body, ofFunction: index, parameterCount: type.parameters.count) }
            line(")")
        }
    }

    private mutating func printBody(_ body: Range<Int>, ofFunction index: Int, parameterCount: Int) {
        guard var reader = try? InstructionSequence(module: module, body: body) else { return }
        let names = usesNames ? module.names.locals[index] ?? [:] : [:]
        for (number, type) in reader.locals.enumerated() {
            let name = identifier(names[parameterCount + number]).map { "\($0) " } ?? ""
            line("(local \(name)\(type))", indent: 2)
        }
        var depth = 2
        while let instruction = (try? reader.next()) ?? nil {
            let opcode = instruction.opcode
            if opcode.separatesBlocks { depth -= 1 }
            if depth < 2 { break }
            let clauses = reader.catchClauses(of: instruction)
            line(
                text(instruction, labels: reader.labels(of: instruction), catchClauses: clauses), indent: depth)
            if [.else, .catch, .catchAll, .block, .loop, .if, .tryTable, .try].contains(opcode) { depth += 1 }
        }
    }

    // MARK: Segments

    private mutating func printElementSegments() {
        for (index, segment) in module.elementSegments.enumerated() {
            let mode: String
            switch segment.mode {
            case .passive: mode = ""
            case .declarative: mode = " declare"
            case .active(let table, let offset):
                mode = (table == 0 ? "" : " (table \(table))") + " (offset \(text(offset)))"
            }
            let items: String
            switch segment.items {
            case .functions(let functions): items = " func" + functions.map { " \($0)" }.joined()
            case .expressions(let expressions):
                items = " \(segment.type)" + expressions.map { " (item \(text($0)))" }.joined()
            }
            line("(elem (;\(index);)\(mode)\(items))")
        }
    }

    private mutating func printDataSegments() {
        for (index, segment) in module.dataSegments.enumerated() {
            var mode = ""
            if case .active(let memory, let offset) = segment.mode {
                mode = (memory == 0 ? "" : " (memory \(memory))") + " (offset \(text(offset)))"
            }
            line("(data (;\(index);)\(mode) \(quoted(module.bytes[segment.range])))")
        }
    }

    private mutating func printCustomSections() {
        for (section, place) in zip(module.customSections, customPlaces()) where !(usesNames && section.name == "name")
        {
            line("(@custom \(quoted(section.name)) \(place) \(quoted(module.bytes[section.range])))")
        }
    }

    /// For each custom section where it is: after the nearest section before it.
    private func customPlaces() -> [String] {
        var places: [String] = []
        var place = "(before first)"
        var position = 8
        while position < module.bytes.count {
            let id = module.bytes[position]
            guard let (size, start) = Self.unsigned(module.bytes, position + 1) else { break }
            if id == 0 {
                places.append(place)
            } else if let section = SectionWriters.order.first(where: { $0.id == id }) {
                place = "(after \(section.name))"
            }
            position = start + size
        }
        return places
    }

    /// Reads an unsigned LEB128 number; gives it and the place after it.
    private static func unsigned(_ bytes: [UInt8], _ start: Int) -> (value: Int, end: Int)? {
        var value = 0
        for (index, byte) in bytes[min(start, bytes.count)...].prefix(5).enumerated() {
            value |= Int(byte & 0x7F) << (7 * index)
            if byte < 0x80 { return (value, start + index + 1) }
        }
        return nil
    }
}
