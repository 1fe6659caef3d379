import ArgumentParser
import Foundation
import WasmEngine
import WasmText

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a module's types, imports, exports and sizes, or what a compiled module was made from and for.")

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print the module in the text format.") var wat = false

    @Argument(help: "The module: .wasm, .wat or .cwasm.") var file: String

    func run() throws {
        let bytes = try ModuleFile.bytes(file)
        if Artifact.isLikely(bytes) {
            do { try show(ArtifactSummary(Artifact(bytes: bytes))) } catch let error as ArtifactError {
                throw Failure("\(file): \(error.reason)")
            }
            return
        }
        let module = try ModuleFile(file).module
        if wat { print(WasmText.print(module), terminator: "") } else { try show(ModuleSummary(module)) }
    }

    private func show(_ summary: some Summary) throws {
        guard json else { return summary.print() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(summary), as: UTF8.self))
    }
}

private protocol Summary: Encodable {
    func print()
}

private struct Item: Encodable {
    var module: String?
    var name: String
    var type: String
}

private struct ArtifactSummary: Summary {
    var triple: String
    var features: [String]
    var compiler: String
    var settings: String
    var sourceDigest: String
    var sourceByteCount, codeByteCount, dataByteCount, byteCount: Int
    var imports, exports: [Item]

    init(_ artifact: Artifact) {
        triple = artifact.triple
        features = artifact.features
        compiler = artifact.compiler
        settings = artifact.settings
        sourceDigest = artifact.sourceDigest
        sourceByteCount = artifact.sourceByteCount
        codeByteCount = artifact.codeByteCount
        dataByteCount = artifact.dataByteCount
        byteCount = artifact.byteCount
        imports = artifact.imports.map { Item(module: $0.module, name: $0.name, type: "\($0.type)") }
        exports = artifact.exports.map { Item(module: nil, name: $0.name, type: "\($0.type)") }
    }

    func print() {
        Swift.print("compiled for \(triple)\(features.isEmpty ? "" : " with \(features.joined(separator: ", "))")")
        Swift.print("by \(compiler): \(settings)")
        Swift.print("from a module of \(sourceByteCount) bytes, SHA-256 \(sourceDigest)")
        Swift.print("\(byteCount) bytes: \(codeByteCount) of code, \(dataByteCount) in data segments")
        for item in imports { Swift.print("import \"\(item.module ?? "")\" \"\(item.name)\": \(item.type)") }
        for item in exports { Swift.print("export \"\(item.name)\": \(item.type)") }
    }
}

private struct ModuleSummary: Summary {
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
