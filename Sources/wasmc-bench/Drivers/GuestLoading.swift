import ArgumentParser
import Foundation
import WasmEngine
import WasmText

/// What loading and instantiating cost in wasmc: medians over many samples.
struct GuestLoading: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what loading and instantiating cost in wasmc.", shouldDisplay: false)
    private static let loadCount = 301
    private static let instanceCount = 3_001
    private static let dataByteCount = 10_000_000

    @OptionGroup var settings: EngineSettings
    /// A large module.
    @Argument var file: String

    func run() throws {
        try measureLoading()
        try measureInstances("instantiate", data: "")
        try measureInstances("instantiate-data", data: String(repeating: "wasmc data", count: Self.dataByteCount / 10))
    }

    private func measureLoading() throws {
        // Without optimisation, because compiling is not what is measured.
        var options = WasmEngine.Engine.Options(optimization: .none)
        options.cache = nil
        let program = try WasmEngine.Engine(options: options).compile(Module(bytes: settings.contents(of: file)))
        Stopwatch.report("artifact", program.bytes.count)
        let artifact = file + ".cwasm"
        try program.write(to: artifact)
        for (name, verifiesAll) in [("load", false), ("load-verified", true)] {
            try Self.report(name, count: Self.loadCount) {
                _ = try CompiledModule(trusting: artifact, verifiesAll: verifiesAll)
            }
        }
    }

    /// A module with a memory, a table, a global, an imported and an exported function, as many programs have.
    private func measureInstances(_ name: String, data: String) throws {
        let text = """
            (module (import "env" "add" (func $add (param i32 i32) (result i32)))
              (memory (export "memory") 256) (table 10 funcref) (elem (i32.const 1) func $get)
              (global (mut i32) (i32.const 65536))
              (data (i32.const 1024) "\(data)!")
              (func $get (export "get") (param i32) (result i32) (call $add (i32.load8_u (local.get 0)) (i32.const 1))))
            """
        var imports = Imports()
        imports.define("env", "add") { (a: Int32, b: Int32) throws -> Int32 in a &+ b }
        let last = Int32(1024 + data.utf8.count)
        for pool in [0, 4] {
            var engine = try settings.engine
            engine.options.instancePool = pool
            let program = try engine.compile(Module(text: text))
            var instance = try program.instantiate(imports: imports)
            try Self.report(name + (pool > 0 ? "-pooled" : ""), count: Self.instanceCount) {
                instance = try program.instantiate(imports: imports)
            }
            let get = try instance.function("get", as: ((Int32) -> Int32).self)
            guard try get(last) == Int32(UInt8(ascii: "!")) + 1 else { throw Failure("the instance does not work") }
        }
    }

    private static func report(_ name: String, count: Int, _ body: () throws -> Void) throws {
        let samples = try (0..<count).map { _ in
            let stopwatch = Stopwatch()
            try body()
            return stopwatch.elapsed
        }
        Stopwatch.reportMedian(name, of: samples)
    }
}
