import Testing
import WasmEngine

/// Least and greatest values around a loop are taken in another order; nobody can see the difference, where sums wrap
/// either.
@Suite("Recurrences of least and greatest values") struct RecurrenceTests {
    struct Case {
        let comparison: String
        let distance: Int32
        /// What the last value and the other one are masked with.
        let mask: UInt32

        var name: String { "\(comparison).\(distance).\(mask)" }
        var isSigned: Bool { comparison.hasSuffix("s") }

        func selected(_ a: UInt32, _ b: UInt32) -> UInt32 {
            let isLess = isSigned ? Int32(bitPattern: a) < Int32(bitPattern: b) : a < b
            return isLess == comparison.hasPrefix("lt") ? a : b
        }

        /// The loop's text, in both orders of the operands.
        func text(reversed: Bool) -> String {
            func select(_ a: String, _ b: String) -> String {
                let (a, b) = reversed ? (b, a) : (a, b)
                return
                    "(select (local.get \(a)) (local.get \(b)) (i32.\(comparison) (local.get \(a)) (local.get \(b))))"
            }
            return """
                (func (export "\(name)\(reversed ? ".reversed" : "")") (param $last i32) (param $seed i32) (result i32)
                  (local $n i32) (local $other i32) (local $rest i32) (local $masked i32) (local $sum i32)
                    (local $hash i32)
                  (local.set $n (i32.const 40))
                  (loop $again
                    (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
                    (local.set $rest (i32.rotl (local.get $seed) (i32.const 7)))
                    (local.set $other (i32.and (local.get $seed) (i32.const \(mask))))
                    (local.set $masked (i32.and (local.get $last) (i32.const \(mask))))
                    (local.set $sum (i32.add \(select("$masked", "$other")) (i32.const \(distance))))
                    (local.set $last \(select("$sum", "$rest")))
                    (local.set $hash (i32.add (i32.mul (local.get $hash) (i32.const 31)) (local.get $last)))
                    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                  (local.get $hash))

                """
        }

        func expected(_ last: UInt32, _ seed: UInt32) -> UInt32 {
            var (last, seed, hash) = (last, seed, UInt32(0))
            for _ in 0..<40 {
                seed = seed &* 1_664_525 &+ 1_013_904_223
                last = selected(
                    selected(last & mask, seed & mask) &+ UInt32(bitPattern: distance), seed << 7 | seed >> 25)
                hash = hash &* 31 &+ last
            }
            return hash
        }
    }

    static let cases = ["lt_u", "gt_u", "lt_s", "gt_s"].flatMap { comparison in
        [0, 1, -1, 1000, .max].flatMap { distance in
            [0xFFFF, 0x7FFF_FFFF, .max].map { Case(comparison: comparison, distance: distance, mask: $0) }
        }
    }

    @Test(arguments: modes)
    func recurrences(options: Engine.Options) throws {
        let text = Self.cases.map { $0.text(reversed: false) + $0.text(reversed: true) }.joined()
        let instance = try instantiate("(module \(text))", options)
        for example in Self.cases {
            for suffix in ["", ".reversed"] {
                let function = try instance.function(example.name + suffix, as: ((Int32, Int32) -> Int32).self)
                for last in [0, 1, 0xFFFE, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, UInt32.max] {
                    for seed in [0, 1, 77, 0x8000_0000] as [UInt32] {
                        let found = UInt32(bitPattern: try function(Int32(bitPattern: last), Int32(bitPattern: seed)))
                        #expect(found == example.expected(last, seed), "\(example.name)\(suffix) \(last) \(seed)")
                    }
                }
            }
        }
    }
}
