import Foundation
import Testing
import WasmEngine
import WasmSpec

/// Scripts with exceptions, in a sample of all ways to compile.
@Suite struct ExceptionTests {
    private static let modes = stride(from: 0, to: Mode.everyCode.count, by: 7).map { Mode.everyCode[$0] }

    private static func expectPasses(_ script: String, _ mode: Mode) {
        let report = ScriptReport(running: Array(script.utf8), file: "script", mode: mode)
        #expect(report.assertions > 0)
        #expect(report.failures.isEmpty, "\(report.failures)")
    }

    /// Values of every type live across a call that throws, and are needed on both ways; the frames between clobber
    /// all registers.
    private static let registers = """
        (module
          (tag $t (param i64 f64 v128 i32 f32))
          (global $g (mut i64) (i64.const 5))
          (table funcref (elem $throw $deep))
          (type $f (func (param i64 i64 i64 i64 i64 i64 f64 f64) (result i64)))
          (func $throw (type $f)
            (if (i64.eqz (local.get 0)) (then
              (throw $t (local.get 1) (local.get 6) (v128.const i64x2 3 4) (i32.const -1) (f32.const 0.5))))
            (i64.add (local.get 4) (local.get 5)))
          (func $deep (type $f)
            (local i64 i64 i64 i64 i64 i64)
            (local.set 8 (i64.mul (global.get $g) (local.get 1)))
            (local.set 9 (i64.mul (global.get $g) (local.get 2)))
            (local.set 10 (i64.mul (global.get $g) (local.get 3)))
            (local.set 11 (i64.xor (global.get $g) (local.get 4)))
            (local.set 12 (i64.xor (global.get $g) (local.get 5)))
            (local.set 13 (call_indirect (type $f) (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)
              (local.get 5) (local.get 6) (local.get 7) (i32.const 0)))
            (i64.add (i64.add (i64.add (local.get 8) (local.get 9)) (i64.add (local.get 10) (local.get 11)))
              (i64.add (local.get 12) (local.get 13))))
          (func (export "live") (param $throws i64) (param $a i64) (param $b f64) (param $v v128)
            (result i64 f64 v128 i64)
            (local $c i64) (local $d i64) (local $e i64) (local $f f64) (local $r i64)
            (local $x f64) (local $y v128) (local $z i32) (local $w f32)
            (local.set $c (i64.add (local.get $a) (i64.const 1)))
            (local.set $d (i64.mul (local.get $a) (i64.const 3)))
            (local.set $e (i64.xor (local.get $a) (i64.const 7)))
            (local.set $f (f64.mul (local.get $b) (f64.const 2)))
            (block $done
              (block $caught (result i64 f64 v128 i32 f32)
                (try_table (catch $t $caught)
                  (local.set $r (call_indirect (type $f) (local.get $throws) (local.get $a) (local.get $c)
                    (local.get $d) (local.get $e) (local.get $a) (local.get $b) (local.get $f) (i32.const 1)))
                  (br $done))
                (unreachable))
              (local.set $w) (local.set $z) (local.set $y) (local.set $x) (drop)
              (local.set $r (i64.add (i64.extend_i32_s (local.get $z))
                (i64.trunc_f32_s (f32.mul (local.get $w) (f32.const 8)))))
              (local.set $v (v128.xor (local.get $v) (local.get $y))))
            (i64.add (i64.add (local.get $c) (local.get $d)) (i64.add (local.get $e) (local.get $a)))
            (f64.add (local.get $f) (f64.add (local.get $b) (local.get $x)))
            (local.get $v)
            (local.get $r)))
        """

    private static let control = """
        (module $other (tag (export "t")) (tag $s (export "s") (param i32))
          (func (export "throw") (param i32) (throw $s (local.get 0))))
        (register "other" $other)
        (module
          (import "other" "s" (tag $s (param i32)))
          (import "other" "s" (tag $same (param i32)))
          (import "other" "t" (tag $t))
          (import "other" "throw" (func $far (param i32)))
          (tag $own (param i32))
          (tag $empty)
          (memory 1)
          (global $g (mut i32) (i32.const 0))
          ;; A tag of the same type is another tag; an imported one is the same under every index.
          (func (export "identity") (param i32) (result i32)
            (block $a (result i32)
              (block $b (result i32)
                (try_table (catch $own $a) (catch $same $b) (call $far (local.get 0)))
                (return (i32.const 0)))
              (return (i32.add (i32.const 100))))
            (i32.add (i32.const 1000)))
          ;; No clause matches: the exception goes on to the block around, in the same function and in its caller.
          (func $inner (param i32) (result i32)
            (block $a (result i32)
              (try_table (catch $own $a)
                (block $b (try_table (catch $t $b) (call $far (local.get 0)))))
              (i32.const 1)))
          (func (export "outer") (param i32) (result i32)
            (block $all
              (try_table (catch_all $all) (return (call $inner (local.get 0)))))
            (i32.const 7))
          ;; Thrown in the same function: with and without a call in between, in a loop.
          (func (export "loop") (param $n i32) (result i32) (local $i i32) (local $sum i32)
            (loop $next
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (block $done
                (block $h (result i32)
                  (try_table (catch $own $h)
                    (if (i32.and (local.get $i) (i32.const 1)) (then (throw $own (local.get $i))))
                    (if (i32.and (local.get $i) (i32.const 2)) (then (call $throwOwn (i32.const 1000))))
                    (br $done))
                  (unreachable))
                (local.set $sum (i32.add (local.get $sum))))
              (br_if $next (i32.lt_u (local.get $i) (local.get $n))))
            (local.get $sum))
          (func $throwOwn (param i32) (throw $own (local.get 0)))
          ;; References: thrown again, twice, with the same values; null traps.
          (func (export "again") (param i32) (result i32) (local $e exnref)
            (block $h (result i32 exnref)
              (try_table (catch_ref $own $h) (call $throwOwn (local.get 0)))
              (unreachable))
            (local.set $e) (drop)
            (block $all (result exnref)
              (try_table (catch_all_ref $all) (throw_ref (local.get $e)))
              (unreachable))
            (local.set $e)
            (block $h2 (result i32)
              (try_table (catch $own $h2) (throw_ref (local.get $e)))
              (unreachable)))
          (func (export "null") (throw_ref (ref.null exn)))
          (func (export "nullInside") (block $all (try_table (catch_all $all) (throw_ref (ref.null exn)))))
          ;; Traps are not exceptions.
          (func $div (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
          (func (export "trap") (param i32) (result i32)
            (block $all (try_table (catch_all $all) (return (call $div (local.get 0)))))
            (i32.const 11))
          (func (export "memoryTrap") (param i32) (result i32)
            (block $all (try_table (catch_all $all) (return (i32.load (local.get 0)))))
            (i32.const 11))
          (func $endless (call $endless) (call $endless))
          (func (export "overflow") (block $all (try_table (catch_all $all) (call $endless))))
          ;; The memory has grown before the exception came.
          (func $grow (drop (memory.grow (i32.const 1))) (throw $empty))
          (func (export "grow") (result i32)
            (i32.store (i32.const 0) (i32.const 1))
            (block $all (try_table (catch_all $all) (call $grow)))
            (i32.store (i32.const 131068) (i32.const 5))
            (i32.load (i32.const 131068)))
          ;; A tail call leaves the try_table.
          (func (export "tail") (param i32) (result i32)
            (block $all (try_table (catch_all $all) (return_call $throws (local.get 0))))
            (i32.const 1))
          (func $throws (param i32) (result i32) (call $throwOwn (local.get 0)) (i32.const 2))
          (func (export "tailCaught") (param i32) (result i32)
            (block $h (result i32)
              (try_table (catch $own $h) (return (call $tailing (local.get 0))))
              (unreachable)))
          (func $tailing (param i32) (result i32) (return_call $throws (local.get 0)))
          ;; Through many frames.
          (func $down (param i32)
            (if (i32.eqz (local.get 0)) (then (throw $own (global.get $g))))
            (global.set $g (i32.add (global.get $g) (i32.const 1)))
            (call $down (i32.sub (local.get 0) (i32.const 1)))
            (global.set $g (i32.const -1)))
          (func (export "deep") (param i32) (result i32)
            (global.set $g (i32.const 0))
            (block $h (result i32)
              (try_table (catch $own $h) (call $down (local.get 0)))
              (unreachable))))
        (assert_return (invoke "identity" (i32.const 5)) (i32.const 105))
        (assert_return (invoke "outer" (i32.const 5)) (i32.const 7))
        (assert_return (invoke "loop" (i32.const 8)) (i32.const 2016))
        (assert_return (invoke "again" (i32.const 42)) (i32.const 42))
        (assert_trap (invoke "null") "null reference")
        (assert_trap (invoke "nullInside") "null reference")
        (assert_trap (invoke "trap" (i32.const 0)) "integer divide by zero")
        (assert_return (invoke "trap" (i32.const 1)) (i32.const 1))
        (assert_trap (invoke "memoryTrap" (i32.const 65536)) "out of bounds memory access")
        (assert_exhaustion (invoke "overflow") "call stack exhausted")
        (assert_return (invoke "grow") (i32.const 5))
        (assert_exception (invoke "tail" (i32.const 3)))
        (assert_return (invoke "tailCaught" (i32.const 3)) (i32.const 3))
        (assert_return (invoke "deep" (i32.const 0)) (i32.const 0))
        (assert_return (invoke "deep" (i32.const 1000)) (i32.const 1000))
        (assert_exception (invoke $other "throw" (i32.const 1)))
        (assert_invalid (module (tag (param i32)) (func (throw 0))) "type mismatch")
        (assert_invalid (module (func (throw 0))) "unknown tag")
        (assert_invalid (module (tag) (func (block (result i32) (try_table (catch 0 0)) (i32.const 1)) drop))
          "type mismatch")
        (assert_invalid (module (tag) (func (try_table (catch 0 5)))) "unknown label")
        (assert_unlinkable (module (import "other" "s" (tag (param i64)))) "incompatible import type")
        """

    @Test("Values in registers are right after calls that throw and calls that do not", arguments: modes)
    func registers(_ mode: Mode) {
        let arguments = "(i64.const 10) (f64.const 1.5) (v128.const i64x2 1 2)"
        // c = 11, d = 30, e = 13.
        Self.expectPasses(
            Self.registers + """
                (assert_return (invoke "live" (i64.const 0) \(arguments))
                  (i64.const 64) (f64.const 6) (v128.const i64x2 2 6) (i64.const 3))
                (assert_return (invoke "live" (i64.const 1) \(arguments))
                  (i64.const 64) (f64.const 4.5) (v128.const i64x2 1 2) (i64.const 301))
                """, mode)
    }

    @Test("Exceptions find their clause; traps, tail calls and null do not", arguments: modes)
    func control(_ mode: Mode) { Self.expectPasses(Self.control, mode) }

    @Test("Clauses after their try do what the others do", arguments: modes)
    func legacy(_ mode: Mode) throws {
        let script = try String(contentsOfFile: SpecTests.ownFolder + "/legacy-exceptions.wast", encoding: .utf8)
        Self.expectPasses(script, mode)
    }

    /// Calls of functions with this many parameters, the last of them on the stack: what lives across a call that throws
    /// is in stack slots, which the landing pad must find.
    private static func stackArguments(_ count: Int) -> String {
        let arguments = (2..<count).map { _ in "(local.get $a)" }.joined(separator: " ")
        return """
            (module
              (tag $t (param i32))
              (type $f (func \(String(repeating: "(param i32)", count: count)) (result i32)))
              (table funcref (elem $k))
              (func $k (type $f)
                (if (local.get 0) (then (throw $t (local.get \(count - 1)))))
                (i32.add (local.get 1) (local.get \(count - 1))))
              (func (export "f") (param $throws i32) (param $a i32) (result i32)
                (local $c i32) (local $d i32) (local $e i32) (local $r i32)
                (local.set $c (i32.mul (local.get $a) (i32.const 3)))
                (local.set $d (i32.xor (local.get $a) (i32.const 1)))
                (local.set $e (i32.sub (local.get $a) (i32.const 4)))
                (local.set $r
                  (block $h (result i32)
                    (try_table (result i32) (catch $t $h)
                      (call_indirect (type $f) (local.get $throws) \(arguments) (local.get $c) (i32.const 0)))))
                (i32.add (local.get $r) (i32.add (local.get $c) (i32.mul (local.get $d) (local.get $e))))))
            (assert_return (invoke "f" (i32.const 0) (i32.const 10)) (i32.const 136))
            (assert_return (invoke "f" (i32.const 1) (i32.const 10)) (i32.const 126))
            """
    }

    @Test(
        "Exceptions come out of calls with arguments on the stack",
        arguments: OptimizationLevel.allCases.map { Mode(optimization: $0, memory: .guarded) })
    func stackArguments(_ mode: Mode) {
        Self.expectPasses([5, 8, 11, 13, 24].map(Self.stackArguments).joined(separator: "\n"), mode)
    }
}
