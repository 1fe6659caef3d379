;; A module that programs link: it calls back, has a memory, counts, and can trap.
(module
  (import "env" "report" (func $report (param i32 f64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "hello from linked code")
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func $average (export "average") (param $sum i64) (param $count i32) (result f64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (f64.div (f64.convert_i64_s (local.get $sum)) (f64.convert_i32_s (local.get $count))))
  (func (export "run") (param i32) (result i32)
    (call $report (local.get 0) (call $average (i64.const 10) (i32.const 4))))
  (func (export "divide rounded down") (param f64 i32) (result i32)
    (i32.div_s (i32.trunc_f64_s (f64.floor (local.get 0))) (local.get 1))))
