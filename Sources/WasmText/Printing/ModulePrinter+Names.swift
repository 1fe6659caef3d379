import Wasm

/// Names, types and strings as text.
extension ModulePrinter {
    /// The identifiers that the parser would make into a name section give exactly the section that is there, and it
    /// is where the parser puts it.
    static func namesReproduceTheirSection(_ module: Module) -> Bool {
        let sections = module.customSections.filter { $0.name == "name" }
        guard sections.count == 1, let section = sections.first, section.range.upperBound == module.bytes.count
        else { return false }
        var writer = NameSectionWriter()
        writer.module = module.names.module.map { Array($0.utf8) }
        for (index, function) in module.functions.enumerated() {
            writer.define(function: UInt32(index), module.names.functions[index].map { Array($0.utf8) })
            let names = module.names.locals[index] ?? [:]
            let parameterCount = module.types[function.typeIndex].parameters.count
            let declared =
                function.body.flatMap { try? InstructionSequence(module: module, body: $0).locals.count } ?? 0
            let all = (0..<parameterCount + declared).map { names[$0] }
            let isPrintable =
                names.values.allSatisfy { !$0.isEmpty } && Set(names.values.map { Array($0.utf8) }).count == names.count
            guard isPrintable else { return false }
            writer.define(locals: all.map { $0.map { Array($0.utf8) } }, of: UInt32(index))
        }
        return writer.content.map { $0[...] } == module.bytes[section.range]
    }

    /// `$name`, quoted when it has characters that plain identifiers do not have; `nil` for no name.
    func identifier(_ name: String?) -> String? {
        guard let name, !name.isEmpty else { return nil }
        return name.utf8.allSatisfy(CharacterClass.isInIdentifier) ? "$\(name)" : "$\(quoted(name))"
    }

    /// A space and an identifier; for a name that cannot be one, an annotation.
    func nameSuffix(_ name: String?, isUnique: Bool) -> String {
        guard let name else { return "" }
        if isUnique, let identifier = identifier(name) { return " \(identifier)" }
        return " (@name \(quoted(name)))"
    }

    func functionName(_ index: Int) -> String {
        guard usesNames, let name = module.names.functions[index] else { return "" }
        let isFirst = firstFunctions[Array(name.utf8)] == index
        return nameSuffix(name, isUnique: isFirst)
    }

    func parameterNames(ofFunction index: Int) -> [Int: String] { usesNames ? module.names.locals[index] ?? [:] : [:] }

    /// ` (param ...) (result ...)`.
    func signature(_ type: FunctionType, names: [Int: String] = [:]) -> String {
        var text = ""
        if names.isEmpty, !type.parameters.isEmpty {
            text += " (param " + type.parameters.map(\.description).joined(separator: " ") + ")"
        } else {
            for (index, parameter) in type.parameters.enumerated() {
                text += " (param " + (identifier(names[index]).map { "\($0) " } ?? "") + "\(parameter))"
            }
        }
        if !type.results.isEmpty {
            text += " (result " + type.results.map(\.description).joined(separator: " ") + ")"
        }
        return text
    }

    func text(_ limits: Limits) -> String { "\(limits.minimum)" + (limits.maximum.map { " \($0)" } ?? "") }
    func text(_ table: TableType) -> String {
        "\(table.is64Bit ? "i64 " : "")\(text(table.elements)) \(table.element)"
    }

    func text(_ memory: MemoryType) -> String {
        (memory.is64Bit ? "i64 " : "") + text(memory.pages) + (memory.isShared ? " shared" : "")
            + (memory.hasBytePages ? " (pagesize 1)" : "")
    }

    func text(_ global: GlobalType) -> String { global.isMutable ? "(mut \(global.value))" : "\(global.value)" }

    func keyword(_ kind: ExternalKind) -> String {
        switch kind {
        case .function: "func"
        case .table: "table"
        case .memory: "memory"
        case .global: "global"
        case .tag: "tag"
        }
    }

    func quoted(_ text: String) -> String { quoted(Array(text.utf8)[...]) }

    /// A string literal; everything but plain ASCII is escaped.
    func quoted(_ bytes: ArraySlice<UInt8>) -> String {
        var text = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7E: text.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16)
                text += digits.count == 1 ? "\\0\(digits)" : "\\\(digits)"
            }
        }
        return text + "\""
    }
}
