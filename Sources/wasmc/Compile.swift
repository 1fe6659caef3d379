import ArgumentParser
import Foundation
import WasmEngine
import WasmText

struct Compile: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write what a module compiles to.",
        discussion: "The file is written under a temporary name and renamed, so it is never left half-written.")

    @OptionGroup var engineOptions: EngineOptions

    @Option(help: "What to write: wat, ir, optimized-ir, assembly or object.") var emit: String = "object"

    @Option(name: .shortAndLong, help: "Where to; by default standard output for text, the module's name with .o for an object.")
    var output: String?

    @Argument(help: "The module: .wasm or .wat.") var file: String

    func validate() throws {
        guard emit == "wat" || CodeForm(rawValue: emit) != nil else {
            let forms = ["wat"] + CodeForm.allCases.map(\.rawValue)
            throw ValidationError("--emit takes \(forms.joined(separator: ", ")), found '\(emit)'")
        }
    }

    func run() throws {
        let form = CodeForm(rawValue: emit)
        let module = try ModuleFile(file).module
        let bytes = try form.map { try engineOptions.engine.emit(module, as: $0) } ?? Array(WasmText.print(module).utf8)
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
