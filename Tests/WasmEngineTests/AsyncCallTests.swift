import Foundation
import Testing
import WasmEngine
import WasmText

@Suite struct AsyncCallTests {
    static let text = """
        (module
          (import "env" "fetch" (func $fetch (param i32) (result i32)))
          (import "env" "call" (func $call (param i32) (result i32)))
          (memory (export "memory") 1)
          (global $g (mut i32) (i32.const 0))
          (func (export "sum") (param $n i32) (result i32) (local $sum i32)
            (loop $next
              (local.set $sum (i32.add (local.get $sum) (call $fetch (local.get $n))))
              (global.set $g (local.get $sum))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_if $next (local.get $n)))
            (local.get $sum))
          (func $deep (export "deep") (param i32) (result i32)
            (if (result i32) (local.get 0)
              (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
              (else (call $fetch (i32.const 0)))))
          (func (export "through") (param i32) (result i32) (call $call (local.get 0)))
          (func (export "endless") (loop (br 0)))
          (func $recurse (export "recurse") (param i32) (result i32) (i32.add (i32.const 1) (call $recurse
            (local.get 0))))
          (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
        """

    static func imports(_ fetch: @escaping (Caller, Int32) async throws -> Int32) -> Imports {
        var imports = Imports()
        imports.define("env", "fetch", fetch)
        imports.define("env", "call") { (value: Int32) throws -> Int32 in value }
        return imports
    }

    static func interruptible(_ mode: Engine.Options = .init()) -> Engine.Options {
        var options = mode
        options.isInterruptible = true
        return options
    }

    @Test("The guest waits for Swift in every mode, on whatever thread", arguments: modes.indices)
    func waits(_ mode: Int) async throws {
        let instance = try instantiate(
            Self.text, modes[mode],
            imports: Self.imports { _, value in
                await Task.yield()
                try await Task.sleep(for: .milliseconds(1))
                return value
            })
        let sum = try instance.function("sum", as: ((Int32) async -> Int32).self)
        #expect(try await sum(10) == 55)
        #expect(try await sum(10) == 55)
        let deep = try instance.function("deep")
        #expect(try await deep.callAsync([.i32(1000)]).first?.i32 == 1000)
    }

    @Test("Errors, traps and exits arrive, and the instance can be called again")
    func errors() async throws {
        struct Marker: Error {}
        let instance = try instantiate(
            Self.text,
            imports: Self.imports { _, value in
                await Task.yield()
                if value == 1 { throw ExitCode(7) }
                if value == 2 { throw Marker() }
                return value
            })
        let sum = try instance.function("sum", as: ((Int32) async -> Int32).self)
        await #expect(throws: ExitCode(7)) { _ = try await sum(1) }
        await #expect(throws: Marker.self) { _ = try await sum(5) }
        let recurse = try instance.function("recurse", as: ((Int32) async -> Int32).self)
        do {
            _ = try await recurse(0)
            Issue.record("no overflow")
        } catch let trap as Trap { #expect(trap.reason == .stackOverflow) }
        #expect(try instance.function("double").call([.i32(21)]).first?.i32 == 42)
    }

    @Test("Called synchronously, or through another host function, the guest is told that it cannot wait")
    func cannotSuspend() async throws {
        var deep: (() throws -> Int32)?
        defer { deep = nil }
        var imports = Self.imports { _, value in value }
        imports.define("env", "call") { (value: Int32) throws -> Int32 in try deep?() ?? 0 }
        let instance = try instantiate(Self.text, imports: imports)
        let synchronous = try instance.function("deep", as: ((Int32) -> Int32).self)
        #expect(throws: UsageError.cannotSuspend) { try synchronous(3) }
        deep = { try synchronous(3) }
        let through = try instance.function("through")
        await #expect(throws: UsageError.cannotSuspend) { _ = try await through.callAsync([.i32(0)]) }
    }

    @Test("An asynchronous host function may call the guest that waits for it")
    func reentrance() async throws {
        final class Holder { var double: ((Int32) throws -> Int32)? }
        let holder = Holder()
        let instance = try instantiate(
            Self.text,
            imports: Self.imports { [unowned holder] _, value in
                await Task.yield()
                let result = try holder.double?(value) ?? 0
                await Task.yield()
                return result
            })
        holder.double = try instance.function("double", as: ((Int32) -> Int32).self)
        let sum = try instance.function("sum", as: ((Int32) async -> Int32).self)
        #expect(try await sum(10) == 110)
    }

    @Test("Two calls into one store may wait at once and end in any order")
    @MainActor func interleaved() async throws {
        let instance = try instantiate(
            Self.text, Self.interruptible(),
            imports: Self.imports { _, value in
                try await Task.sleep(for: value == 3 ? .seconds(3600) : .milliseconds(10))
                return value
            })
        let sum = try instance.function("sum")
        let first = Task { @MainActor in
            _ = await #expect(throws: Interrupted(.deadline)) {
                _ = try await sum.callAsync([.i32(3)], timeout: .milliseconds(20))
            }
        }
        let second = Task { @MainActor in try await sum.callAsync([.i32(2)]).first?.i32 }
        await first.value
        #expect(try await second.value == 3)
        let third = try await sum.callAsync([.i32(1)]).first?.i32
        #expect(third == 1)
    }

    @Test("Cancelling the task stops a guest that runs and one that waits", arguments: ["endless", "sum"])
    func cancellation(_ name: String) async throws {
        let task = Task {
            let instance = try instantiate(
                Self.text, Self.interruptible(),
                imports: Self.imports { _, value in
                    try await Task.sleep(for: .seconds(3600))
                    return value
                })
            let function = try instance.function(name)
            do {
                _ = try await function.callAsync(name == "sum" ? [.i32(1)] : [])
                Issue.record("it ended")
            } catch let error as Interrupted { #expect(error.reason == .cancelled) }
            #expect(try instance.function("double").call([.i32(21)]).first?.i32 == 42)
        }
        try await Task.sleep(for: .milliseconds(30))
        task.cancel()
        try await task.value
    }

    @Test("A deadline and a handle end the waiting")
    func deadlineWhileWaiting() async throws {
        let instance = try instantiate(
            Self.text, Self.interruptible(),
            imports: Self.imports { _, value in
                try await Task.sleep(for: .seconds(3600))
                return value
            })
        let sum = try instance.function("sum")
        await #expect(throws: Interrupted(.deadline)) {
            _ = try await sum.callAsync([.i32(1)], timeout: .milliseconds(20))
        }
        let handle = InterruptHandle()
        Thread {
            Thread.sleep(forTimeInterval: 0.02); handle.interrupt()
        }.start()
        await #expect(throws: Interrupted(.requested)) { _ = try await sum.callAsync([.i32(1)], handle: handle) }
        await #expect(throws: Interrupted(.requested)) { _ = try await sum.callAsync([.i32(1)], handle: handle) }
    }

    static let startText = """
        (module
          (import "env" "fetch" (func $fetch (param i32) (result i32)))
          (global (export "result") (mut i32) (i32.const 0))
          (func $start (global.set 0 (call $fetch (i32.const 20))))
          (start $start))
        """

    static func startImports(_ fetch: @escaping (Caller, Int32) async throws -> Int32) -> Imports {
        var imports = Imports()
        imports.define("env", "fetch", fetch)
        return imports
    }

    @Test("A typed function has a deadline and a stack of its own, too")
    func typedConditions() async throws {
        let imports = Self.imports { _, value in
            try await Task.sleep(for: .seconds(100))
            return value
        }
        let instance = try instantiate(Self.text, Self.interruptible(), imports: imports)
        let sum = try instance.function("sum", as: ((Int32) async -> Int32).self)
        let endless = try instance.function("endless", as: (() async -> Void).self)
        await #expect(throws: Interrupted(.deadline)) { _ = try await sum(1, timeout: .milliseconds(1)) }
        await #expect(throws: Interrupted(.deadline)) { try await endless(deadline: .now) }
        let handle = InterruptHandle()
        handle.interrupt()
        await #expect(throws: Interrupted(.requested)) { _ = try await sum(1, handle: handle) }
        let deep = try instantiate(Self.text, imports: Self.imports { _, value in value })
            .function("deep", as: ((Int32) async -> Int32).self)
        #expect(try await deep(20_000, stackByteCount: 16 << 20) == 20_000)
        await #expect(throws: Trap(.stackOverflow)) { _ = try await deep(20_000, stackByteCount: 1 << 16) }
    }

    @Test("A start function waits for Swift when it is instantiated asynchronously", arguments: modes.indices)
    func start(_ mode: Int) async throws {
        let program = try Engine(options: modes[mode]).compile(Module(text: Self.startText))
        let imports = Self.startImports { _, value in
            await Task.yield()
            return value + 1
        }
        let instance = try await program.instantiateAsync(imports: imports)
        #expect(instance.global("result")?.value.i32 == 21)
        #expect(throws: UsageError.cannotSuspend) { _ = try program.instantiate(imports: imports) }
    }

    @Test("A stack of fewer bytes than none is refused by its size", arguments: [-1, .min])
    func negativeStack(byteCount: Int) async throws {
        let program = try Engine(options: modes[0]).compile(Module(text: #"(module (func (export "f")))"#))
        let function = try program.instantiate().function("f")
        let error = await #expect(throws: UsageError.self) {
            _ = try await function.callAsync(stackByteCount: byteCount)
        }
        #expect(error?.description.contains("\(byteCount)") == true)
        await #expect(throws: UsageError.self) { _ = try await program.instantiateAsync(stackByteCount: byteCount) }
    }

    @Test("What stops a start function that waits arrives at whoever instantiates")
    func startStops() async throws {
        let program = try Engine(options: Self.interruptible()).compile(Module(text: Self.startText))
        let failing = Self.startImports { _, _ in
            await Task.yield()
            throw ExitCode(3)
        }
        await #expect(throws: ExitCode(3)) { _ = try await program.instantiateAsync(imports: failing) }
        let endless = Self.startImports { _, value in
            try await Task.sleep(for: .seconds(3600))
            return value
        }
        await #expect(throws: Interrupted(.deadline)) {
            _ = try await program.instantiateAsync(imports: endless, timeout: .milliseconds(20))
        }
        let task = Task { _ = try await program.instantiateAsync(imports: endless) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await #expect(throws: Interrupted(.cancelled)) { try await task.value }
    }

    @Test("An exit from far inside ends a suspended guest, and frames of it are known")
    func exitWhileSuspended() async throws {
        let instance = try instantiate(
            Self.text,
            imports: Self.imports { _, _ in
                await Task.yield()
                throw ExitCode(9)
            })
        let deep = try instance.function("deep")
        for _ in 0..<3 { await #expect(throws: ExitCode(9)) { _ = try await deep.callAsync([.i32(100)]) } }
        let trace = try #require(instance.store.lastBacktrace)
        #expect(trace.count == 101)
        #expect(try instance.function("double").call([.i32(21)]).first?.i32 == 42)
    }

    /// Lets `count` guests wait until all do; then they go on.
    static func waitTogether(_ count: Int) async throws -> (correct: Int, grownBytes: Int) {
        let program = try Engine().compile(Module(text: Self.text))
        let before = try Footprint()
        let gate = Gate(count)
        let correct = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...Int32(count) {
                group.addTask {
                    let instance = try program.instantiate(
                        imports: Self.imports { _, value in
                            await gate.wait()
                            return value * number
                        })
                    let sum = try instance.function("sum", as: ((Int32) async -> Int32).self)
                    return try await sum(2) == 3 * number ? 1 : 0
                }
            }
            return try await group.reduce(0, +)
        }
        return (correct, try await gate.footprint().residentBytes - before.residentBytes)
    }

    /// Opens when everybody waits, again and again.
    actor Gate {
        private let count: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private var largest: Footprint?

        init(_ count: Int) { self.count = count }

        func wait() async {
            await withCheckedContinuation { continuation in
                waiting.append(continuation)
                guard waiting.count == count else { return }
                largest = try? Footprint()
                for continuation in waiting { continuation.resume() }
                waiting = []
            }
        }

        func footprint() throws -> Footprint { try largest ?? Footprint() }
    }

    @Test("10,000 guests wait at once, in less than 1 GiB, and all resume with their own results")
    func many() async {
        await #expect(processExitsWith: .success) {
            let (correct, grown) = try await Self.waitTogether(10_000)
            #expect(correct == 10_000)
            #expect(grown < 1 << 30)
        }
    }
}
