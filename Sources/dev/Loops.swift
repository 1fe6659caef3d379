import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Loops: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run random loops in several modes beside Wasmtime or our own O0, and compare.",
        discussion: """
            Results, traps, globals, memory and, where they are counted, what is left of the points are compared after \
            every call. Children compile and run; one that crashes or takes a minute of processor time for one mode is \
            a finding, and the next child goes on behind it. Exits with 1 when \
            something differs.
            """)

    @OptionGroup var options: LoopOptions
    @Option(help: "How many functions, in modules of --functions each.") var count = 100_000
    @Flag(help: "Only print the first module.") var text = false
    @Option(help: "Children.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Stop after so many minutes.") var minutes: Double?

    func run() throws {
        if text { return print(options.module(options.seed).text) }
        let modules = UInt64((count + options.functions - 1) / options.functions)
        let tally = LoopTally(end: minutes.map { Date().addingTimeInterval($0 * 60) })
        WatchedChildren(command: ["loops-worker"] + options.arguments, seed: options.seed, count: threads, tally: tally)
            .run(end: modules)
        let done = tally.total
        print(
            """
            \(done.modules.counted("module")), \((done.modules * options.functions).counted("function")), in modes \
            \(done.runs.counted("run")); \(done.calls.counted("call")), of which \(done.traps) trapped and \
            \(done.exhaustions) ran out of points; modules that differ: \(done.differing), children that crashed or \
            hung: \(done.crashes)
            """
        )
        if done.differing > 0 || done.crashes > 0 || done.modules == 0 { throw ExitCode.failure }
    }
}
