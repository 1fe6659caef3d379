import Foundation
import Testing
import Wasm
import WasmEngine
import WasmText

@Suite struct GuestExceptionTests {
    /// Some of ``modes``.
    static let sample = [0, 3, 5, 8]

    /// `layers` calls the host with one less until there is none left, and then throws; `catches` tells what it caught.
    static let text = """
        (module
          (import "env" "host" (func $host (param i32)))
          (tag $t (export "t") (param i32 f64))
          (tag $other (export "other") (param i32 f64))
          (global $passed (mut i32) (i32.const 0))
          (func $layers (export "layers") (param i32)
            (if (i32.eqz (local.get 0)) (then (throw $t (i32.const 42) (f64.const 0.5))))
            (call $host (i32.sub (local.get 0) (i32.const 1)))
            (global.set $passed (i32.const 1)))
          (func (export "catches") (param i32) (result i32 f64 i32)
            (block $h (result i32 f64)
              (try_table (catch $t $h) (call $layers (local.get 0)))
              (i32.const -1) (f64.const 0))
            (global.get $passed))
          (func (export "all") (result i32)
            (block $all (try_table (catch_all $all) (call $host (i32.const 1)) (return (i32.const 1))))
            (i32.const 2))
          (func (export "throws") (param i32) (throw $t (local.get 0) (f64.const 1))))
        """

    static func instance(_ mode: Engine.Options, _ host: @escaping (Int32) throws -> Void) throws -> Instance {
        var imports = Imports()
        imports.define("env", "host") { (value: Int32) throws -> Void in try host(value) }
        return try instantiate(text, mode, imports: imports)
    }

    @Test(
        "A host gets the exception that no guest caught, with its tag, its values and the guest's frames",
        arguments: sample)
    func uncaught(_ mode: Int) throws {
        let instance = try Self.instance(modes[mode]) { _ in }
        let tag = try #require(instance.tag("t"))
        #expect(tag.parameters == [.i32, .f64])
        do {
            _ = try instance.function("throws").call([.i32(7)])
            Issue.record("nothing was thrown")
        } catch let exception as GuestException {
            #expect(exception.tag == tag.reference)
            #expect(exception.tag != instance.tag("other")?.reference)
            #expect(exception.values.first?.i32 == 7 && exception.values.last?.f64 == 1)
            #expect(BacktraceTests.names(exception.backtrace) == ["throws"])
        }
        // The store is usable.
        #expect(throws: GuestException.self) { try instance.function("throws").call([.i32(7)]) }
    }

    @Test("Exceptions pass 50 layers of guests and hosts", arguments: sample)
    func layers(_ mode: Int) throws {
        var layers: Function?
        defer { layers = nil }
        let instance = try Self.instance(modes[mode]) { _ = try layers?.call([.i32($0)]) }
        layers = try instance.function("layers")
        let results = try instance.function("catches").call([.i32(50)])
        #expect(results[0].i32 == 42 && results[1].f64 == 0.5 && results[2].i32 == 0)
    }

    @Test(
        "A host function throws what its guest may catch, and nothing else of the host's is caught",
        arguments: sample)
    func hosts(_ mode: Int) throws {
        var error: any Error = ExitCode(3)
        let instance = try Self.instance(modes[mode]) { _ in throw error }
        let all = try instance.function("all")
        #expect(throws: ExitCode(3)) { try all.call() }
        error = Trap.Reason.unreachable.asError
        #expect(throws: (any Error).self) { try all.call() }
        let tag = try Tag([.i64], in: instance.store)
        error = GuestException(tag, [.i64(1 << 40)])
        #expect(try all.call().first?.i32 == 2)
        let own = try #require(instance.tag("t"))
        error = GuestException(own, [.i32(9), .f64(2.5)])
        let caught = try instance.function("catches").call([.i32(1)])
        #expect(caught[0].i32 == 9 && caught[1].f64 == 2.5)
        // Not of the tag's types, and of another store.
        error = GuestException(own, [.i32(9)])
        #expect(throws: UsageError.self) { try all.call() }
        error = GuestException(try Tag([], in: Store()))
        #expect(throws: UsageError.self) { try all.call() }
    }

    @Test("What a host function throws when the time is over, no guest catches") func late() throws {
        var error: any Error = ExitCode(0)
        var options = modes[5]
        options.isInterruptible = true
        let instance = try Self.instance(options) { _ in
            usleep(20_000)
            throw error
        }
        error = GuestException(try #require(instance.tag("t")), [.i32(9), .f64(2.5)])
        #expect(throws: Interrupted(.deadline)) {
            try instance.function("catches").call([.i32(1)], timeout: .milliseconds(1))
        }
        #expect(try instance.function("catches").call([.i32(1)])[0].i32 == 9)
    }

    @Test("A start function may throw", arguments: sample) func start(_ mode: Int) throws {
        let text = "(module (tag $t (param i32)) (func $s (throw $t (i32.const 5))) (start $s))"
        do {
            _ = try instantiate(text, modes[mode])
            Issue.record("nothing was thrown")
        } catch let exception as GuestException {
            #expect(exception.values.first?.i32 == 5)
        }
    }

    @Test("Exceptions are caught and leave on the stack of an asynchronous call, and count as other code does")
    func asynchronous() async throws {
        let instance = try Self.instance(InterruptionTests.interruptible()) { _ in }
        let caught = try await instance.function("catches").callAsync([.i32(0)])
        #expect(caught[0].i32 == 42)
        await #expect(throws: GuestException.self) {
            _ = try await instance.function("throws").callAsync([.i32(0)])
        }
    }

    static let endless = """
        (module (tag $t)
          (func $throw (throw $t))
          (func (export "loop") (loop $l (block $h (try_table (catch $t $h) (call $throw))) (br $l)))
          (func (export "once") (result i32)
            (block $h (try_table (catch $t $h) (call $throw))) (i32.const 3)))
        """

    @Test("A loop that throws and catches without end runs out of points and time", arguments: sample)
    func stopped(_ mode: Int) throws {
        var options = modes[mode]
        options.metering = .points(limit: 10_000) { _ in 1 }
        let metered = try instantiate(Self.endless, options)
        #expect(throws: OutOfPoints.self) { try metered.function("loop").call() }
        metered.remainingPoints = .remaining(20)
        #expect(try metered.function("once").call().first?.i32 == 3)
        let left = metered.remainingPoints
        metered.remainingPoints = .remaining(20)
        #expect(try metered.function("once").call().first?.i32 == 3)
        #expect(metered.remainingPoints == left && left != .exhausted)
        let interruptible = try instantiate(Self.endless, InterruptionTests.interruptible(modes[mode]))
        InterruptionTests.expectInterrupted(.deadline) {
            _ = try interruptible.function("loop").call(timeout: .milliseconds(10))
        }
    }

    @Test("Instances of a module have different tags; who imports a tag has the same one")
    func identity() throws {
        let store = Store()
        let text = "(module (tag (export \"t\") (param i32)) (func (export \"throw\") (throw 0 (i32.const 8))))"
        let first = try instantiate(text, in: store), second = try instantiate(text, in: store)
        var imports = Imports()
        imports.define("one", first)
        imports.define("two", second)
        let catching = try instantiate(
            """
            (module
              (import "one" "t" (tag $own (param i32)))
              (import "one" "throw" (func $one)) (import "two" "throw" (func $two))
              (func (export "catch") (param i32) (result i32)
                (block $h (result i32)
                  (try_table (catch $own $h) (if (local.get 0) (then (call $one)) (else (call $two))))
                  (i32.const 1)))
              (export "again" (tag $own)))
            """, imports: imports, in: store)
        #expect(catching.tag("again") == first.tag("t") && first.tag("t") != second.tag("t"))
        let run = try catching.function("catch")
        #expect(try run.call([1]) == [8])
        #expect(throws: GuestException.self) { try run.call([0]) }
    }

    static let payload = """
        (module
          (import "env" "host" (func $host))
          (tag $t (export "t") (param i32 i64 f32 f64 v128 funcref externref))
          (func $f (export "f"))
          (func (export "throw") (param externref)
            (throw $t (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4) (v128.const i64x2 5 6) (ref.func $f)
              (local.get 0)))
          (func (export "catch") (result i32 i64 f32 f64 v128 funcref externref)
            (block $h (result i32 i64 f32 f64 v128 funcref externref)
              (try_table (catch $t $h) (call $host))
              (unreachable))))
        """

    @Test("Values of all types arrive as they were thrown, also through a host", arguments: sample)
    func payload(_ mode: Int) throws {
        var throwing: Function?
        defer { throwing = nil }
        let store = Store()
        let object = Value.externref(try store.root("object"))
        var imports = Imports()
        imports.define("env", "host") { () throws -> Void in
            do { _ = try throwing?.call([object]) } catch let exception as GuestException {
                throw GuestException(try store.tag(exception.tag), exception.values)
            }
        }
        let instance = try instantiate(Self.payload, modes[mode], imports: imports, in: store)
        throwing = try instance.function("throw")
        let function = Value.funcref(try instance.function("f").reference)
        #expect(
            try instance.function("catch").call() == [
                1, .i64(2), .f32(3), .f64(4), .v128(V128(low: 5, high: 6)), function, object,
            ])
    }

    @Test("An exception is thrown where the stack is almost at its end, and what is after the end traps")
    func stackLimit() throws {
        let instance = try instantiate(
            """
            (module (tag $t)
              (func $down (param i32)
                (if (i32.eqz (local.get 0)) (then (throw $t)))
                (call $down (i32.sub (local.get 0) (i32.const 1)))
                (call $nothing))
              (func $nothing)
              (func (export "run") (param i32) (result i32)
                (block $h (try_table (catch_all $h) (call $down (local.get 0))) (unreachable))
                (i32.const 1)))
            """, in: Store(limits: .init(stackByteCount: 64 << 10)))
        let run = try instance.function("run", as: ((Int32) -> Int32).self)
        func isThrown(_ depth: Int32) throws -> Bool {
            do {
                return try run(depth) == 1
            } catch let trap as Trap where trap.reason == .stackOverflow {
                return false
            }
        }
        var (least, most) = (Int32(1), Int32(64 << 10))
        #expect(try isThrown(least) && !isThrown(most))
        while least + 1 < most {
            let middle = (least + most) / 2
            if try isThrown(middle) { least = middle } else { most = middle }
        }
        for depth in least - 3...least { #expect(try isThrown(depth)) }
        for depth in most...most + 3 { #expect(try !isThrown(depth)) }
    }

    @Test("Asynchronous host functions throw exceptions, which guests catch, through calls of calls")
    func asynchronousHosts() async throws {
        let store = Store()
        let tag = try Tag([.i32, .f64], in: store)
        var imports = Imports()
        imports.define("env", "t", tag)
        imports.define("env", "host") { (value: Int32) async throws -> Void in
            await Task.yield()
            throw GuestException(tag, [.i32(value), .f64(2)])
        }
        let instance = try instantiate(
            """
            (module
              (import "env" "t" (tag $t (param i32 f64)))
              (import "env" "host" (func $host (param i32)))
              (func $calls (param i32) (call $host (local.get 0)) (unreachable))
              (func (export "run") (param i32) (result i32 f64)
                (block $h (result i32 f64)
                  (try_table (catch $t $h) (call $calls (local.get 0)))
                  (unreachable))))
            """, imports: imports, in: store)
        let run = try instance.function("run")
        #expect(try await run.callAsync([7]) == [7, .f64(2)])
        #expect(try await run.callAsync([8]) == [8, .f64(2)])
    }

    /// A cleanup as C++ has it: a reference in a local, thrown again.
    static let cleanups = """
        (module (tag $t (param i32))
          (func $cleanup (param i32) (local exnref)
            (block $h (result exnref)
              (try_table (catch_all_ref $h)
                (if (local.get 0) (then (call $cleanup (i32.sub (local.get 0) (i32.const 1))))
                  (else (throw $t (i32.const 1)))))
              (return))
            (local.set 1)
            (throw_ref (local.get 1)))
          (func (export "run") (param $n i32) (result i32) (local $sum i32)
            (loop $l
              (block $h (result i32)
                (try_table (catch $t $h) (call $cleanup (i32.const 5)))
                (i32.const 0))
              (local.set $sum (i32.add (local.get $sum)))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))
        """

    /// Each function catches with a reference in a loop: in one frame, or in functions that may be inlined in one; the
    /// one from two rounds ago is thrown again from among the last three.
    static let loops = """
        (module
          (import "env" "count" (func $count))
          (tag $t (param i32 v128))
          (func $throw (param i32) (throw $t (local.get 0) (v128.const i64x2 0 0)))
          (func $inner (param i32) (result i32) (local $e exnref)
            (block $h (result i32 v128 exnref)
              (try_table (catch_ref $t $h) (call $throw (local.get 0)))
              (unreachable))
            (local.set $e) (drop) (drop)
            (block $h (result i32 v128)
              (try_table (catch $t $h) (throw_ref (local.get $e)))
              (unreachable))
            (drop))
          (func (export "run") (param $n i32) (result i32)
            (local $sum i32) (local $last exnref) (local $before exnref) (local $oldest exnref)
            (loop $l
              (local.set $oldest (local.get $before))
              (local.set $before (local.get $last))
              (block $h (result i32 v128 exnref)
                (try_table (catch_ref $t $h) (call $throw (local.get $n)))
                (unreachable))
              (local.set $last) (drop) (drop)
              (local.set $sum (i32.add (local.get $sum) (call $inner (local.get $n))))
              (local.set $sum (i32.sub (local.get $sum) (call $inner (i32.const 1))))
              (if (i32.eqz (ref.is_null (local.get $oldest))) (then
                (block $h (result i32 v128)
                  (try_table (catch $t $h) (throw_ref (local.get $oldest)))
                  (unreachable))
                (drop)
                (local.set $sum (i32.add (local.get $sum)))))
              (if (i32.eqz (i32.rem_u (local.get $n) (i32.const 1000))) (then (call $count)))
              (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum)))
        """

    @Test("What a million caught exceptions leave is what the functions hold that run", arguments: sample)
    func held(_ mode: Int) throws {
        let store = Store()
        var (most, count) = (0, 0)
        var imports = Imports()
        imports.define("env", "count") { () -> Void in
            most = max(most, store.exceptionByteCount)
            count += 1
        }
        let instance = try instantiate(Self.loops, modes[mode], imports: imports, in: store)
        // Each round catches five.
        let rounds: Int32 = mode == 0 ? 200_000 : 2_000
        let sum = (1...Int(rounds)).reduce(0) { $0 + $1 - 1 } + (3...Int(rounds)).reduce(0, +)
        let expected = Int32(truncatingIfNeeded: sum)
        #expect(try instance.function("run").call([.i32(rounds)]) == [.i32(expected)])
        #expect(count == rounds / 1000)
        // Three in locals, one or two that functions had which have returned, of 64 bytes each.
        #expect(most <= 8 * 64)
        #expect(store.exceptionByteCount == 0)
    }

    @Test("References that anybody may have take so much memory and no more")
    func kept() throws {
        let instance = try instantiate(
            """
            (module (tag $t (param v128 v128))
              (global $e (mut exnref) (ref.null exn))
              (func $throw (throw $t (v128.const i64x2 1 2) (v128.const i64x2 3 4)))
              (func (export "keep")
                (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw)) (unreachable))
                (global.set $e))
              (func (export "endless")
                (loop $l
                  (block $h (result exnref) (try_table (catch_all_ref $h) (call $throw)) (unreachable))
                  (global.set $e) (br $l)))
              (func (export "again") (throw_ref (global.get $e))))
            """)
        _ = try instance.function("keep").call()
        #expect(throws: GuestException.self) { try instance.function("again").call() }
        // Other calls leave it alone.
        #expect(throws: GuestException.self) { try instance.function("again").call() }
        do {
            _ = try instance.function("endless").call()
            Issue.record("nothing was thrown")
        } catch let trap as Trap {
            #expect(trap.reason == .tooManyExceptions)
        }
        #expect(throws: GuestException.self) { try instance.function("again").call() }
    }

    @Test("References that stay in the functions that caught them take no memory for good")
    func references() throws {
        let run = try instantiate(Self.cleanups).function("run", as: ((Int32) -> Int32).self)
        #expect(try run(1000) == 1000)
        // Each one would take at least 64 bytes, and with 64 MiB of them the guest would trap.
        #expect(try run(1_200_000) == 1_200_000)
    }
}

extension Trap.Reason {
    /// Some error of the host's.
    fileprivate var asError: any Error { UsageError.invalidArgument(rawValue) }
}
