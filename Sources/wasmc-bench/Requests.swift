import ArgumentParser
import Foundation
import WasmEngine
import WasmText

/// What a server pays for each request, and for each call of the host's: medians of batches, as a table.
struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what whole WASI requests cost, and calls in each form, as a table.",
        discussion: """
            A request is a WASI context, an instance, and the _start of a program that does nothing. Build for release.
            """)
    private static let batchCount = 201

    @Option(help: "How many requests of each kind.") var requests = 10_000
    @Option(help: "How many calls of each kind.") var calls = 1_000_000

    private static let text = """
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start"))
          (func (export "nothing"))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        """

    func run() throws {
        let program = try Engine().compile(Module(text: Self.text))
        print("| a WASI request | µs |\n|---|---|")
        try Self.report("imports made for it", count: requests, unit: 1e3) { count in
            for _ in 0..<count {
                var imports = Imports()
                imports.define(try Self.wasi())
                try program.instantiate(imports: imports).runCommand()
            }
        }
        var linker = Linker<Int>()
        linker.defineWASI { _ in try Self.wasi() }
        let linked = try linker.link(program)
        try Self.report("`Linker`", count: requests, unit: 1e3) { count in
            for number in 0..<count { try linked.instantiate(number).runCommand() }
        }
        let pool = InstancePool(linked, capacity: 8)
        try Self.report("`Linker` and `InstancePool`", count: requests, unit: 1e3) { count in
            try Self.wait {
                for number in 0..<count {
                    try await pool.withInstance(number) { instance in _ = try instance.runCommand() }
                }
            }
        }
        print("\n| a call | ns |\n|---|---|")
        try reportCalls(linked.instantiate(0))
        try Self.report("`callAsync` of an empty function", count: calls / 10, unit: 1) { count in
            try Self.wait {
                let function = try linked.instantiate(0).function("nothing")
                for _ in 0..<count { try await function.callAsync() }
            }
        }
    }

    private func reportCalls(_ instance: Instance) throws {
        let add = try instance.function("add", as: ((Int32, Int32) -> Int32).self)
        var sum: Int32 = 0
        try Self.report("typed", count: calls, unit: 1) { count in
            for value in 0..<Int32(count) { sum = try add(sum, value) }
        }
        let untyped = try instance.function("add")
        try Self.report("`call` with values", count: calls, unit: 1) { count in
            for value in 0..<Int32(count) { sum = try untyped.call([.i32(sum), .i32(value)])[0].i32 ?? 0 }
        }
        var results: [Value] = [0]
        try Self.report("`call` with values, results in place", count: calls, unit: 1) { count in
            for value in 0..<Int32(count) { try untyped.call([results[0], .i32(value)], into: &results) }
        }
        let nothing = try instance.function("nothing")
        try Self.report("`call` of an empty function", count: calls, unit: 1) { count in
            for _ in 0..<count { try nothing.call() }
        }
        try Self.report("looked up, typed and called", count: calls / 10, unit: 1) { count in
            for value in 0..<Int32(count) {
                sum = try instance.function("add", as: ((Int32, Int32) -> Int32).self)(sum, value)
            }
        }
    }

    private static func wasi() throws -> WASI { try WASI(stdin: .empty, stdout: .discarded, stderr: .discarded) }

    /// A row with the median of the batches, of which one before them is not counted.
    private static func report(
        _ name: String, count: Int, unit nanoseconds: Double, _ body: (_ count: Int) throws -> Void
    ) throws {
        let batch = max(count / batchCount, 1)
        try body(batch)
        let samples = try (0..<batchCount).map { _ in
            let stopwatch = Stopwatch()
            try body(batch)
            return stopwatch.elapsed / Double(batch) / nanoseconds
        }
        guard let statistics = Statistics(samples) else { return }
        print("| \(name) | \(String(format: "%.1f", statistics.median)) |")
    }

    /// Waits for a task.
    private static func wait(_ body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await body() } catch { outcome.error = error }
            done.signal()
        }
        done.wait()
        if let error = outcome.error { throw error }
    }

    private final class Outcome: @unchecked Sendable {
        // Unchecked: written before the semaphore is signalled, read after.
        var error: (any Error)?
    }
}
