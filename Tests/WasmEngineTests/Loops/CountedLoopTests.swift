import Foundation
import Testing
import WasmEngine
import WasmText

/// Counted loops take their points at once and poll between chunks of iterations; nobody can see the difference.
@Suite("Counted loops, metered and interruptible, exact to the iteration") struct CountedLoopTests {
    static let text = """
        (module
          (memory (export "memory") 32)
          (global $round (export "round") (mut i32) (i32.const 0))
          (func (export "fill") (param $n i32) (local $p i32)
            (loop $again
              (i32.store (local.get $p) (local.get $n))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          ;; stores where the iteration before has been
          (func (export "previous") (param $n i32) (local $p i32) (local $before i32)
            (local.set $p (i32.const 4))
            (loop $again
              (i32.store (local.get $before) (local.get $n))
              (local.set $before (local.get $p))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          ;; iterations of three costs
          (func (export "mixed") (param $n i32) (local $p i32)
            (loop $again
              (if (i32.and (local.get $n) (i32.const 3))
                (then (i32.store (local.get $p) (local.get $n)))
                (else (if (i32.and (local.get $n) (i32.const 4))
                  (then (i32.store (local.get $p) (i32.mul (local.get $n) (i32.const 5)))))))
              (local.set $p (i32.add (local.get $p) (i32.const 4)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
          ;; a sum, which needs no memory
          (func (export "sum") (param $n i32) (result i32) (local $sum i32)
            (loop $again
              (local.set $sum (i32.add (local.get $sum) (i32.mul (local.get $n) (local.get $n))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $sum))
          (func (export "reset") (global.set $round (i32.const 0)))
          ;; for ever: 262,144 stores of the round's number
          (func (export "rounds") (local $p i32) (local $n i32) (local $number i32)
            (loop $next
              (global.set $round (local.tee $number (i32.add (local.get $number) (i32.const 1))))
              (local.set $p (i32.const 0))
              (local.set $n (i32.const 262144))
              (loop $again
                (i32.store (local.get $p) (local.get $number))
                (local.set $p (i32.add (local.get $p) (i32.const 4)))
                (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
              (br $next))))
        """

    static let counts: [Int32] = [1, 9, 16_384, 16_385, 40_000]

    static func options(_ mode: Engine.Options, isInterruptible: Bool) -> Engine.Options {
        var options = MeteringTests.metered(mode, .points(limit: 1 << 40) { UInt32($0.rawValue % 7) })
        options.isInterruptible = isInterruptible
        return options
    }

    /// What a call does that can be seen.
    struct Outcome: Equatable {
        var result: String?
        var points: RemainingPoints
        var memory: [UInt8]
    }

    static func call(_ name: String, _ count: Int32, on instance: Instance, points: UInt64) throws -> Outcome {
        let memory = try #require(instance.memory)
        try memory.write([UInt8](repeating: 0xEE, count: 160_000), at: 0)
        instance.remainingPoints = .remaining(points)
        var result: String?
        do { result = "\(try instance.function(name).call([.i32(count)]))" } catch is OutOfPoints {}
        return Outcome(
            result: result, points: instance.remainingPoints, memory: try memory.read(at: 0, byteCount: 160_000))
    }

    @Test("Every mode leaves the same points and stops at the same store", arguments: modes.indices, [false, true])
    func points(_ mode: Int, _ isInterruptible: Bool) throws {
        let plain = try instantiate(Self.text, Self.options(modes[0], isInterruptible: false))
        let other = try instantiate(Self.text, Self.options(modes[mode], isInterruptible: isInterruptible))
        for name in ["fill", "previous", "mixed", "sum"] {
            for count in Self.counts {
                let whole = try Self.call(name, count, on: plain, points: 1 << 40)
                guard case .remaining(let left) = whole.points else { Issue.record("exhausted"); return }
                #expect(try Self.call(name, count, on: other, points: 1 << 40) == whole, "\(name) \(count)")
                let used = (1 << 40) - left
                for limit in [used, used - 1, UInt64.random(in: 0..<used)] {
                    let expected = try Self.call(name, count, on: plain, points: limit)
                    #expect((expected.result == nil) == (limit < used))
                    #expect(
                        try Self.call(name, count, on: other, points: limit) == expected,
                        "\(name) \(count) with \(limit)")
                }
            }
        }
    }

    @Test("An interrupted loop has done the iterations before and none after", arguments: modes.indices)
    func interruption(_ mode: Int) throws {
        let instance = try instantiate(Self.text, InterruptionTests.interruptible(modes[mode]))
        let rounds = try instance.function("rounds")
        for _ in 0..<8 {
            _ = try instance.function("reset").call()
            let pause = Duration.microseconds(Int.random(in: 0...3000))
            InterruptionTests.expectInterrupted(.deadline) { _ = try rounds.call(timeout: pause) }
            let round = try #require(instance.global("round")?.value.i32)
            let memory = try #require(instance.memory)
            let numbers = try memory.read(at: 0, byteCount: 1 << 20).withUnsafeBytes {
                Array($0.bindMemory(to: Int32.self))
            }
            guard round > 1 else { continue }
            let done = numbers.firstIndex(of: round - 1) ?? numbers.count
            let expected =
                [Int32](repeating: round, count: done) + [Int32](repeating: round - 1, count: numbers.count - done)
            #expect(numbers.elementsEqual(expected))
        }
    }
}
