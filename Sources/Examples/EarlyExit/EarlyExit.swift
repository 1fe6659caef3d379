import WasmEngine
import WasmText

// A host function stops the guest by throwing; the very error value arrives at the caller.

@main
struct EarlyExit {
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
        imports.define("env", "early_exit") { () throws in throw ExitCode(1) }
        let instance = try program.instantiate(imports: imports)
        let run = try instance.function("run", as: ((Int32, Int32) -> Int32).self)

        print("Calling `run` function...")
        do {
            print("The result is \(try run(1, 7))")
        } catch let exit as ExitCode {
            print("Exited early with exit code: \(exit)")
        }
    }
}
