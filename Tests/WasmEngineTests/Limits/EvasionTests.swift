import Testing
import WasmEngine
import WasmText

/// Programs that try to go on for ever without passing a check. Each counts its steps in `$steps`.
@Suite("Attempts to evade metering and interruption stop") struct EvasionTests {
    static let count = "(global.set $steps (i32.add (global.get $steps) (i32.const 1)))"
    static let straight = String(repeating: count, count: 1000)
    /// A million steps and one more in each of nested loops that run a few times, as is known when they are compiled.
    static let nested = (0..<6).reduce(count) { body, depth in
        """
        (local.set \(depth) (i32.const 10)) (loop \(body) (br_if 0 (local.tee \(depth) (i32.sub (local.get \(depth)) \
        (i32.const 1)))))
        """
    }

    /// Each calls the one before four times.
    private static let tree = (1...15).map { depth in
        "(func $double\(depth) " + String(repeating: "(call $double\(depth - 1)) ", count: 4) + ")"
    }.joined(separator: "\n")

    static let text = """
        (module
          (import "env" "host" (func $host))
          (import "env" "call" (func $callBack))
          (memory 16 16)
          (table $t 4096 4096 funcref)
          (elem (i32.const 0) func $leaf $hop)
          (type $v (func))
          (global $steps (export "steps") (mut i32) (i32.const 0))
          (func $leaf \(count))
          (func $straight \(straight))
          (func (export "straight") (loop (call $straight) (br 0)))
          (func (export "straightTree") (call $double15))
          \(tree)
          (func $double0 \(straight))
          (func $even (param i32) \(count) (if (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1)))
            (call $odd (i32.sub (local.get 0) (i32.const 1))))))
          (func $odd (param i32) \(count) (if (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1)))
            (call $even (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "mutual") (call $even (i32.const 300)))
          (func $hop \(count) (call_indirect $t (type $v) (i32.const 0)) (call_indirect $t (type $v) (i32.const 0)))
          (func (export "indirect") (loop (call_indirect $t (type $v) (i32.const 1)) (br 0)))
          (func (export "fill") (loop \(count) (memory.fill (i32.const 0) (i32.const 7) (i32.const 1048576)) (br 0)))
          (func (export "copy") (loop \(count) (memory.copy (i32.const 1) (i32.const 0) (i32.const 1048575)) (br 0)))
          (func (export "tableFill") (loop \(count) (table.fill $t (i32.const 0) (ref.func $leaf) (i32.const 4096))
            (br 0)))
          (func (export "grow") (loop \(count) (drop (memory.grow (i32.const 0))) (br 0)))
          (func (export "ping") (loop \(count) (call $host) (br 0)))
          (func $pong (export "pong") \(count) (call $callBack))
          (func (export "pingPong") (loop (call $pong) (br 0)))
          (func (export "dispatch") (local i32)
            (loop $next \(count)
              (block $a (block $b (block $c
                (br_table $a $b $c $next (i32.and (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 3))))
                (br $next))
                (br $next))
              (br $next)))
          (func (export "nested") (local i32 i32 i32 i32 i32 i32) (loop \(nested) (br 0)))
          (func (export "counted") (local $p i32) (local $n i32)
            (loop $next \(count)
              (local.set $p (i32.const 0)) (local.set $n (i32.const 200000))
              (loop $again
                (i32.store (local.get $p) (local.get $n))
                (local.set $p (i32.add (local.get $p) (i32.const 4)))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (br $next)))
          (func (export "reset") (global.set $steps (i32.const 0)))
          (func (export "answer") (result i32) (i32.const 42)))
        """

    /// Each export, and the points that one of its steps costs at least.
    static let attempts: [(name: String, stepCost: UInt64)] = [
        ("straight", 4), ("straightTree", 4), ("mutual", 5), ("indirect", 4), ("fill", 1 << 14), ("copy", 1 << 14),
        ("tableFill", 512),
        ("grow", 7), ("ping", 5), ("pingPong", 5), ("dispatch", 9), ("nested", 4), ("counted", 200_000 * 10),
    ]

    /// Guest and host call each other a few levels deep, then start again.
    final class PingPong {
        var depth = 0
        var enter: (() throws -> Void)?

        func call() throws {
            if depth == 20 { return }
            depth += 1
            defer { depth -= 1 }
            try enter?()
        }
    }

    static func instance(_ options: Engine.Options, _ pingPong: PingPong) throws -> Instance {
        var imports = Imports()
        imports.define("env", "host") { () throws -> Void in }
        imports.define("env", "call") { [unowned pingPong] () throws -> Void in try pingPong.call() }
        let instance = try instantiate(text, options, imports: imports)
        pingPong.enter = try instance.function("pong", as: (() -> Void).self)
        return instance
    }

    @Test(
        "Metering stops each after no more steps than the points pay for, and one", arguments: modes.indices,
        [false, true])
    func metering(_ mode: Int, _ isInterruptible: Bool) throws {
        var options = MeteringTests.metered(modes[mode], .points { _ in 1 })
        options.isInterruptible = isInterruptible
        let pingPong = PingPong()
        let instance = try Self.instance(options, pingPong)
        for (name, stepCost) in Self.attempts {
            _ = try instance.function("reset").call()
            let limit = UInt64.random(in: 1_000_000...10_000_000)
            instance.remainingPoints = .remaining(limit)
            #expect(throws: OutOfPoints.self, "\(name)") { try instance.function(name).call() }
            let steps = try #require(instance.global("steps")?.value.i32)
            // What runs at most before the next look is the piece of straight code that was paid for last.
            let overrun: UInt64 = name.hasPrefix("straight") ? 1000 : 1
            #expect(UInt64(steps) <= limit / stepCost + overrun, "\(name): \(steps) steps for \(limit) points")
            instance.remainingPoints = .remaining(1000)
            #expect(try instance.function("answer").call().first?.i32 == 42)
        }
        withExtendedLifetime(pingPong) {}
    }

    @Test("Interruption stops each, and the next call runs", arguments: modes.indices)
    func interruption(_ mode: Int) throws {
        let pingPong = PingPong()
        let instance = try Self.instance(InterruptionTests.interruptible(modes[mode]), pingPong)
        for (name, _) in Self.attempts {
            InterruptionTests.expectInterrupted(.deadline) {
                _ = try instance.function(name).call(timeout: .milliseconds(5))
            }
            #expect(try instance.function("answer").call(timeout: .seconds(3600)).first?.i32 == 42, "\(name)")
        }
        withExtendedLifetime(pingPong) {}
    }

    @Test("A start function stops, too", arguments: modes.indices)
    func startFunctions(_ mode: Int) throws {
        let text =
            #"""
            (module (memory 1) (func $s (local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br \#
            0))) (start $s))
            """#
        var options = MeteringTests.metered(modes[mode], .points(limit: 100_000) { _ in 1 })
        options.isInterruptible = true
        let program = try Engine(options: options).compile(Module(text: text))
        #expect(throws: OutOfPoints.self) { try program.instantiate() }
        options.metering = nil
        let endless = try Engine(options: options).compile(Module(text: text))
        InterruptionTests.expectInterrupted(.deadline) { _ = try endless.instantiate(timeout: .milliseconds(5)) }
    }
}
