// The main job where there is no compiler: the module has been compiled by `wasmc compile`, and LLVM is not in this
// executable.
//
//     wasmc compile Sources/Examples/EarlyExitArtifact/early-exit.wat
//     swift run early-exit-artifact early-exit.cwasm

import WasmRuntime

@main
struct EarlyExitArtifact {
    static func main() throws {
        guard let path = CommandLine.arguments.dropFirst().first else {
            print("usage: early-exit-artifact FILE.cwasm")
            return
        }
        // The file's code runs with all rights of this process.
        let program = try CompiledModule(trusting: path)
        var imports = Imports()
        imports.define("env", "early_exit") { () throws in throw ExitCode(1) }
        let instance = try program.instantiate(imports: imports)
        let run = try instance.function("run", as: ((Int32, Int32) -> Int32).self)
        print("Finished with \(try run(0, 7))")
        do { _ = try run(1, 7) } catch let exit as ExitCode { print("Exited early with exit code: \(exit)") }
    }
}
