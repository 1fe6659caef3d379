import ArgumentParser
import Foundation
import WasmEngine
import WasmText

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a module's types, imports, exports and sizes, or what a compiled module was made from and for.",
        discussion: """
            Of a module that needs features which this version does not have, it shows which and where, and what \
            can be read without them.
            """)

    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print the module in the text format.") var wat = false

    @OptionGroup var features: FeatureOptions

    @Argument(help: "The module: .wasm, .wat or .cwasm.") var file: PathName

    func run() throws {
        let bytes = try ModuleFile.bytes(file)
        if Artifact.isLikely(bytes) {
            do { try show(ArtifactSummary(Artifact(bytes: bytes))) } catch let error as ArtifactError {
                throw Failure("\(file): \(error.reason)")
            }
            return
        }
        let module: Module
        let allowed = features.features
        do {
            module = try ModuleFile(file, bytes, features: allowed).module
        } catch let failure as ModuleFile.Refusal
            where failure.error.kind == .unsupported && !wat && bytes.starts(with: FileKind.magic)
        {
            return try show(FeatureSummary(FeatureSurvey(bytes, features: allowed), byteCount: bytes.count))
        }
        if wat { try Output.write(WasmText.print(module)) } else { try show(ModuleSummary(module)) }
    }

    private func show(_ summary: some Summary) throws {
        guard json else { return try Output.write(summary.lines.map { $0 + "\n" }.joined()) }
        try Output.printJSON(summary)
    }
}

protocol Summary: Encodable {
    /// For people.
    var lines: [String] { get }
}

struct Item: Encodable {
    var module: String?
    var name: String
    var type: String

    var line: String { (module.map { "import \($0.quoted)" } ?? "export") + " \(name.quoted): \(type)" }
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

    var lines: [String] {
        [
            "compiled for \(triple)\(features.isEmpty ? "" : " with \(features.joined(separator: ", "))")",
            "by \(compiler): \(settings)",
            "from a module of \(sourceByteCount.counted("byte")), SHA-256 \(sourceDigest)",
            "\(byteCount.counted("byte")): \(codeByteCount) of code, \(dataByteCount) in data segments",
        ] + (imports + exports).map(\.line)
    }
}

private struct ModuleSummary: Summary {
    var byteCount: Int
    var types: [String]
    var imports: [Item]
    var exports: [Item]
    var features: [String]
    var functions, tables, memories, globals, elementSegments, dataSegments, codeByteCount, dataByteCount: Int
    var producers: [String]

    init(_ module: Module) {
        producers = module.producers.map(\.line)
        byteCount = module.bytes.count
        types = module.types.map(\.description)
        imports = module.imports.map {
            Item(module: $0.module, name: $0.name, type: "\(module.type(of: $0.descriptor))")
        }
        exports = module.exports.map { Item(module: nil, name: $0.name, type: "\(module.type(of: $0))") }
        features = module.features.members.map(\.name)
        functions = module.functions.count
        tables = module.tables.count
        memories = module.memories.count
        globals = module.globals.count
        elementSegments = module.elementSegments.count
        dataSegments = module.dataSegments.count
        codeByteCount = module.functions.reduce(0) { $0 + ($1.body?.count ?? 0) }
        dataByteCount = module.dataSegments.reduce(0) { $0 + $1.range.count }
    }

    var lines: [String] {
        [
            "\(byteCount.counted("byte")): \(codeByteCount) in bodies, \(dataByteCount) in data segments",
            [
                functions.counted("function"), tables.counted("table"), memories.counted("memory", plural: "memories"),
                globals.counted("global"), elementSegments.counted("element segment"),
                dataSegments.counted("data segment"),
            ].joined(separator: ", "),
        ] + (features.isEmpty ? [] : ["uses \(features.joined(separator: ", "))"])
            + producers + types.enumerated().map { "type \($0.offset): \($0.element)" }
            + (imports + exports).map(\.line)
    }
}
