// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article Threads.
func threadsArticle() async throws {
    let module = try Module(text: """
        (module (import "env" "memory" (memory 1 1 shared))
          (func (export "count") (param $times i32)
            (loop $again
              (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
              (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))))
        """)

    let program = try Engine().compile(module)
    let memory = try SharedMemory(MemoryType(pages: Limits(minimum: 1, maximum: 1), isShared: true))
    try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
            group.addTask {
                let store = Store()
                var imports = Imports()
                imports.define("env", "memory", try memory.memory(in: store))
                let instance = try program.instantiate(imports: imports, in: store)
                try instance.function("count", as: ((Int32) -> Void).self)(1_000)
            }
        }
        try await group.waitForAll()
    }
    print("counted:", try memory.read(at: 0, byteCount: 4))
}
