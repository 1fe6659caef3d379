import WasmEngine
import WasmText

/// Every way in which code is made: levels with and without optimization, with and without guard pages, and code that
/// is replaced when it runs for the second time.
let modes: [Engine.Options] = [
    .init(optimization: .none, memory: .checked), .init(optimization: .none, memory: .guarded),
    .init(optimization: .less, memory: .checked), .init(optimization: .less, memory: .guarded),
    .init(optimization: .standard, memory: .checked), .init(optimization: .standard, memory: .guarded),
    .init(optimization: .aggressive, memory: .checked), .init(optimization: .aggressive, memory: .guarded),
    tiered(memory: .checked), tiered(memory: .guarded),
]

func tiered(memory: Engine.MemoryProtection, threshold: Int = 1) -> Engine.Options {
    var options = Engine.Options(memory: memory)
    var tiering = Tiering(threshold: threshold)
    tiering.waits = true
    options.tiering = tiering
    return options
}

func instantiate(
    _ text: String, _ options: Engine.Options = .init(), imports: Imports = Imports(), in store: Store? = nil
) throws -> Instance {
    try Engine(options: options).compile(Module(text: text)).instantiate(imports: imports, in: store)
}
