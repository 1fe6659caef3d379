// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article Tables and globals.
func tablesArticle() throws {
    let module = try Module(text: """
        (module
          (table (export "handlers") 4 funcref)
          (global (export "counter") (mut i32) (i32.const 7))
          (type $handler (func (param i32) (result i32)))
          (func (export "dispatch") (param $slot i32) (param $value i32) (result i32)
            (global.set 0 (i32.add (global.get 0) (i32.const 1)))
            (call_indirect (type $handler) (local.get $value) (local.get $slot))))
        """)
    let store = Store()
    let instance = try Engine().compile(module).instantiate(in: store)

    let twice = try Function(in: store) { (value: Int32) -> Int32 in value * 2 }
    guard let handlers = instance.table("handlers") else { return }
    try handlers.set(1, to: .funcref(twice))
    let dispatch = try instance.function("dispatch", as: ((Int32, Int32) -> Int32).self)
    print("dispatched:", try dispatch(1, 21))
    do { _ = try dispatch(0, 21) } catch let trap as Trap { print("empty slot:", trap.reason) }

    let counter = try instance.global("counter", as: Int32.self)
    try counter.set(counter.value + 100)
    print("counter:", try counter.value)
}
