;; The suite's own scripts of tail calls begin with modules that need typed references.

(module
  (type $step (func (param i64 i64) (result i64)))
  (table funcref (elem $even $odd $many))

  (func $sum (export "sum") (param $n i64) (param $total i64) (result i64)
    (if (result i64) (i64.eqz (local.get $n))
      (then (local.get $total))
      (else (return_call $sum
        (i64.sub (local.get $n) (i64.const 1)) (i64.add (local.get $total) (local.get $n))))))

  (func $even (param $n i64) (param $total i64) (result i64)
    (if (i64.eqz (local.get $n)) (then (return (i64.const 44))))
    (return_call_indirect (type $step) (i64.sub (local.get $n) (i64.const 1)) (local.get $total) (i32.const 1)))
  (func $odd (param $n i64) (param $total i64) (result i64)
    (if (i64.eqz (local.get $n)) (then (return (i64.const 99))))
    (return_call_indirect (type $step) (i64.sub (local.get $n) (i64.const 1)) (local.get $total) (i32.const 0)))
  (func (export "even") (param $n i64) (result i64)
    (return_call_indirect (type $step) (local.get $n) (i64.const 0) (i32.const 0)))

  ;; Results of all types, through a function with others for parameters.
  (func $many (param f64) (result i32 i64 f32 f64) (i32.const 1) (i64.const 2) (f32.const 3) (local.get 0))
  (func (export "many") (result i32 i64 f32 f64) (return_call $many (f64.const 4)))

  (func (export "element") (param $index i32) (result i64)
    (return_call_indirect (type $step) (i64.const 0) (i64.const 0) (local.get $index))))

(assert_return (invoke "sum" (i64.const 0) (i64.const 7)) (i64.const 7))
(assert_return (invoke "sum" (i64.const 1000000) (i64.const 0)) (i64.const 500000500000))
(assert_return (invoke "even" (i64.const 1000000)) (i64.const 44))
(assert_return (invoke "even" (i64.const 1000001)) (i64.const 99))
(assert_return (invoke "many") (i32.const 1) (i64.const 2) (f32.const 3) (f64.const 4))
(assert_return (invoke "element" (i32.const 0)) (i64.const 44))
(assert_trap (invoke "element" (i32.const 2)) "indirect call type mismatch")
(assert_trap (invoke "element" (i32.const 3)) "undefined element")

(assert_invalid
  (module (func $f (result i32) (i32.const 1)) (func (result i64) (return_call $f)))
  "type mismatch")
(assert_invalid
  (module (table 1 funcref) (func (return_call_indirect (param i32) (i64.const 1) (i32.const 0))))
  "type mismatch")
(assert_invalid (module (func (return_call 1))) "unknown function")
