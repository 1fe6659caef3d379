import ArgumentParser
import Foundation
import WasmEngine
import Synchronization
import WasmSpec

struct Loops: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run random loop nests optimised and at O0, and compare.",
        discussion: """
            Results, traps, globals, memory and, with --metered, what is left of the points are compared after every call. \
            Exits with 1 when something differs.
            """)

    @Option(help: "How many loop nests.") var count = 100_000
    @Option(help: "The first module's seed.") var seed: UInt64 = 1
    @Flag(help: "Count points; half of the calls have few.") var metered = false
    @Flag(help: "Run code that can be interrupted.") var interruptible = false
    @Flag(help: "Begin at O0 and go on at O2 somewhere in the loops.") var tiered = false
    @Option(help: "The machine to compile for, such as x86-64-v2; this one must be able to run its code.") var target = "native"
    @Option(help: "The level that is compared with O0: O1, O2 or O3.") var optimization = "O2"
    @Flag(help: "Only print the first module.") var text = false
    @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount

    fileprivate static let nestsInModule = 16

    func validate() throws {
        if OptimizationLevel(rawValue: optimization) == nil { throw ValidationError("'\(optimization)' is none of O0, O1, O2, O3") }
        if Target.named[target] == nil { throw ValidationError("'\(target)' is none of \(Target.named.keys.sorted().joined(separator: ", "))") }
    }

    func run() throws {
        if text { return print(LoopNestComparison.text(seed: seed, functionCount: Self.nestsInModule)) }
        let modules = (count + Self.nestsInModule - 1) / Self.nestsInModule
        let total = Mutex(Tally())
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { worker in
            for number in stride(from: worker, to: modules, by: max(1, threads)) {
                let seed = seed &+ UInt64(number)
                let result = Result { try compare(seed) }
                total.withLock { $0.add(result, seed) }
            }
        }
        let tally = total.withLock { $0 }
        print(
            "\(tally.modules * Self.nestsInModule) loop nests, \(tally.calls) calls, of which \(tally.traps) trapped and \(tally.exhaustions) ran out of points; "
                + "\(tally.problems) modules differ")
        if tally.problems > 0 || tally.modules == 0 { throw ExitCode.failure }
    }

    private struct Tally {
        var modules = 0
        var calls = 0
        var traps = 0
        var exhaustions = 0
        var problems = 0

        mutating func add(_ result: Result<LoopNestComparison, any Error>, _ seed: UInt64) {
            modules += 1
            switch result {
            case .success(let comparison):
                calls += comparison.calls
                traps += comparison.traps
                exhaustions += comparison.exhaustions
                guard let difference = comparison.difference else { break }
                problems += 1
                print("seed \(seed): \(difference)\n")
            case .failure(let error):
                problems += 1
                print("seed \(seed): \(error)\n")
            }
            if isatty(2) == 1 { FileHandle.standardError.write(Data("\r\(modules * Loops.nestsInModule) loop nests".utf8)) }
        }
    }

    private func compare(_ seed: UInt64) throws -> LoopNestComparison {
        // Every other module relies on guard pages when it is optimised.
        let memory: Engine.MemoryProtection = seed % 2 == 1 ? .guarded : .checked
        var optimized = Mode(
            optimization: OptimizationLevel(rawValue: optimization) ?? .standard, memory: memory, isMetered: metered, isInterruptible: interruptible,
            patience: tiered ? 1 + Int(seed % 61) : nil)
        optimized.target = target
        return try LoopNestComparison(
            seed: seed, functionCount: Self.nestsInModule,
            plain: Mode(optimization: .none, memory: .checked, isMetered: metered), optimized: optimized)
    }
}
