import Testing
import WasmSpec

@Suite("A loop over an array that may be null") struct ArrayLoopTests {
    /// Its length is loaded before the loop where the reference is not null: the loop with checks is entered from two
    /// tests, and in code that can be stopped also after each chunk of iterations.
    static let script = """
        (module
          (type $numbers (array (mut f64)))
          (func (export "cut") (param $length i32) (param $isNull i32) (param $i i32) (result i32)
            (local $numbers (ref null $numbers))
            (if (i32.eqz (local.get $isNull))
              (then (local.set $numbers (array.new $numbers (f64.const 30) (local.get $length)))))
            (loop $again
              (if (f64.gt (array.get $numbers (local.get $numbers) (local.get $i)) (f64.const 21))
                (then (array.set $numbers (local.get $numbers) (local.get $i) (f64.const 21))))
              (br_if $again
                (i32.gt_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 1))))
            (i32.add
              (i32.mul (local.get $i) (i32.const 100))
              (i32.trunc_f64_s (array.get $numbers (local.get $numbers) (i32.const 2))))))
        (assert_return (invoke "cut" (i32.const 100) (i32.const 0) (i32.const 99)) (i32.const 121))
        (assert_return (invoke "cut" (i32.const 50000) (i32.const 0) (i32.const 49999)) (i32.const 121))
        (assert_return (invoke "cut" (i32.const 3) (i32.const 0) (i32.const 0)) (i32.const -70))
        (assert_trap (invoke "cut" (i32.const 100) (i32.const 1) (i32.const 99)) "null array reference")
        (assert_trap (invoke "cut" (i32.const 100) (i32.const 0) (i32.const 100)) "out of bounds array access")
        (assert_trap (invoke "cut" (i32.const 100) (i32.const 0) (i32.const -1)) "out of bounds array access")
        """

    @Test("cuts it, or traps where it is null or too short", arguments: optimizingModes)
    func cutting(_ mode: Mode) { expectToPass(Self.script, mode) }
}
