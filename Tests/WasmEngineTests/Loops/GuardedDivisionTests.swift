import Testing
import WasmEngine

/// LLVM's strength reduction calculates what a loop starts with before the loop, a quotient among it that is only
/// needed, and only possible, after the loop.
@Suite("Divisions stay after the checks of their divisors") struct GuardedDivisionTests {
    private static let text = """
        (module
          (memory (export "memory") 1)
          (func (export "f") (param $p i32) (param $end i32) (result i32)
            (local $i i32) (local $j i32) (local $k i32) (local $kept i32) (local $next i32) (local $sum i32)
            (local.set $i (i32.const -8))
            (loop $outer
              (local.set $j (i32.const -8))
              (loop $middle
                (local.set $k (i32.const 0))
                (local.set $kept (i32.load offset=4 (i32.add (local.get $p) (i32.shl (local.get $k) (i32.const 3)))))
                (block $done
                  (loop $inner
                    (br_if $done (i32.eqz (i32.lt_s (local.get $k) (i32.const 64))))
                    (local.set $next (i32.load offset=36 (i32.add (local.get $p) (i32.shl (local.get $k)
                      (i32.const 3)))))
                    (i64.store offset=256 (i32.add (local.get $p) (i32.shl (local.get $k) (i32.const 3)))
                      (i64.extend_i32_u (i32.add (local.get $kept) (i32.mul (local.get $next) (i32.const 3)))))
                    (local.set $kept (local.get $next))
                    (local.set $sum (i32.add (local.get $sum) (local.get $i)))
                    (local.set $k (i32.add (local.get $k) (i32.const 4)))
                    (br $inner)))
                (if (i32.load (i32.add (i32.const 2329) (local.get $i))) (then (i64.store8 (i32.mul (local.get $i)
                  (i32.const 2)) (i64.load (local.get $p)))))
                (br_if $middle (i32.ne (local.tee $j (i32.add (local.get $j) (i32.const -1))) (i32.const -12))))
              (local.set $sum (i32.add (local.get $sum) (i32.div_u (i32.const 1000) (i32.sub (local.get $i)
                (i32.const 5)))))
              (br_if $outer (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $end))))
            (local.get $sum)))
        """

    @Test(arguments: modes.indices) func quotientBehindLoop(_ mode: Int) throws {
        let function = try instantiate(Self.text, modes[mode]).function("f", as: ((Int32, Int32) -> Int32).self)
        #expect(try function(1024, 5) == -1_664)
        #expect { try function(1024, 20) } throws: { ($0 as? Trap)?.reason == .integerDivideByZero }
    }
}
