import ArgumentParser
import Foundation
import Synchronization
import WasmEngine
import WasmSpec

struct Endurance: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End calls early in every way, again and again, and watch what the process holds.",
        discussion: """
            Exits, host errors, every trap, running out of points, requests and deadlines, \
            nested \(EndingGuest.nestingDepth) deep \\
            over host and guest and in start functions, with checked and with guarded memories. Exits with 1 when a \
            call ends \\
            otherwise, or when descriptors, mappings or more than the allowed memory are left.
            """)

    @Option(help: "How many calls.") var count = 1_000_000
    @Option(help: "Threads that make them; each has its own instances.") var threads = 1
    @Flag(help: "Make the calls in tasks instead, as many at once as there are threads.") var tasks = false
    @Option(help: "How many bytes resident memory may grow by after the first tenth of the calls.") var allowedBytes =
        1 << 20

    func run() throws {
        let programs = try [Engine.MemoryProtection.checked, .guarded].map {
            try EndingGuest.Programs(EndingGuest.Programs.mode($0))
        }
        // Every thread ends calls in all ways, in both protections.
        try work(programs, count: max(count / 10, EndingGuest.Ending.allCases.count * 2 * threads))
        // Threads' heaps still settle when they all run at once for the second time; what leaks grows each time.
        for _ in 1...(threads > 1 ? 4 : 1) where try !grows(programs) { return }
        throw ExitCode.failure
    }

    private func grows(_ programs: [EndingGuest.Programs]) throws -> Bool {
        let before = try ProcessFootprint()
        try work(programs, count: count)
        let after = try ProcessFootprint()
        let growth = after.residentByteCount - before.residentByteCount
        print(
            """
            \(count.counted("call")) ended in \(EndingGuest.Ending.allCases.count) \
            ways\(threads > 1 ? " in \(threads.counted(tasks ? "task" : "thread"))" : "")
            resident memory: \(before.residentByteCount >> 10) KiB, then \(after.residentByteCount >> 10) \
            KiB: \(growth >> 10) KiB more
            descriptors: \(before.descriptors), then \(after.descriptors); mappings: \(before.mappings), \
            then \(after.mappings)
            """)
        // malloc keeps mappings of its own for threads.
        return growth > allowedBytes || after.descriptors > before.descriptors
            || after.mappings > before.mappings + (threads > 1 ? 32 : 0)
    }

    private func work(_ programs: [EndingGuest.Programs], count: Int) throws {
        let share = (count + threads - 1) / threads
        let problem = Problem()
        let one: @Sendable (Int) -> Void = { worker in
            do { try Self.end(programs, worker, count: share) } catch { problem.text.withLock { $0 = "\(error)" } }
        }
        if tasks {
            let done = DispatchSemaphore(value: 0)
            let threads = threads
            Task.detached {
                await withTaskGroup(of: Void.self) { group in
                    for worker in 0..<threads { group.addTask { one(worker) } }
                }
                done.signal()
            }
            done.wait()
        } else if threads == 1 {
            one(0)
        } else {
            let done = DispatchSemaphore(value: 0)
            for worker in 0..<threads {
                Thread {
                    one(worker)
                    done.signal()
                }.start()
            }
            for _ in 0..<threads { done.wait() }
        }
        if let text = problem.text.withLock({ $0 }) {
            print(text)
            throw ExitCode.failure
        }
    }

    private final class Problem: Sendable {
        let text = Mutex<String?>(nil)
    }

    private static func end(_ programs: [EndingGuest.Programs], _ worker: Int, count: Int) throws {
        let guests = try programs.map { try EndingGuest($0) }
        let endings = EndingGuest.Ending.allCases
        for number in 0..<count {
            try guests[(number / endings.count) % guests.count].end(endings[(number + worker) % endings.count])
        }
    }
}
