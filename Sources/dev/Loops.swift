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
            a finding, and the next child goes on behind it. What was done is said to the standard error from time to \
            time, and at the end to the standard output. Exits with 1 when something differs.
            """)

    @OptionGroup var options: LoopOptions
    @Option(help: "How many functions, in modules of --functions each.") var count = 100_000
    @Flag(help: "Only print the first module.") var text = false
    @Option(help: "Children.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Stop after so many minutes.") var minutes: Double?
    @Option(help: "Say after so many seconds, and again, what was done.") var progress: Double = 60

    func validate() throws { if progress < 1 { throw ValidationError("--progress is at least 1") } }

    func run() throws {
        if text { return print(options.module(options.seed).text) }
        let modules = UInt64((count + options.functions - 1) / options.functions)
        let tally = LoopTally(end: minutes.map { Date().addingTimeInterval($0 * 60) })
        let timer = DispatchSource.makeTimerSource()
        timer.setEventHandler { [self] in
            FileHandle.standardError.write(Data("\(summary(tally.total))\n".utf8))
        }
        timer.schedule(deadline: .now() + progress, repeating: progress)
        timer.resume()
        defer { timer.cancel() }
        WatchedChildren(command: ["loops-worker"] + options.arguments, seed: options.seed, count: threads, tally: tally)
            .run(end: modules)
        let done = tally.total
        print(summary(done))
        if done.differing > 0 || done.crashes > 0 || done.modules == 0 { throw ExitCode.failure }
    }

    private func summary(_ done: LoopTally.Numbers) -> String {
        """
        \(done.modules.counted("module")), \((done.modules * options.functions).counted("function")), in modes \
        \(done.runs.counted("run")) of \(done.places.count.counted("mode")); \(done.calls.counted("call")), of which \
        \(done.traps) trapped and \(done.exhaustions) ran out of points; modules that differ: \(done.differing), \
        children that crashed or hung: \(done.crashes)
        """
    }
}
