import WasmEngine
import WasmText

// The same as early-exit with a host function that takes and returns arrays of values.

struct ExitError: Error, CustomStringConvertible {
    var description: String
}

@main
struct EarlyExitUntyped {
    static let text = """
        (module
          (func $early_exit (import "env" "early_exit"))
          (func (export "run") (param $x i32) (param $y i32) (result i32)
            (call $early_exit)
            (i32.add (local.get $x) (local.get $y))))
        """

    static func main() throws {
        print("Compiling module...")
        let program = try Engine().compile(Module(text: text))

        print("Instantiating module...")
        var imports = Imports()
        imports.define("env", "early_exit", type: FunctionType(parameters: [], results: [])) { _, _ in
            throw ExitError(description: "exit code: 1")
        }
        let instance = try program.instantiate(imports: imports)
        let run = try instance.function("run")

        print("Calling `run` function...")
        do {
            print("The result is \(try run.call([.i32(1), .i32(7)]))")
        } catch let exit as ExitError {
            print("Exited early with: \(exit)")
        }
    }
}
