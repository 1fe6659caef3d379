import Foundation
import WasmEngine

/// wasmc, in a process of its own: this program's hidden commands.
struct WasmcEngine: Peer {
    let name: String
    private var optimization = OptimizationLevel.standard
    private var memory = WasmEngine.Engine.MemoryProtection.automatic

    /// Reads `wasmc`, `wasmc-O1`, `wasmc-guarded`, `wasmc-O3-checked`...; `nil` for other names.
    init?(name: String) {
        self.name = name
        let parts = name.split(separator: "-").map(String.init)
        guard parts.first == "wasmc" else { return nil }
        for part in parts.dropFirst() {
            if let level = OptimizationLevel(rawValue: part) {
                optimization = level
            } else if let protection = WasmEngine.Engine.MemoryProtection(rawValue: part) {
                memory = protection
            } else {
                return nil
            }
        }
    }

    func version(_ builder: Builder) throws -> String {
        #if DEBUG
            let build = " (a debug build: compile times mean nothing)"
        #else
            let build = ""
        #endif
        return (Command.firstLine(["git", "rev-parse", "--short", "HEAD"]) ?? "unknown") + build
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        let wasm = try builder.wasm(workload, simd: simd)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let settings = ["--optimization", optimization.rawValue, "--memory", memory.rawValue]
        func preparation(_ driver: String) -> Preparation {
            Preparation(command: [program, driver] + settings + [wasm], wasm: wasm)
        }
        switch workload.kind {
        case .kernel, .startUp: return preparation("guest")
        case .calls: return preparation("guest-calls")
        case .validation: return preparation("guest-validation")
        case .precompiledStartUp:
            let artifact = try builder.path(workload, ".\(name)")
            try builder.run([program, "guest"] + settings + ["--write", artifact, wasm])
            // The command itself, where it was built beside this one: it starts without Swift and LLVM.
            let launcher = URL(filePath: program).deletingLastPathComponent().appending(path: "wasmc").path(percentEncoded: false)
            if FileManager.default.isExecutableFile(atPath: launcher) {
                return Preparation(command: [launcher, "run", "--precompiled", artifact])
            }
            return Preparation(command: [program, "guest"] + settings + ["--precompiled", artifact])
        }
    }
}
