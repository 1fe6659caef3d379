import ArgumentParser
import WasmEngine

/// The function that `run` calls, with its arguments: all that can be known before anything is compiled.
struct EntryPoint {
    let name: String
    let values: [Value]

    /// - Parameters:
    ///   - invoke: the name of an export; `nil` for the function with which a program starts.
    ///   - arguments: the function's, as text.
    init(invoke: String?, arguments: [String], exports: [(name: String, type: ExternalType)], file: PathName) throws {
        name = invoke ?? WASI.entryPointName(among: exports)
        // Names are bytes: Unicode calls some equal that differ.
        guard let export = exports.first(where: { [name] in $0.name.utf8.elementsEqual(name.utf8) }) else {
            let functions = Self.list(exports)
            guard invoke == nil else {
                throw Failure("\(file): the module exports no function \(name.quoted); \(functions)")
            }
            throw Failure(
                """
                \(file): the module exports no _start and no default function, so it is a library and no program; \
                name a function with --invoke; \(functions)
                """
            )
        }
        guard case .function(let type) = export.type else {
            throw Failure(
                "\(file): the export \(name.quoted) is \(export.type.phrase), and only functions can be called")
        }
        guard invoke != nil else {
            if let obstacle = WASI.obstacle(toStarting: type, name: name) {
                throw Failure("\(file): \(obstacle); call it with --invoke \(name.isEmpty ? "''" : name)")
            }
            values = []
            return
        }
        guard type.parameters.count == arguments.count else {
            throw ValidationError(
                "\(name.shown) takes \(type.parameters.count.counted("argument")), \(type), found \(arguments.count)")
        }
        values = try zip(arguments, type.parameters).map { try Value(text: $0, $1) }
    }

    private static let mostNames = 20

    private static func list(_ exports: [(name: String, type: ExternalType)]) -> String {
        let names = exports.compactMap { export -> String? in
            guard case .function = export.type else { return nil }
            return export.name.shown
        }
        if names.isEmpty { return "it exports no functions" }
        let more = names.count > mostNames ? " and \(names.count - mostNames) more" : ""
        return "its functions are \(names.prefix(mostNames).joined(separator: ", "))\(more)"
    }
}
