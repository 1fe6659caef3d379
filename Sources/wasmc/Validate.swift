import ArgumentParser

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that files are valid modules; prints nothing when all are.")

    @Argument(help: "Modules: .wasm or .wat.") var files: [String]

    func run() throws {
        for file in files { _ = try ModuleFile(file) }
    }
}
