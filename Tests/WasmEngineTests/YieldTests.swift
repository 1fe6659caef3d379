import Foundation
import Synchronization
import Testing
import WasmEngine
import WasmText

/// Guests that run for long give their thread to other tasks, and go on where they were.
@Suite struct YieldTests {
    static func options(
        _ optimization: OptimizationLevel = .standard, _ memory: Engine.MemoryProtection = .guarded,
        metered: Bool = false, target: Target = .native
    ) -> Engine.Options {
        var options = Engine.Options(optimization: optimization, memory: memory, isInterruptible: true)
        options.target = target
        if metered { options.metering = .points { _ in 1 } }
        return options
    }

    static let endless = """
        (module
          (import "env" "call" (func $call))
          (memory (export "memory") 32 64)
          (table (export "table") 1 funcref)
          (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
          (func $caller (param i32) (result i32) (call $leaf (call $leaf (local.get 0))))
          (func $tree (param $depth i32) (if (local.get $depth) (then
            (call $tree (i32.sub (local.get $depth) (i32.const 1))) (call $tree (i32.sub (local.get $depth)
              (i32.const 1))))))
          (func (export "loop") (loop (br 0)))
          (func (export "calls") (param $x i32) (loop (local.set $x (call $caller (local.get $x))) (br 0)))
          (func (export "recursion") (call $tree (i32.const 60)))
          (func (export "fill") (loop (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x1fffff)) (br 0)))
          (func (export "sums") (param $i i32) (loop $next (local.set $i (i32.const 1000000))
            (loop $sum
              (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get $i)))
              (br_if $sum (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
            (br $next)))
          (func (export "nested") (call $call))
          (func (export "double") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2))))
        """

    static func instance(_ program: CompiledModule, _ call: @escaping (Caller) throws -> Void = { _ in }) throws
        -> Instance
    {
        var imports = Imports()
        imports.define("env", "call", call)
        return try program.instantiate(imports: imports)
    }

    /// The deadline ends the test where guests do not yield, and no other.
    static let never = Duration.seconds(86_400)

    @Test("Twice as many endless guests as there are threads leave room for a task that stops them")
    func others() async throws {
        let program = try Engine(options: Self.options()).compile(Module(text: Self.endless))
        let handle = InterruptHandle()
        let names = ["loop", "calls", "recursion", "fill", "sums"]
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<max(names.count, 2 * ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask {
                    _ = await #expect(throws: Interrupted(.requested), "\(names[index % names.count])") {
                        let function = try Self.instance(program).function(names[index % names.count])
                        let arguments = function.type.parameters.map { _ in Value.i32(0) }
                        _ = try await function.callAsync(arguments, timeout: Self.never, handle: handle)
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 { await Task.yield() }
                handle.interrupt()
            }
        }
    }

    /// Rounds of everything that could be lost on the way: integers, floats, vectors, points, what other functions
    /// keep.
    static let rounds = """
        (module
          (import "env" "goes_on" (func $goes_on (result i32)))
          (memory 1)
          (global $sum (mut i64) (i64.const 0))
          (func $mix (param $depth i32) (param $x f64) (result f64)
            (if (result f64) (local.get $depth)
              (then (f64.add (call $mix (i32.sub (local.get $depth) (i32.const 1)) (f64.mul (local.get $x)
                (f64.const 1.0001))) (local.get $x)))
              (else (f64.sqrt (local.get $x)))))
          (func (export "run") (result i64)
            (local $i i32) (local $x f64) (local $y f32) (local $v v128) (local $n i64)
            (local.set $x (f64.const 1.5)) (local.set $y (f32.const 0.25)) (local.set $v (v128.const i32x4 1 2 3 4))
            (loop $round
              (local.set $i (i32.const 30000))
              (loop $next
                (local.set $n (i64.add (i64.mul (local.get $n) (i64.const 6364136223846793005)) (i64.extend_i32_u
                  (local.get $i))))
                (local.set $x (f64.add (f64.mul (local.get $x) (f64.const 0.999)) (f64.convert_i64_s (local.get $n))))
                (local.set $y (f32.sub (f32.const 1) (f32.mul (local.get $y) (f32.const 0.75))))
                (local.set $v (i32x4.add (local.get $v) (i32x4.splat (i32.wrap_i64 (local.get $n)))))
                (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
              (local.set $i (i32.const 8000))
              (loop $next
                (i32.store (local.get $i) (i32.add (i32.load (local.get $i)) (local.get $i)))
                (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 4)))))
              (local.set $x (f64.add (local.get $x) (call $mix (i32.const 100) (f64.abs (local.get $x)))))
              (global.set $sum (i64.add (global.get $sum) (i64.load (i32.const 4000))))
              (br_if $round (call $goes_on)))
            (i64.xor (i64.xor (local.get $n) (i64.reinterpret_f64 (local.get $x)))
              (i64.xor (i64.extend_i32_u (i32.reinterpret_f32 (local.get $y)))
                (i64.xor (global.get $sum) (i64x2.extract_lane 0 (local.get $v))))))
        )
        """

    final class Counter: Sendable { let count = Atomic(0) }

    /// Another task of the main actor, which counts its turns until it is cancelled. It has had one.
    @MainActor private static func takeTurns(_ turns: Counter) async -> Task<Void, Never> {
        let others = Task { @MainActor in
            while !Task.isCancelled {
                turns.count.add(1, ordering: .relaxed)
                await Task.yield()
            }
        }
        await Task.yield()
        return others
    }

    @Test(
        "A guest that has yielded often has the same results and points left as one that ran at once",
        arguments: [
            options(.none, .checked), options(.less), options(.standard, .checked, metered: true), options(),
            options(metered: true), options(target: .portable),
        ])
    @MainActor func results(_ options: Engine.Options) async throws {
        let program = try Engine(options: options).compile(Module(text: Self.rounds))
        // Counts what runs between the guest's turns: on the main actor that is nothing unless it yields.
        let turns = Counter()
        let others = await Self.takeTurns(turns)
        defer { others.cancel() }
        let rounds = Counter()
        var imports = Imports()
        let start = turns.count.load(ordering: .relaxed)
        imports.define("env", "goes_on") { () -> Int32 in
            rounds.count.add(1, ordering: .relaxed)
            return turns.count.load(ordering: .relaxed) < start + 5 ? 1 : 0
        }
        let yielding = try program.instantiate(imports: imports)
        if options.metering != nil { yielding.remainingPoints = .remaining(1 << 60) }
        let results = try await yielding.function("run").callAsync()
        let count = rounds.count.load(ordering: .relaxed)
        var left = count
        var countdown = Imports()
        countdown.define("env", "goes_on") { () -> Int32 in
            left -= 1
            return left > 0 ? 1 : 0
        }
        let atOnce = try program.instantiate(imports: countdown)
        if options.metering != nil { atOnce.remainingPoints = .remaining(1 << 60) }
        #expect("\(try atOnce.function("run").call())" == "\(results)", "\(count) rounds")
        #expect(atOnce.remainingPoints == yielding.remainingPoints)
    }

    @Test("What a poll restores it does not clear again", arguments: ["x86-64-v3", "x86-64-v4"])
    func restoredVectors(_ target: String) throws {
        let options = Self.options(target: try #require(Target.named[target]))
        let code = String(
            decoding: try Engine(options: options).emit(Module(text: Self.rounds), as: .assembly), as: UTF8.self)
        let function = code.split(separator: "\n").drop { !$0.hasPrefix("wasm_may_go_on:") }.prefix {
            !$0.hasPrefix("\tret")
        }
        let restored = try #require(function.lastIndex { $0.contains("(%rsp), %ymm0") })
        #expect(function[restored...].filter { $0.contains("vzero") } == [])
    }

    @Test(
        "Beside a guest that has yielded its store takes no synchronous call and does not grow; asynchronous calls wait"
    )
    @MainActor func storeInUse() async throws {
        let program = try Engine(options: Self.options(.standard, .checked)).compile(Module(text: Self.endless))
        let instance = try Self.instance(program)
        let (endless, double) = (try instance.function("loop"), try instance.function("double"))
        let handle = InterruptHandle()
        let ended = Counter()
        let first = Task { @MainActor in
            // Not in the closure of an expectation, which need not run on the actor.
            do {
                _ = try await endless.callAsync(timeout: Self.never, handle: handle)
                Issue.record("an endless guest has ended")
            } catch {
                #expect(error as? Interrupted == Interrupted(.requested))
            }
            ended.count.add(1, ordering: .relaxed)
        }
        while (try? double.call([.i32(21)])) != nil { await Task.yield() }
        #expect(throws: UsageError.storeInUse) { try double.call([.i32(21)]) }
        #expect(throws: UsageError.storeInUse) {
            try instance.store.interruptible(timeout: Self.never) { try double.call([.i32(21)]) }
        }
        let memory = try #require(instance.memory("memory")), table = try #require(instance.table("table"))
        #expect(throws: UsageError.storeInUse) { try memory.grow(pages: 1) }
        #expect(throws: UsageError.storeInUse) { try table.grow(count: 100, filledWith: .funcref(nil)) }
        // One that has to stop need not wait for the first.
        do {
            _ = try await double.callAsync([.i32(1)], timeout: .milliseconds(1))
            Issue.record("a call has not waited for the guest that yielded")
        } catch {
            #expect(error as? Interrupted == Interrupted(.deadline))
        }
        let cancelled = Task { @MainActor in
            do {
                _ = try await double.callAsync([.i32(1)])
                Issue.record("a cancelled call has ended as if it were not")
            } catch {
                #expect(error as? Interrupted == Interrupted(.cancelled))
            }
        }
        let second = Task { @MainActor in
            let results = try await double.callAsync([.i32(21)])
            #expect(handle.isInterrupted)
            return results.first?.i32
        }
        await Task.yield()
        cancelled.cancel()
        await cancelled.value
        #expect(ended.count.load(ordering: .relaxed) == 0)
        handle.interrupt()
        #expect(try await second.value == 42)
        await first.value
        #expect(try memory.grow(pages: 1) == 32)
        #expect(try double.call([.i32(4)]).first?.i32 == 8)
    }

    @Test("A guest beneath a host function that called it does not yield, and is stopped all the same")
    @MainActor func nested() async throws {
        let program = try Engine(options: Self.options()).compile(Module(text: Self.endless))
        final class Holder { var endless: (() throws -> Void)? }
        let (holder, turns) = (Holder(), Counter())
        let others = await Self.takeTurns(turns)
        defer { others.cancel() }
        let instance = try Self.instance(program) { [unowned holder] caller in
            let before = turns.count.load(ordering: .relaxed)
            #expect(throws: Interrupted(.deadline)) {
                try caller.store.interruptible(timeout: .milliseconds(50)) { try holder.endless?() }
            }
            #expect(turns.count.load(ordering: .relaxed) == before)
        }
        holder.endless = try instance.function("loop", as: (() -> Void).self)
        defer { holder.endless = nil }
        #expect(try await instance.function("nested").callAsync().isEmpty)
    }

    /// How many guests run now, and the most that did at once.
    private final class Running: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock(\.most) }

        func stay() {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            usleep(1000)
            counts.withLock { $0.now -= 1 }
        }
    }

    /// Whose instance it is, and in whose turn its guests run.
    private actor Owner {
        private let instance: Instance

        init(_ options: Engine.Options, _ running: Running) throws {
            var imports = Imports()
            imports.define("env", "stay") { () throws -> Void in running.stay() }
            imports.define("env", "wait") { (number: Int32) async throws -> Int32 in
                running.stay()
                await Task.yield()
                running.stay()
                return number
            }
            instance = try instantiate(
                """
                (module
                  (import "env" "stay" (func $stay)) (import "env" "wait" (func $wait (param i32) (result i32)))
                  (func (export "run") (param i32) (result i32) (call $stay) (local.get 0))
                  (func (export "wait") (param i32) (result i32) (call $wait (local.get 0))))
                """, options, imports: imports)
        }

        func run(_ name: String, _ number: Int32, isTyped: Bool) async throws -> Int32? {
            if !isTyped { return try await instance.function(name).callAsync([.i32(number)]).first?.i32 }
            let run = try instance.function(name, as: ((Int32) async -> Int32).self)
            return try await run(number)
        }
    }

    @Test(
        "The guests of an actor's store and what they wait for run one after the other, however they are called",
        arguments: [false, true])
    func turns(isInterruptible: Bool) async throws {
        let running = Running()
        var options = Self.options()
        options.isInterruptible = isInterruptible
        let owner = try Owner(options, running)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<Int32(40) {
                let name = number % 2 == 0 ? "run" : "wait"
                group.addTask { try await owner.run(name, number, isTyped: number % 3 != 0) == number }
            }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(running.most == 1)
    }
}
