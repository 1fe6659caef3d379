import ArgumentParser
import Foundation
import WasmEngine

/// The driver of wasmc: compiles and runs a WASI program, and writes what compiling cost to standard error.
struct Guest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one program in wasmc and report its steps.", shouldDisplay: false)

    @OptionGroup var settings: EngineSettings
    @Flag(help: "The file is an artifact.") var precompiled = false
    @Option(help: "Only write the artifact.") var write: String?
    @Option(help: "Only count, and write the profile.") var count: String?
    @Argument var file: String
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        if let count { return try writeProfile(to: count) }
        let program = try precompiled ? CompiledModule(trusting: file) : compile()
        if let write { return try program.write(to: write) }
        try run(program)
    }

    private func run(_ program: CompiledModule) throws {
        var imports = Imports()
        imports.define(try WASI(arguments: [file] + arguments))
        let instance = try program.instantiate(imports: imports)
        let start = try instance.function("_start", as: (() -> Void).self)
        defer {
            let statistics = instance.store.heapStatistics
            if statistics.collectionCount > 0 {
                Stopwatch.report("longest-pause", Int(statistics.longestPause / .nanoseconds(1)))
            }
        }
        do { try start() } catch let exit as WasmEngine.ExitCode {
            throw ArgumentParser.ExitCode(Int32(truncatingIfNeeded: exit.code))
        }
    }

    private func writeProfile(to path: String) throws {
        var engine = try settings.engine
        let module = try Module(bytes: settings.contents(of: file))
        let counters = ExecutionCounters(for: module)
        engine.options.counters = counters
        engine.options.optimization = .none
        try run(engine.compile(module))
        guard let counters else { throw Failure("\(file): there is no memory for counters") }
        try Data(counters.profile.text).write(to: URL(filePath: path))
    }

    private func compile() throws -> CompiledModule {
        let bytes = try settings.contents(of: file)
        let engine = try settings.engine
        let stopwatch = Stopwatch()
        let program = try engine.compile(Module(bytes: bytes))
        stopwatch.report("compile")
        Stopwatch.report("artifact", program.bytes.count)
        return program
    }
}

/// How wasmc is to work.
struct EngineSettings: ParsableArguments {
    @Option var optimization: String
    @Option var memory: String
    @Flag var metered = false
    @Flag var interruptible = false
    @Flag var tiered = false
    @Option(help: "What an earlier run counted.") var profile: String?

    var engine: WasmEngine.Engine {
        get throws {
            guard let optimization = OptimizationLevel(rawValue: optimization),
                let memory = WasmEngine.Engine.MemoryProtection(rawValue: memory)
            else { throw ValidationError("unknown level or protection") }
            var options = WasmEngine.Engine.Options(optimization: optimization, memory: memory)
            options.cache = nil
            if metered { options.metering = .points { _ in 1 } }
            options.isInterruptible = interruptible
            if tiered { options.tiering = Tiering() }
            options.profile = try profile.map { try ExecutionProfile(text: contents(of: $0)) }
            return WasmEngine.Engine(options: options)
        }
    }

    func contents(of file: String) throws -> [UInt8] {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw Failure("\(file): the file cannot be read")
        }
        return Array(bytes)
    }
}
