// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The first example of the README.
func readme() throws {
    let module = try Module(text: """
        (module (import "env" "early_exit" (func $early_exit))
          (func (export "run") (param i32 i32) (result i32)
            (if (local.get 0) (then (call $early_exit)))
            (local.get 1)))
        """)
    var imports = Imports()
    imports.define("env", "early_exit") { () throws in throw ExitCode(1) }
    let instance = try Engine().compile(module).instantiate(imports: imports)
    let run = try instance.function("run", as: ((Int32, Int32) -> Int32).self)
    do { print(try run(1, 7)) } catch let exit as ExitCode { print("Exited early with exit code: \(exit)") }
}

/// The first example of the library's page.
func landingPage() throws {
    let bytes = try WasmText.parse("""
        (module (import "env" "log" (func $log (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "from the landing page")
          (func (export "run") (param i32) (result i32)
            (call $log (i32.const 0) (i32.const 21))
            (local.get 0)))
        """)
    let program = try Engine().compile(Module(bytes: bytes))
    var imports = Imports()
    imports.define("env", "log") { (caller: Caller, address: UInt32, count: UInt32) throws in
        print(try caller.memory?.string(at: address, byteCount: count) ?? "")
    }
    let instance = try program.instantiate(imports: imports)
    let run = try instance.function("run", as: ((Int32) -> Int32).self)
    print(try run(1))
}
