import ArgumentParser
import Foundation
import WasmEngine
import WasmText

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a module's types, imports, exports and sizes.")

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print the module in the text format.") var wat = false

    @Argument(help: "The module: .wasm or .wat.") var file: String

    func run() throws {
        let module = try ModuleFile(file).module
        let summary = Summary(module)
        if wat {
            print(WasmText.print(module), terminator: "")
        } else if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(summary), as: UTF8.self))
        } else {
            summary.print()
        }
    }
}

private struct Summary: Encodable {
    struct Item: Encodable {
        var module: String?
        var name: String
        var type: String
    }

    var byteCount: Int
    var types: [String]
    var imports: [Item]
    var exports: [Item]
    var functions, tables, memories, globals, elementSegments, dataSegments, codeByteCount, dataByteCount: Int

    init(_ module: Module) {
        byteCount = module.bytes.count
        types = module.types.map(\.description)
        imports = module.imports.map { Item(module: $0.module, name: $0.name, type: "\(module.type(of: $0.descriptor))") }
        exports = module.exports.map { Item(module: nil, name: $0.name, type: "\(module.type(of: $0))") }
        functions = module.functions.count
        tables = module.tables.count
        memories = module.memories.count
        globals = module.globals.count
        elementSegments = module.elementSegments.count
        dataSegments = module.dataSegments.count
        codeByteCount = module.functions.reduce(0) { $0 + ($1.body?.count ?? 0) }
        dataByteCount = module.dataSegments.reduce(0) { $0 + $1.range.count }
    }

    func print() {
        Swift.print("\(byteCount) bytes: \(codeByteCount) in bodies, \(dataByteCount) in data segments")
        Swift.print("\(functions) functions, \(tables) tables, \(memories) memories, \(globals) globals, \(elementSegments) element segments, \(dataSegments) data segments")
        for (index, type) in types.enumerated() { Swift.print("type \(index): \(type)") }
        for item in imports { Swift.print("import \"\(item.module ?? "")\" \"\(item.name)\": \(item.type)") }
        for item in exports { Swift.print("export \"\(item.name)\": \(item.type)") }
    }
}
