import Foundation

/// Kernels that use what version 3.0 of WebAssembly added: modules without a system interface, which a driver of each
/// engine calls.
struct Version3 {
    /// The folder of all workloads' sources.
    let folder: String

    /// How such a module is built, and what it does.
    struct Module: Equatable {
        enum Need: String {
            case exceptions, threads
            case tailCalls = "tail-call"
        }
        var need: Need?
        /// Bits of an address.
        var addressBits = 32
        /// How many operations a call does, each thread's: results are nanoseconds of one. `nil`: of the whole call.
        var operations: Double?
    }

    /// Kernels that call functions of a library cannot be built for 64-bit addresses, which it does not exist for.
    private static let needLibrary: Set = ["virtual-calls", "lz", "memory-moves"]

    /// Those of a folder of their own, by name; then kernels with 32-bit and 64-bit addresses, side by side.
    func workloads(kernels: [Workload]) throws -> [Workload] {
        let own = "\(folder)/version3"
        let names = try FileManager.default.contentsOfDirectory(atPath: own).filter { !$0.hasSuffix(".h") }.sorted()
        // Those with objects have no addresses.
        let wide = kernels.filter {
            $0.kind == .kernel && $0.sources.allSatisfy { $0.hasSuffix(".c") } && !Self.needLibrary.contains($0.name)
        }.flatMap { kernel in
            [32, 64].map { bits in
                var workload = kernel
                workload.name += "-\(bits)"
                workload.kind = .bare(Module(addressBits: bits))
                return workload
            }
        }
        return try names.map { try workload("\(own)/\($0)") } + wide
    }

    private func workload(_ path: String) throws -> Workload {
        var module = Module()
        for line in try Workload.comments(path) {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "operations": module.operations = Double(parts[1])
            case "needs": module.need = Module.Need(rawValue: parts[1])
            default: break
            }
        }
        return try Workload(.bare(module), path)
    }
}

extension Version3.Module {
    /// What clang is told for WebAssembly.
    var flags: [String] {
        let needed =
            switch need {
            case nil: [] as [String]
            case .exceptions: ["-fwasm-exceptions", "-mllvm", "-wasm-use-legacy-eh=false"]
            case .tailCalls: ["-mtail-call"]
            case .threads:
                [
                    "-pthread", "-Wl,--export=bench_thread", "-Wl,--import-memory", "-Wl,--shared-memory",
                    "-Wl,--initial-memory=16777216", "-Wl,--max-memory=16777216",
                ]
            }
        // A newer binaryen than clang expects to find may be missing.
        return [
            "--target=wasm\(addressBits)", "-nostdlib", "--no-wasm-opt", "-Wl,--no-entry", "-Wl,--export=bench_run",
        ]
            + needed
    }

    /// What clang is told natively, and the file with `main`.
    var nativeFlags: [String] {
        switch need {
        case nil, .tailCalls: []
        case .exceptions: ["-lstdc++"]
        case .threads: ["-pthread"]
        }
    }

    var nativeDriver: String { need == .threads ? "threads.c" : "main.c" }
}
