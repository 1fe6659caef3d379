import Testing
import WasmSpec

/// One or two results travel in registers, more in an area of the caller's frame that all its calls share.
@Suite("Many results") struct ManyResultsTests {
    static let script = """
        (module $library
          (func (export "three") (param i32) (result i32 i64 f64)
            (local.get 0) (i64.extend_i32_s (local.get 0)) (f64.convert_i32_s (local.get 0))))
        (register "library" $library)
        (module
          (type $three (func (param i32) (result i32 i64 f64)))
          (import "library" "three" (func $imported (type $three)))
          (table $fixed 3 3 funcref) (elem (table $fixed) (i32.const 0) func $plusOne $imported $other)
          (table $open (export "table") 2 funcref) (elem (table $open) (i32.const 0) func $plusOne $imported)
          (func $other)
          (func $plusOne (export "plus one") (type $three)
            (i32.add (local.get 0) (i32.const 1)) (i64.extend_i32_s (i32.add (local.get 0) (i32.const 2)))
            (f64.convert_i32_s (i32.add (local.get 0) (i32.const 3))))
          (func $sum (param i32 i64 f64) (result i64)
            (i64.add (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)) (i64.trunc_f64_s (local.get 2))))
          (func (export "direct") (param i32) (result i64) (call $sum (call $plusOne (local.get 0))))
          (func (export "imported") (param i32) (result i64) (call $sum (call $imported (local.get 0))))
          (func (export "fixed") (param i32 i32) (result i64)
            (call $sum (call_indirect $fixed (type $three) (local.get 0) (local.get 1))))
          (func (export "open") (param i32 i32) (result i64)
            (call $sum (call_indirect $open (type $three) (local.get 0) (local.get 1))))
          ;; The results of one call are the other's arguments' neighbours while the area is written again.
          (func (export "both") (param i32) (result i64)
            (call $sum (call $plusOne (local.get 0)))
            (call $sum (call $imported (i32.mul (local.get 0) (i32.const 10)))) (i64.sub))
          (func $passedOn (export "passed on") (type $three) (call $plusOne (i32.add (local.get 0) (i32.const 1))))
          (func (export "mixed") (param i32 i64 f32 f64 v128) (result v128 f64 f32 i64 i32 i32 f32)
            (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0) (i32.const 7) (f32.const 8)))
        (assert_return (invoke "plus one" (i32.const 5)) (i32.const 6) (i64.const 7) (f64.const 8))
        (assert_return (invoke "direct" (i32.const 5)) (i64.const 21))
        (assert_return (invoke "imported" (i32.const -5)) (i64.const -15))
        (assert_return (invoke "fixed" (i32.const 5) (i32.const 0)) (i64.const 21))
        (assert_return (invoke "fixed" (i32.const 5) (i32.const 1)) (i64.const 15))
        (assert_trap (invoke "fixed" (i32.const 5) (i32.const 2)) "indirect call type mismatch")
        (assert_return (invoke "open" (i32.const 5) (i32.const 0)) (i64.const 21))
        (assert_return (invoke "open" (i32.const 5) (i32.const 1)) (i64.const 15))
        (assert_return (invoke "both" (i32.const 5)) (i64.const -129))
        (assert_return (invoke "passed on" (i32.const 5)) (i32.const 7) (i64.const 8) (f64.const 9))
        (assert_return (invoke "mixed" (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4)
          (v128.const i32x4 5 6 7 8))
          (v128.const i32x4 5 6 7 8) (f64.const 4) (f32.const 3) (i64.const 2) (i32.const 1) (i32.const 7)
            (f32.const 8))
        """

    @Test("they arrive by every kind of call", arguments: everyMode)
    func arrive(_ mode: Mode) { expectToPass(Self.script, mode) }
}
