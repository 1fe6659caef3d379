import ArgumentParser
import WasmEngine

@main
struct Wasmc: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wasmc",
        abstract: "Compile WebAssembly to native code with LLVM, and run it.",
        discussion: """
            Exit status: the guest's own from `run`; 134 when the guest traps; 125 when it runs out of points; 124 when its time is over; 130 after Ctrl-C; 1 when a file cannot be read, is not a valid \
            module, or cannot be linked; 64 for unusable arguments.
            """,
        subcommands: [Run.self, Compile.self, Build.self, Validate.self, Inspect.self, Verify.self, Cache.self, Wast.self])

    static func main() {
        // Every compilation runs in a process of its own, which is this executable, too.
        CompilerWorker.serveIfStarted()
        main(nil)
    }
}
