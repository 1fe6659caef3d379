import WasmEngine
import WasmText

// A guest that calls a host function which interrupts it.

struct Interruption: Error, CustomStringConvertible {
    var description: String
}

@main
struct ExitEarly {
    static let text = """
        (module
          (import "env" "interrupt_execution" (func $interrupt_execution))
          (func (export "exit_early") (result i32)
            (call $interrupt_execution)
            (i32.const 42)))
        """

    static func main() throws {
        let program = try Engine().compile(Module(text: text))
        var imports = Imports()
        imports.define("env", "interrupt_execution") { () throws in
            print("interrupt_execution called!")
            throw Interruption(description: "the host interrupted the guest")
        }
        let instance = try program.instantiate(imports: imports)
        let exitEarly = try instance.function("exit_early", as: (() -> Int32).self)
        do {
            print("exit_early returned \(try exitEarly())")
        } catch {
            print("Error from exit_early: \(error)")
            print("Success!")
        }
    }
}
