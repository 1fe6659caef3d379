import Testing
import Wasm
import WasmEngine
import WasmText

@Suite struct GuestExceptionTests {
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

    @Test("A host gets the exception that no guest caught, with its tag, its values and the guest's frames",
        arguments: modes.indices)
    func uncaught(_ mode: Int) throws {
        let instance = try Self.instance(modes[mode]) { _ in }
        let tag = try #require(instance.tag("t"))
        #expect(tag.parameters == [.i32, .f64])
        do {
            _ = try instance.function("throws").call([.i32(7)])
            Issue.record("nothing was thrown")
        } catch let exception as GuestException {
            #expect(exception.tag == tag)
            #expect(exception.tag != instance.tag("other"))
            #expect(exception.values.first?.i32 == 7 && exception.values.last?.f64 == 1)
            #expect(BacktraceTests.names(exception.backtrace) == ["throws"])
        }
        // The store is usable.
        #expect(throws: GuestException.self) { try instance.function("throws").call([.i32(7)]) }
    }

    @Test("Exceptions pass 50 layers of guests and hosts", arguments: modes.indices)
    func layers(_ mode: Int) throws {
        var layers: Function?
        defer { layers = nil }
        let instance = try Self.instance(modes[mode]) { _ = try layers?.call([.i32($0)]) }
        layers = try instance.function("layers")
        let results = try instance.function("catches").call([.i32(50)])
        #expect(results[0].i32 == 42 && results[1].f64 == 0.5 && results[2].i32 == 0)
    }

    @Test("A host function throws what its guest may catch, and nothing else of the host's is caught",
        arguments: modes.indices)
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

    @Test("A start function may throw", arguments: modes.indices) func start(_ mode: Int) throws {
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

    @Test("A loop that throws and catches without end runs out of points and time", arguments: modes.indices)
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

    @Test("References that stay in the functions that caught them take no memory for good")
    func references() throws {
        let run = try instantiate(Self.cleanups).function("run", as: ((Int32) -> Int32).self)
        #expect(try run(1000) == 1000)
        let before = try Footprint().residentBytes
        #expect(try run(200_000) == 200_000)
        // Each one would take at least 64 bytes.
        #expect(try Footprint().residentBytes < before + 8_000_000)
    }
}

extension Trap.Reason {
    /// Some error of the host's.
    fileprivate var asError: any Error { UsageError.invalidArgument(rawValue) }
}
