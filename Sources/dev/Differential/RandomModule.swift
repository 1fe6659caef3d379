import ArgumentParser
import Foundation
import WasmEngine

/// Makes modules by the generators of other projects: the same seed gives the same module.
struct RandomModule {
    enum Generator: String, ExpressibleByArgument { case binaryen, smith }

    /// What `wasm-tools smith` may leave out, by its option.
    private static let part3 = [
        "exceptions", "gc", "tail-call", "memory64", "simd", "reference-types", "extended-const", "multi-value",
        "wide-arithmetic",
    ]
    static var part3Names: String { part3.joined(separator: ", ") }

    let generator: Generator
    /// Names of what the modules do not have, separated by commas.
    let without: String
    let folder: URL

    /// - Returns: the module in a form that any engine can be compared by; `nil` when the generator made none.
    func make(seed: UInt64) throws -> [UInt8]? {
        let (noise, module) = (folder.appending(path: "noise"), folder.appending(path: "module.wasm"))
        try Data(Self.noise(seed, count: generator == .smith ? 5_000 : 2_000)).write(to: noise)
        let paths = [noise.path(percentEncoded: false), "-o", module.path(percentEncoded: false)]
        let command = generator == .smith ? smith(seed) : binaryen(seed)
        guard try execute(command + paths, output: nil).terminationStatus == 0,
            let bytes = FileManager.default.contents(atPath: module.path(percentEncoded: false))
        else { return nil }
        return try ComparableModule.make(from: Array(bytes))
    }

    private static func noise(_ seed: UInt64, count: Int) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    private func binaryen(_ seed: UInt64) -> [String] {
        // Every third module has vectors.
        let features =
            ["sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "mutable-globals"]
            + (seed % 3 == 0 ? ["simd"] : [])
        return ["wasm-opt", "-ttf", "--denan", "-mvp"] + features.map { "--enable-\($0)" }
    }

    private func smith(_ seed: UInt64) -> [String] {
        let missing = Set(without.split(separator: ",").map(String.init))
        let features = Self.part3.flatMap { name in
            ["--\(name)-enabled", "\(!missing.contains(name) && (name != "simd" || seed % 4 == 0))"]
        }
        let limits = [
            ("max-imports", "0"), ("min-funcs", "3"), ("max-funcs", "8"), ("min-types", "8"), ("max-types", "16"),
            ("max-memories", "3"), ("max-memory32-bytes", "262144"), ("max-memory64-bytes", "262144"),
            ("memory-max-size-required", "true"), ("max-tables", "3"), ("max-table-elements", "64"),
            ("table-max-size-required", "true"), ("max-tags", "3"), ("max-instructions", "400"),
            ("max-globals", "12"), ("threads-enabled", "false"), ("relaxed-simd-enabled", "false"),
            ("compact-imports-enabled", "false"), ("custom-page-sizes-enabled", "false"),
            ("custom-descriptors-enabled", "false"), ("generate-custom-sections", "false"),
            ("export-everything", "true"), ("canonicalize-nans", "true"), ("allow-start-export", "true"),
        ]
        return ["wasm-tools", "smith", "--ensure-termination", "--fuel", "1000"] + features
            + limits.flatMap { ["--\($0)", $1] }
    }
}
