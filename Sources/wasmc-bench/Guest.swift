import ArgumentParser
import Foundation
import WasmEngine

/// The driver of wasmc: compiles and runs a WASI program, and writes what each step cost to standard error.
struct Guest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one program in wasmc and report its steps.", shouldDisplay: false)

    @Option var optimization: String
    @Option var memory: String
    @Argument var file: String
    @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

    func run() throws {
        guard let optimization = OptimizationLevel(rawValue: optimization),
            let memory = WasmEngine.Engine.MemoryProtection(rawValue: memory)
        else { throw ValidationError("unknown level or protection") }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw Failure("\(file): the file cannot be read")
        }
        let engine = WasmEngine.Engine(options: .init(optimization: optimization, memory: memory))
        let program = try report("compile") { try engine.compile(Module(bytes: Array(bytes))) }
        var imports = Imports()
        imports.define(try WASI(arguments: [file] + arguments))
        let instance = try report("instantiate") { try program.instantiate(imports: imports) }
        let start = try instance.function("_start", as: (() -> Void).self)
        do { try start() } catch let exit as WasmEngine.ExitCode {
            throw ArgumentParser.ExitCode(Int32(truncatingIfNeeded: exit.code))
        }
    }

    private func report<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let wall = Self.now(CLOCK_MONOTONIC)
        let cpu = Self.now(CLOCK_PROCESS_CPUTIME_ID)
        let result = try body()
        let lines =
            "bench \(name) \(Self.now(CLOCK_MONOTONIC) - wall)\nbench \(name)-cpu \(Self.now(CLOCK_PROCESS_CPUTIME_ID) - cpu)\n"
        FileHandle.standardError.write(Data(lines.utf8))
        return result
    }

    private static func now(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
