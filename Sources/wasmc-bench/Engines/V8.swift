/// V8 through Node.js. Everything is compiled at once, not at a function's first call.
struct V8: Peer {
    let name: String
    /// Flags of V8.
    let flags: [String]

    func version(_ builder: Builder) throws -> String {
        guard
            let version = Command.firstLine(["node", "-p", "`V8 ${process.versions.v8}, Node.js ${process.version}`"])
        else { throw Failure("node is not installed") }
        return version
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        let wasm = try builder.wasm(workload, simd: simd)
        let node = ["node", "--no-warnings", "--no-wasm-lazy-compilation"] + flags
        func preparation(_ driver: String, _ flags: [String] = []) -> Preparation {
            Preparation(command: node + flags + ["\(builder.drivers)/\(driver).mjs", wasm], wasm: wasm)
        }
        switch workload.kind {
        case .kernel, .program, .startUp: return preparation("v8")
        case .bare: return preparation("v8-bare")
        case .precompiledStartUp, .loading, .start: return nil
        case .calls: return preparation("v8-calls")
        case .validation: return preparation("v8-validation", ["--single-threaded"])
        }
    }
}
