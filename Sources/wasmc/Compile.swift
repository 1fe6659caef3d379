import ArgumentParser
import Foundation
import WasmEngine

struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what a module compiles to.",
        discussion: "The file is written under a temporary name and renamed, so it is never left half-written.")

    @OptionGroup var engineOptions: EngineOptions

    @Option(help: "What to write: ir, optimized-ir, assembly or object.") var emit: String = "object"

    @Option(name: .shortAndLong, help: "Where to; by default standard output for text, the module's name with .o for an object.")
    var output: String?

    @Argument(help: "The module: .wasm or .wat.") var file: String

    func validate() throws {
        guard CodeForm(rawValue: emit) != nil else {
            throw ValidationError("--emit takes \(CodeForm.allCases.map(\.rawValue).joined(separator: ", ")), found '\(emit)'")
        }
    }

    func run() throws {
        guard let form = CodeForm(rawValue: emit) else { return }
        let bytes = try engineOptions.engine.emit(try ModuleFile(file).module, as: form)
        let path = output ?? (form == .object ? URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent + ".o" : "-")
        if path == "-" {
            FileHandle.standardOutput.write(Data(bytes))
        } else {
            do { try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
                throw Failure("\(path): the file cannot be written")
            }
        }
    }
}
