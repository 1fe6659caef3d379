import Testing
import Wasm
import WasmText

/// Good modules with bits flipped and ends cut off: each gives a module or an error, none a crash or a hang.
@Suite struct MutationTests {
    /// xorshift: the same numbers in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static let texts = [
        """
        (module $m
          (type $pair (func (param i32) (result i32 i64)))
          (import "env" "log" (func $log (param i32)))
          (memory (export "memory") 1 2) (data (i32.const 0) "hello") (data $passive "world")
          (table $t 4 funcref) (elem (i32.const 0) $f $g) (elem declare func $f)
          (global $counter (mut i32) (i32.const 7))
          (func $f (type $pair) (local $i i64)
            (memory.init $passive (i32.const 8) (i32.const 0) (i32.const 2))
            (i32.load8_u offset=3 (local.get 0)) (i64.extend_i32_s (global.get $counter)))
          (func $g (export "g") (param $n i32) (result i32)
            (block $done (loop $again
              (br_if $done (i32.eqz (local.get $n)))
              (local.set $n (i32.sub (local.get $n) (i32.const 1)))
              (br_table $again $done (local.get $n))))
            (call_indirect (type $pair) (local.get $n) (i32.const 0)) drop)
          (start $s) (func $s (call $log (i32.const 1))))
        """,
        """
        (module (table 2 externref) (global externref (ref.null extern))
          (func (param f32 f64) (result f32)
            (if (result f32) (f64.gt (local.get 1) (f64.const 0x1p-3))
              (then (f32.sqrt (local.get 0))) (else (f32.const nan:0x123))))
          (func (param i32) (table.set (local.get 0) (ref.null extern)) unreachable i32.add drop))
        """,
    ]

    @Test(arguments: texts) func mutatedModulesAreRefusedOrValid(text: String) throws {
        let original = try WasmText.parse(text)
        var generator = Generator(state: 0x9E37_79B9_7F4A_7C15)
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            do throws(ModuleError) { _ = try Module(bytes: bytes) } catch { refused += 1 }
        }
        #expect(refused > 1_000)
    }

    @Test(arguments: texts) func everyTruncationIsRefusedOrValid(text: String) throws {
        let original = try WasmText.parse(text)
        let valid = original.indices.filter { (try? Module(bytes: Array(original[..<$0]))) != nil }
        // A module may end after any section that nothing later completes.
        #expect(valid.count < 8)
    }

    @Test(arguments: texts) func mutatedTextsAreRefusedOrParsed(text: String) {
        let original = Array(text.utf8)
        var generator = Generator(state: 0x1234_5678_9ABC_DEF1)
        var refused = 0
        for _ in 0..<2_000 {
            var bytes = original
            let place = Int.random(in: bytes.indices, using: &generator)
            let count = Int.random(in: 0..<min(12, bytes.count - place), using: &generator)
            let piece = Int.random(in: 0..<bytes.count - count, using: &generator)
            bytes.replaceSubrange(place..<place + count, with: original[piece..<piece + count])
            if Bool.random(using: &generator) { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
            do throws(TextError) { _ = try WasmText.parse(bytes) } catch { refused += 1 }
        }
        #expect(refused > 500)
    }
}
