import ArgumentParser

/// The engines that can be asked for by name.
enum EngineNames {
    static let all = "native,native-v3,wasmc,wasm2c,wasmtime,v8,v8-turbofan,wasmkit"

    static func peer(named name: String) throws -> any Peer {
        switch name {
        case "native": return NativeBuild(name: name, architecture: "native")
        case "native-v3": return NativeBuild(name: name, architecture: "x86-64-v3")
        case "wasm2c": return Wasm2C()
        case "wasmtime": return Wasmtime()
        case "v8": return V8(name: name, flags: [])
        case "v8-turbofan": return V8(name: name, flags: ["--no-liftoff"])
        case "wasmkit": return TemplateEngine(name: name, command: "wasmkit run {wasm}", runsVectors: false)
        default:
            guard let engine = WasmcEngine(name: name) else {
                throw ValidationError("no engine is called '\(name)'; there are \(all)")
            }
            return engine
        }
    }
}
