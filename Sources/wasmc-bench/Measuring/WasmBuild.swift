import Foundation
import WasmText

/// How workloads become WebAssembly.
extension Builder {
    private static let compiler = ["clang-22", "--target=wasm32-wasi"] + commonFlags
    /// The least size of large modules, in bytes: for validation, and for an artifact of more than 5 MB.
    private static let validatedByteCount = 4_000_000
    private static let loadedByteCount = 2_000_000

    func wasm(_ workload: Workload, simd: Bool) throws -> String {
        if case .start = workload.kind { return workload.module }
        if workload.kind == .validation { return try largeModule(workload, atLeast: Self.validatedByteCount) }
        if workload.kind == .loading { return try largeModule(workload, atLeast: Self.loadedByteCount) }
        if case .bare(let module) = workload.kind {
            let output = try path(workload, ".wasm")
            try build(
                output, inputs: workload.sources,
                ["clang-22"] + module.flags + Self.commonFlags + ["-Wl,-s"] + workload.sources + ["-o", output])
            return output
        }
        let output = try path(workload, simd ? ".simd.wasm" : ".wasm")
        if workload.kind == .kernel, !workload.isInC {
            try Data(assembled(workload)).write(to: URL(filePath: output), options: .atomic)
            return output
        }
        try build(
            output, inputs: workload.sources,
            Self.compiler + (simd ? ["-msimd128"] : []) + ["-Wl,-s"] + Self.linking(workload.kind)
                + program(workload) + ["-o", output])
        return output
    }

    /// A module of the driver's fields and the kernel's.
    private func assembled(_ workload: Workload) throws -> [UInt8] {
        let fields = ["\(drivers)/main.wat"] + workload.sources
        let text = try fields.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n")
        return try WasmText.parse("(module \(text))")
    }

    /// A stack of 1 MiB for programs; no library and 16 pages for calls.
    private static func linking(_ kind: Workload.Kind) -> [String] {
        kind == .calls
            ? ["-nostdlib", "-Wl,--no-entry", "-Wl,--initial-memory=1048576"] : ["-z", "stack-size=1048576"]
    }

    /// All sources in one module, repeated until it is large.
    private func largeModule(_ workload: Workload, atLeast byteCount: Int) throws -> String {
        let linked = try path(workload, ".wasm")
        var objects: [String] = []
        var exports: [String] = []
        for source in workload.sources {
            let name = URL(filePath: source).deletingPathExtension().lastPathComponent
            let kernel = "run_" + name.replacing("-", with: "_")
            let object = try path(workload, ".\(name).o")
            try build(object, inputs: [source], Self.compiler + ["-Dbench_run=\(kernel)", "-c", source, "-o", object])
            objects.append(object)
            exports.append("-Wl,--export=\(kernel)")
        }
        try build(
            linked, inputs: objects,
            Self.compiler + ["-nostartfiles", "-Wl,--no-entry", "-Wl,-s"] + exports + objects + ["-o", linked])
        let output = try path(workload, ".large.wasm")
        let module = try RepeatedModule(Array(Data(contentsOf: URL(filePath: linked))), atLeast: byteCount)
        try Data(module.bytes).write(to: URL(filePath: output), options: .atomic)
        return output
    }
}
