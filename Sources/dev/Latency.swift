import ArgumentParser
import Foundation
import WasmEngine
import WasmSpec

struct Latency: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Interrupt guests at random instants and measure how long they take to stop.",
        discussion: """
            The guests loop, recurse, dispatch, copy and fill memory, sleep, read a pipe and call the host. Exits with \
            1 when an \\
            interruption was missed or the following call was not as always.
            """)

    @Option(help: "How many interruptions.") var count = 1_000
    @Option(help: "The first instant's seed.") var seed: UInt64 = 1
    @Option(help: "The longest pause before an interruption, in milliseconds.") var pause = 20
    @Option(help: "How many bytes are copied and filled at once.") var bytes = 1 << 30
    @Option(name: .customShort("O", allowingJoined: true), help: "The level: 0, 1, 2 or 3.") var level = 2
    @Option(help: "checked or guarded.") var memory = Engine.MemoryProtection.checked

    func run() throws {
        guard let optimization = OptimizationLevel(rawValue: "O\(level)") else {
            throw ValidationError("-O takes 0, 1, 2 or 3, not \(level)")
        }
        let mode = Mode(optimization: optimization, memory: memory, isInterruptible: true)
        let guest = try InterruptionLatency(mode, byteCount: bytes, seed: seed)
        let activities = InterruptionLatency.Activity.allCases
        var samples: [InterruptionLatency.Sample] = []
        for number in 0..<count {
            samples.append(try guest.sample(activities[number % activities.count], pause: .milliseconds(pause)))
            if isatty(2) == 1 {
                FileHandle.standardError.write(Data("\r\(samples.count.counted("interruption"))".utf8))
            }
        }
        for activity in activities {
            print(summary("\(activity.rawValue)", samples.filter { $0.activity == activity }))
        }
        print(summary("all", samples))
        let missed = samples.count { !$0.isInterrupted }
        let touched = samples.count { !$0.isNextUntouched }
        print("\(missed) missed, \(touched) following calls affected")
        if missed + touched > 0 || samples.isEmpty { throw ExitCode.failure }
    }

    private func summary(_ name: String, _ samples: [InterruptionLatency.Sample]) -> String {
        let delays = samples.map(\.delay).sorted()
        guard let longest = delays.last else { return "\(name): none" }
        func share(_ limit: Duration) -> String {
            (Double(delays.count { $0 <= limit }) / Double(delays.count)).formatted(
                .percent.precision(.fractionLength(1)))
        }
        func milliseconds(_ delay: Duration) -> String {
            (delay / .milliseconds(1)).formatted(.number.precision(.fractionLength(3)))
        }
        return """
            \(name): \(delays.count) stopped, \(share(.milliseconds(10))) within 10 ms, \(share(.milliseconds(50))) \
            within 50 ms, median \(milliseconds(delays[delays.count / 2])) ms, longest \(milliseconds(longest)) ms
            """
    }
}
