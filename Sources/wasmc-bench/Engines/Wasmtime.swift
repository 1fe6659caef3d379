/// Wasmtime through the C library that its Python package brings.
struct Wasmtime: Peer {
    let name = "wasmtime"

    private static let query = """
        import glob, importlib.metadata, wasmtime
        libraries = [f for p in wasmtime.__path__ for f in glob.glob(p + "/*/_*wasmtime.*")]
        print(importlib.metadata.version("wasmtime"), *libraries[:1])
        """

    private static func found() throws -> (version: String, library: String) {
        let words = Command.firstLine(["python3", "-c", query])?.split(separator: " ", maxSplits: 1) ?? []
        guard words.count == 2 else { throw Failure("the Python package is not installed: pip install wasmtime") }
        return (String(words[0]), String(words[1]))
    }

    func version(_ builder: Builder) throws -> String { try Self.found().version }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        let wasm = try builder.wasm(workload, simd: simd)
        let library = try Self.found().library
        func driver(_ name: String) throws -> [String] { [try build(name, builder), library] }
        switch workload.kind {
        case .kernel, .program, .startUp: return Preparation(command: try driver("wasmtime") + [wasm], wasm: wasm)
        // A store of Wasmtime's belongs to one thread, and this driver makes one.
        case .bare(let module) where module.need == .threads: return nil
        case .bare: return Preparation(command: try driver("wasmtime-bare") + [wasm], wasm: wasm)
        case .calls: return Preparation(command: try driver("wasmtime-calls") + [wasm], wasm: wasm)
        case .validation: return Preparation(command: try driver("wasmtime-validation") + [wasm], wasm: wasm)
        case .precompiledStartUp(.cache), .precompiledStartUp(.executable), .loading, .start(.second): return nil
        case .start(let start):
            var file = wasm
            if start == .warm {
                file = try builder.path(workload, ".\(name)")
                try builder.run(try driver("wasmtime") + [wasm, "--write", file])
            }
            let folders = workload.folders.flatMap { ["--dir", $0.host, $0.guest] }
            return Preparation(command: try driver("wasmtime") + [file] + folders + workload.arguments, wasm: wasm)
        case .precompiledStartUp(.file):
            let artifact = try builder.path(workload, ".\(name)")
            try builder.run(try driver("wasmtime") + [wasm, "--write", artifact])
            return Preparation(command: try driver("wasmtime") + [artifact])
        }
    }

    /// Builds a driver.
    private func build(_ name: String, _ builder: Builder) throws -> String {
        let source = "\(builder.drivers)/\(name).c"
        let driver = "\(builder.scratch)/\(name)"
        let headers = ["wasmtime.h", "timing.h"].map { "\(builder.drivers)/\($0)" }
        try builder.build(
            driver, inputs: [source] + headers,
            ["clang-22", "-std=gnu11", "-O2", "-w", source, "-o", driver, "-ldl"])
        return driver
    }
}
