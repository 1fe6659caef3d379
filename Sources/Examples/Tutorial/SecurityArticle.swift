// swift-format-ignore-file
// This text is also the documentation's, which lines up its comments.

import WasmEngine
import WasmText

/// The snippets of the article Security model.
func securityArticle() throws {
    let bytes = try WasmText.parse("(module (func (export \"run\")))")
    let imports = Imports()

    var options = Engine.Options()
    options.isolation = .process                    // LLVM's faults end another process
    options.isInterruptible = true                  // calls have deadlines
    options.features = .standard                    // what modules may use
    let program = try Engine(options: options).compile(Module(bytes: bytes, features: options.features))
    let store = Store(limits: ResourceLimits(
        memoryPages: 256, tableElements: 10_000, instances: 1, hostReferences: 1_000, heapBytes: 64 << 20,
        stackByteCount: 512 << 10))
    let instance = try program.instantiate(imports: imports, in: store, timeout: .seconds(1))
    try instance.function("run").call(timeout: .seconds(1))
    print("a stranger's module ran")
}
