import Foundation

/// wasm2c, which makes C of a module, and clang for that C.
struct Wasm2C: Peer {
    let name = "wasm2c"
    var runsVectors: Bool { false }

    /// Where packages keep the runtime that goes with the C.
    private static let runtimeFolders = ["/usr/src/wasm2c", "/usr/local/share/wabt/wasm2c", "/usr/share/wabt/wasm2c"]

    private static func runtime() throws -> String {
        let folder = runtimeFolders.first { FileManager.default.fileExists(atPath: $0 + "/wasm-rt.h") }
        guard let folder else { throw Failure("wasm2c's runtime is in none of \(runtimeFolders)") }
        return folder
    }

    func version(_ builder: Builder) throws -> String {
        guard let version = Command.firstLine(["wasm2c", "--version"]) else {
            throw Failure("wasm2c is not installed: it is in the package wabt")
        }
        _ = try Self.runtime()
        return version
    }

    func prepare(_ workload: Workload, _ builder: Builder, simd: Bool) throws -> Preparation? {
        guard workload.isInC, ![.validation, .loading].contains(workload.kind) else { return nil }
        if case .bare = workload.kind { return nil }
        let wasm = try builder.wasm(workload, simd: simd)
        let runtime = try Self.runtime()
        let folder = try builder.path(workload, ".wasm2c")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let driver = "\(builder.drivers)/wasm2c\(workload.kind == .calls ? "-calls" : "").c"
        let source = "\(folder)/guest.c"
        let output = "\(folder)/guest"
        let steps = [
            try builder.build(source, inputs: [wasm], isMeasured: true, ["wasm2c", wasm, "-n", "guest", "-o", source]),
            try builder.build(
                output, inputs: [source, driver], isMeasured: true,
                ["clang-22", "-march=native"] + Builder.commonFlags + [
                    "-I", folder, "-I", runtime, source, driver, "\(runtime)/wasm-rt-impl.c", "-o", output, "-lm",
                ]),
        ]
        var preparation = Preparation(command: [output], wasm: wasm)
        preparation.built(output, steps)
        return preparation
    }
}
