import WasmEngine
import WasmText

/// Every way in which code is made: levels with and without optimization, with and without guard pages.
let modes: [Engine.Options] = [
    .init(optimization: .none, memory: .checked), .init(optimization: .none, memory: .guarded),
    .init(optimization: .less, memory: .checked), .init(optimization: .standard, memory: .checked),
    .init(optimization: .standard, memory: .guarded), .init(optimization: .aggressive, memory: .checked),
]

func instantiate(_ text: String, _ options: Engine.Options = .init(), imports: Imports = Imports()) throws -> Instance {
    try Engine(options: options).compile(Module(text: text)).instantiate(imports: imports)
}


extension Value {
    var i32: Int32? {
        guard case .i32(let value) = self else { return nil }
        return value
    }
}
