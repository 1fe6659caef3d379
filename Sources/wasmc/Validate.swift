import ArgumentParser

struct Validate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            """
            Check that files are valid modules; prints nothing when all are, and else what is wrong with each that \
            is not.
            """
    )

    @OptionGroup var features: FeatureOptions

    @Argument(help: "Modules: .wasm or .wat.") var files: [PathName]

    func run() throws {
        var isValid = true
        for file in files {
            do { _ = try ModuleFile(file, features: features.features) } catch {
                isValid = false
                Output.note("Error: \(error)\n")
            }
        }
        if !isValid { throw ExitCode.failure }
    }
}
