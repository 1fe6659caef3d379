import Foundation
import WasmEngine

/// wasmc, in a process of its own: this program's hidden commands.
struct WasmcEngine: Peer {
    let name: String
    private var optimization = OptimizationLevel.standard
    private var memory = WasmEngine.Engine.MemoryProtection.automatic

    /// Settings that are switched on by name.
    private var flags: [String] = []
    /// Code is arranged by what one call of the same kernel counts.
    private var isProfiled = false

    /// Reads `wasmc`, `wasmc-O1`, `wasmc-guarded`, `wasmc-O3-checked`, `wasmc-metered`, `wasmc-tiered`,
    /// `wasmc-profiled`...; `nil` for other names.
    init?(name: String) {
        self.name = name
        let parts = name.split(separator: "-").map(String.init)
        guard parts.first == "wasmc" else { return nil }
        for part in parts.dropFirst() {
            if let level = OptimizationLevel(rawValue: part) {
                optimization = level
            } else if let protection = WasmEngine.Engine.MemoryProtection(rawValue: part) {
                memory = protection
            } else if ["metered", "interruptible", "tiered"].contains(part) {
                flags.append("--" + part)
            } else if part == "profiled" {
                isProfiled = true
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
        var settings = ["--optimization", optimization.rawValue, "--memory", memory.rawValue] + flags
        if isProfiled {
            switch workload.kind {
            case .kernel, .program:
                let profile = try builder.path(workload, ".profile")
                try builder.run([program, "guest"] + settings + ["--count", profile, wasm])
                settings += ["--profile", profile]
            case .startUp, .bare, .calls, .validation, .loading, .start, .precompiledStartUp: return nil
            }
        }
        func preparation(_ driver: String) -> Preparation {
            Preparation(command: [program, driver] + settings + [wasm], wasm: wasm)
        }
        switch workload.kind {
        case .kernel, .program, .startUp: return preparation("guest")
        case .bare: return preparation("guest-kernel")
        case .calls: return preparation("guest-calls")
        case .validation: return preparation("guest-validation")
        case .loading: return preparation("guest-loading")
        case .start(let start):
            guard optimization == .standard, memory == .automatic, flags.isEmpty else { return nil }
            return try Self.start(start, of: workload, builder)
        case .precompiledStartUp(.cache), .precompiledStartUp(.executable):
            guard optimization == .standard, memory == .automatic else { return nil }
            return try Self.commandOrExecutable(of: workload, builder, wasm, name)
        case .precompiledStartUp(.file):
            let artifact = try builder.path(workload, ".\(name)")
            try builder.run([program, "guest"] + settings + ["--write", artifact, wasm])
            if let launcher = try Self.launcher {
                return Preparation(command: [launcher, "run", "--precompiled", artifact])
            }
            return Preparation(command: [program, "guest"] + settings + ["--precompiled", artifact])
        }
    }

    /// The command itself, where it was built beside this one: it starts without Swift and LLVM.
    private static var launcher: String? {
        get throws {
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let launcher = URL(filePath: program).deletingLastPathComponent().appending(path: "wasmc").path(
                percentEncoded: false)
            return FileManager.default.isExecutableFile(atPath: launcher) ? launcher : nil
        }
    }

    /// The command with a cache that has what earlier runs left.
    private static func start(
        _ start: ColdStarts.Start, of workload: Workload, _ builder: Builder
    ) throws -> Preparation? {
        guard let launcher = try launcher else { return nil }
        let cache = try builder.path(workload, ".cache")
        let folders = workload.folders.flatMap { ["--dir", "\($0.host)::\($0.guest)"] }
        let run = [launcher, "run"] + folders + [workload.module] + workload.arguments
        // A process in the background would be measured with what comes next.
        let quietly = "WASMC_BACKGROUND=off WASMC_CACHE=\"$0\" exec \"$@\""
        func command(_ line: String, _ arguments: [String]) -> [String] { ["sh", "-c", line, cache] + arguments }
        switch start {
        case .cold: return Preparation(command: command("rm -rf \"$0\"; " + quietly, run), wasm: workload.module)
        case .second: try builder.run(command("rm -rf \"$0\"; " + quietly, run))
        case .warm: try builder.run(command(quietly, [launcher, "cache", "add", workload.module]))
        }
        return Preparation(command: command(quietly, run), wasm: workload.module)
    }

    /// The command with its cache, or what it builds.
    private static func commandOrExecutable(
        of workload: Workload, _ builder: Builder, _ wasm: String, _ name: String
    ) throws -> Preparation? {
        guard let launcher = try launcher else { return nil }
        guard workload.kind == .precompiledStartUp(.executable) else {
            // For this process's children: `env` in front of the command would be measured, too.
            setenv("WASMC_CACHE", try builder.path(workload, ".cache"), 1)
            let command = [launcher, "run", wasm]
            try builder.run([launcher, "cache", "add", wasm])
            return Preparation(command: command)
        }
        let executable = try builder.path(workload, ".\(name)")
        try builder.run([launcher, "build", "-o", executable, wasm])
        var preparation = Preparation(command: [executable])
        preparation.costs[.artifactSize] = Builder.byteCount(executable).map { Double($0) / Metric.artifactSize.scale }
        return preparation
    }
}
