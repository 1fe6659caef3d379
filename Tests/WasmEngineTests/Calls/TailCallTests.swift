import Testing
import WasmEngine
import WasmText

@Suite struct TailCallTests {
    static let text = """
        (module
          (import "env" "host" (func $host (param i32 i32 i32) (result i32)))
          (type $count (func (param i32) (result i32)))
          (table funcref (elem $down $big $fail))
          ;; Each call of the host takes the place of the function that makes it.
          (func (export "host") (param i32) (result i32)
            (return_call $host (local.get 0) (i32.const 2) (i32.const 3)))
          (func $down (export "down") (type $count)
            (if (result i32) (local.get 0)
              (then (return_call_indirect (type $count) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
              (else (i32.const 9))))
          (func $endless (export "endless") (type $count) (return_call $endless (local.get 0)))
          (func (export "endlessTable") (type $count) (return_call_indirect (type $count) (i32.const -1) (i32.const 0)))
          (func $fail (type $count) (unreachable))
          (func $first (type $count) (return_call $second (local.get 0)))
          (func $second (type $count) (return_call_indirect (type $count) (local.get 0) (i32.const 2)))
          (func (export "trap") (result i32) (i32.add (i32.const 1) (call $first (i32.const 1))))
          ;; Recursion by ordinary calls of a function that also makes tail calls.
          (func $deep (export "deep") (type $count)
            (if (i32.eq (local.get 0) (i32.const -1)) (then (return_call $down (i32.const 0))))
            (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
          ;; A frame that the stack check on entry has to count.
          (func $big (export "big") (type $count) \(locals)
            (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
            (local.set 2000 (v128.const i64x2 1 2))
            (return_call_indirect (type $count) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))
        """

    private static let locals = "(local " + Array(repeating: "v128", count: 3000).joined(separator: " ") + ")"

    static func instance(_ mode: Engine.Options) throws -> Instance {
        var imports = Imports()
        imports.define("env", "host") { (a: Int32, b: Int32, c: Int32) throws -> Int32 in
            if a < 0 { throw ExitCode(7) }
            return a * 100 + b * 10 + c
        }
        return try instantiate(text, mode, imports: imports)
    }

    @Test(
        "A host function's result, and its error, are those of the function that it took the place of",
        arguments: modes.indices)
    func host(_ mode: Int) throws {
        let host = try Self.instance(modes[mode]).function("host", as: ((Int32) -> Int32).self)
        #expect(try host(1) == 123)
        #expect(throws: ExitCode(7)) { try host(-1) }
        #expect(try host(4) == 423)
    }

    @Test("A chain needs no stack, also of functions with large frames", arguments: modes.indices)
    func stack(_ mode: Int) throws {
        var options = modes[mode]
        options.stackByteCount = 128 << 10
        let instance = try Self.instance(options)
        #expect(try instance.function("down", as: ((Int32) -> Int32).self)(1_000_000) == 9)
        #expect(try instance.function("big", as: ((Int32) -> Int32).self)(1000) == 5)
        let deep = try instance.function("deep", as: ((Int32) -> Int32).self)
        do {
            _ = try deep(0)
            Issue.record("no overflow")
        } catch let trap as Trap {
            #expect(trap.reason == .stackOverflow)
        }
        #expect(try deep(-1) == 9)
    }

    @Test("A chain without end runs out of points", arguments: modes.indices)
    func points(_ mode: Int) throws {
        var options = modes[mode]
        options.metering = .points(limit: 100_000) { _ in 1 }
        let instance = try Self.instance(options)
        for name in ["endless", "endlessTable"] {
            instance.remainingPoints = .remaining(100_000)
            let function = try instance.function(name, as: ((Int32) -> Int32).self)
            #expect(throws: OutOfPoints.self) { try function(0) }
            #expect(instance.remainingPoints == .exhausted)
        }
        // Seven instructions a step, five in the last one.
        instance.remainingPoints = .remaining(7 * 20 + 5 + 3)
        let down = try instance.function("down", as: ((Int32) -> Int32).self)
        #expect(try down(20) == 9)
        #expect(instance.remainingPoints == .remaining(3))
        instance.remainingPoints = .remaining(7 * 20 + 5 - 1)
        #expect(throws: OutOfPoints.self) { try down(20) }
    }

    @Test("A chain without end is stopped by its deadline", arguments: modes.indices)
    func deadline(_ mode: Int) throws {
        let instance = try Self.instance(InterruptionTests.interruptible(modes[mode]))
        for name in ["endless", "endlessTable"] {
            let function = try instance.function(name)
            InterruptionTests.expectInterrupted(.deadline) {
                _ = try function.call([.i32(0)], timeout: .milliseconds(10))
            }
        }
    }

    /// `second` calls `fail`, which makes no tail calls; `first` has gone where it was not merged with `second`.
    @Test("A backtrace has the function that trapped and those that wait for it", arguments: modes.indices)
    func backtrace(_ mode: Int) throws {
        let instance = try Self.instance(modes[mode])
        do {
            _ = try instance.function("trap").call([])
            Issue.record("nothing was thrown")
        } catch let trap as Trap {
            #expect(trap.reason == .unreachable)
            let names = BacktraceTests.names(trap.backtrace)
            #expect(names.filter { $0 != "first" } == ["fail", "second", "trap"], "\(names)")
        }
    }

    @Test("On the stack of an asynchronous call") func asynchronous() async throws {
        let instance = try Self.instance(InterruptionTests.interruptible())
        let results = try await instance.function("down").callAsync([.i32(1_000_000)], stackByteCount: 64 << 10)
        #expect(results.first?.i32 == 9)
    }
}
