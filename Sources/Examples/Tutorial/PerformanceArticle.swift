// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article Performance.
func performanceArticle() throws {
    let module = try Module(text: """
        (module (import "env" "scale" (func $scale (param i32) (result i32)))
          (func (export "step") (param i32) (result i32) (i32.add (call $scale (local.get 0)) (i32.const 1))))
        """)

    let program = try Engine().compile(module)                          // once
    var linker = Linker<Int32>()
    linker.define("env", "scale") { (call: HostCall<Int32>, value: Int32) -> Int32 in value * call.context }
    let linked = try linker.link(program)                               // once
    program.poolMemories(upTo: 16)                                      // for instances to come

    var total: Int32 = 0
    for request: Int32 in 1...3 {
        let instance = try linked.instantiate(request)                  // for each request
        let step = try instance.function("step", as: ((Int32) -> Int32).self)
        for value: Int32 in 0..<10 { total += try step(value) }         // typed once, called often
    }
    print("total:", total)
}
