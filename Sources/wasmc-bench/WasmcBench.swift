import ArgumentParser

@main
struct WasmcBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wasmc-bench",
        abstract: "Measure wasmc beside native code and other WebAssembly engines.",
        subcommands: [
            Run.self, Requests.self, Guest.self, GuestKernel.self, GuestCalls.self, GuestValidation.self,
            GuestLoading.self,
        ],
        defaultSubcommand: Run.self)
}

/// Something that ends the command with status 1 and a sentence.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
