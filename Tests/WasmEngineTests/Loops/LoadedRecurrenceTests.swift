import Testing
import WasmEngine

/// What an iteration loads and the next one uses is loaded again, where nothing can have changed it.
@Suite("Loaded recurrences") struct LoadedRecurrenceTests {
    static let count = 100, source = 1024

    /// `b[i] = a[i] + 3 * a[i + 1]`, with `a[i]` from the iteration before.
    struct Case {
        var destination = 4096
        /// In words, where the first value is loaded from.
        var first = 0
        /// Goes between the first load and the loop.
        var between = ""
        /// Which words the loop loads, and the step.
        var next = 1, step = 1

        var text: String {
            let n = LoadedRecurrenceTests.count, source = LoadedRecurrenceTests.source
            func at(_ place: Int) -> String { "offset=\(place) (i32.shl (local.get $i) (i32.const 2))" }
            return """
                (module (memory (export "memory") 1)
                  (func (export "fill") (local $i i32)
                    (loop (i32.store (local.get $i) (i32.mul (local.get $i) (i32.const 0x9E3779B1)))
                      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 8192)))))
                  (func (export "run") (param $i i32) (result i32) (local $kept i32) (local $next i32)
                    (local.set $kept (i32.load offset=\(source + 4 * first) (i32.shl (local.get $i) (i32.const 2))))
                    \(between)
                    (loop
                      (local.set $next (i32.load \(at(source + 4 * next))))
                      (i32.store \(at(destination)) (i32.add (local.get $kept) (i32.mul (local.get $next)
                        (i32.const 3))))
                      (local.set $kept (local.get $next))
                      (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const \(step))))
                        (i32.const \(step > 0 ? n : -1)))))
                    (local.get $kept)))
                """
        }

        /// The memory as words after a run, and what the run returns.
        func expected(from start: Int) -> ([UInt32], UInt32) {
            var words = (0..<2048).map { UInt32($0 * 4) &* 0x9E37_79B1 }
            let (source, target) = (LoadedRecurrenceTests.source / 4, destination / 4)
            var kept = words[source + first + start], i = start
            if !between.isEmpty { words[source + start] = 5 }
            repeat {
                let next = words[source + self.next + i]
                words[target + i] = kept &+ next &* 3
                kept = next
                i += step
            } while i != (step > 0 ? LoadedRecurrenceTests.count : -1)
            return (words, kept)
        }
    }

    static let cases = [
        Case(), Case(next: -1, step: -1),
        // Where it must not be: stores to what is loaded, near it on both sides, or from another place at first.
        Case(destination: source), Case(destination: source + 4), Case(destination: source - 4),
        Case(destination: source + 8),
        Case(destination: source, next: -1, step: -1), Case(destination: source - 4, next: -1, step: -1),
        Case(first: 2), Case(first: 1),
        Case(between: "(i32.store offset=\(source) (i32.shl (local.get $i) (i32.const 2)) (i32.const 5))"),
    ]

    @Test(arguments: modes) func results(options: Engine.Options) throws {
        for example in Self.cases {
            let instance = try instantiate(example.text, options)
            let memory = try #require(instance.memory("memory"))
            for start in example.step > 0 ? [0, 1, 90, 99] : [99, 40, 7, 0] {
                try instance.function("fill", as: (() -> Void).self)()
                let kept = try instance.function("run", as: ((Int32) -> Int32).self)(Int32(start))
                let (words, expected) = example.expected(from: start)
                #expect(UInt32(bitPattern: kept) == expected, "\(example) from \(start)")
                let found = try memory.read(at: 0, byteCount: 8192)
                let bytes = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
                #expect(Array(found) == bytes, "\(example) from \(start)")
            }
        }
    }
}
