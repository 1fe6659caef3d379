(module
  (tag $a (param i32)) (tag $b (param i64 v128)) (tag $c)
  (global $g (mut i32) (i32.const 0))
  (func $throwA (param i32) (throw $a (local.get 0)))
  (func $throwB (throw $b (i64.const 77) (v128.const i64x2 5 6)))
  (func $throwC (throw $c))
  (func $sel (param i32)
    (if (i32.eq (local.get 0) (i32.const 0)) (then (call $throwA (i32.const 10))))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (call $throwB)))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (call $throwC))))
  (func (export "basic") (param i32) (result i64)
    (try (result i64)
      (do (call $sel (local.get 0)) (i64.const -1))
      (catch $a (i64.extend_i32_u))
      (catch $b (i64x2.extract_lane 1) (i64.add))
      (catch_all (i64.const 1000))))
  (func (export "uncaught") (param i32) (result i32)
    try (result i32)
      local.get 0
      call $sel
      i32.const 1
    catch $a
      drop
      i32.const 2
    end)
  (func (export "rethrow") (param i32) (result i32)
    (try (result i32)
      (do
        (try (result i32)
          (do (call $sel (local.get 0)) (i32.const 0))
          (catch $a (drop) (global.set $g (i32.const 1)) (rethrow 0))
          (catch_all (global.set $g (i32.const 2)) (rethrow 0))))
      (catch $a (i32.add (global.get $g)))
      (catch_all (i32.mul (global.get $g) (i32.const 1000)))))
  ;; The outer exception again from within an inner clause.
  (func (export "nested-rethrow") (result i32)
    try (result i32)
      try (result i32)
        i32.const 5
        call $throwA
        i32.const 0
      catch $a
        drop
        try
          i32.const 6
          call $throwA
        catch $a
          drop
          rethrow 1
        end
        i32.const 1
      end
    catch $a
    end)
  (func (export "delegate") (param i32) (result i32)
    (try (result i32)
      (do
        (try (result i32)
          (do
            (try (result i32)
              (do (call $sel (local.get 0)) (i32.const 0))
              (delegate 1)))
          (catch_all (i32.const 99))))
      (catch $a (i32.const 1) (i32.add))
      (catch_all (i32.const 50))))
  (func (export "delegate-out") (param i32) (result i32)
    try (result i32)
      try (result i32)
        local.get 0
        call $sel
        i32.const 0
      delegate 1
    catch_all
      i32.const 9
    end)
  (func (export "delegate-in-clause") (result i32)
    (try (result i32)
      (do
        (try (result i32)
          (do (call $throwC) (i32.const 0))
          (catch_all
            (try (result i32) (do (call $throwA (i32.const 3)) (i32.const 0)) (delegate 0)))))
      (catch $a)))
  (func (export "label") (param i32) (result i32)
    (try $l (result i32)
      (do (br $l (i32.const 4)))
      (catch_all (br $l (i32.const 5)))))
  (func (export "no-clauses") (param i32) (result i32)
    (try (result i32) (do (call $sel (local.get 0)) (i32.const 3))))
  (func (export "loop") (param $n i32) (result i32) (local $sum i32)
    (loop $next
      (try
        (do (try (do (call $throwA (local.get $n))) (catch $a (drop) (rethrow 0))))
        (catch $a (local.set $sum (i32.add (local.get $sum)))))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "params") (param i32) (result i32)
    (i32.const 5) (local.get 0)
    (try (param i32) (result i32) (do (call $throwA)  (i32.const 0)) (catch $a (i32.const 7) (i32.mul)))
    (i32.add))
  (func (export "thrown-here") (param i32) (result i32)
    (try (result i32) (do (throw $a (local.get 0))) (catch $a (i32.const 1) (i32.add))))
)
(assert_return (invoke "basic" (i32.const 0)) (i64.const 10))
(assert_return (invoke "basic" (i32.const 1)) (i64.const 83))
(assert_return (invoke "basic" (i32.const 2)) (i64.const 1000))
(assert_return (invoke "basic" (i32.const 3)) (i64.const -1))
(assert_return (invoke "uncaught" (i32.const 0)) (i32.const 2))
(assert_return (invoke "uncaught" (i32.const 3)) (i32.const 1))
(assert_exception (invoke "uncaught" (i32.const 1)))
(assert_return (invoke "rethrow" (i32.const 0)) (i32.const 11))
(assert_return (invoke "rethrow" (i32.const 1)) (i32.const 2000))
(assert_return (invoke "rethrow" (i32.const 3)) (i32.const 0))
(assert_return (invoke "nested-rethrow") (i32.const 5))
(assert_return (invoke "delegate" (i32.const 0)) (i32.const 11))
(assert_return (invoke "delegate" (i32.const 2)) (i32.const 50))
(assert_return (invoke "delegate" (i32.const 3)) (i32.const 0))
(assert_exception (invoke "delegate-out" (i32.const 0)))
(assert_return (invoke "delegate-out" (i32.const 3)) (i32.const 0))
(assert_return (invoke "delegate-in-clause") (i32.const 3))
(assert_return (invoke "label" (i32.const 3)) (i32.const 4))
(assert_exception (invoke "no-clauses" (i32.const 0)))
(assert_return (invoke "no-clauses" (i32.const 3)) (i32.const 3))
(assert_return (invoke "loop" (i32.const 100)) (i32.const 5050))
(assert_return (invoke "params" (i32.const 3)) (i32.const 26))
(assert_return (invoke "thrown-here" (i32.const 3)) (i32.const 4))
(assert_invalid (module (func (rethrow 0))) "invalid rethrow label")
(assert_invalid (module (func (block (rethrow 0)))) "invalid rethrow label")
(assert_invalid (module (func (try (do (rethrow 0))))) "invalid rethrow label")
(assert_invalid (module (func (try (do) (delegate 1)))) "unknown label")
(assert_invalid (module (tag (param i32)) (func (try (do) (catch 0)))) "type mismatch")
(assert_invalid (module (func (try (result i32) (do (nop)) (catch_all (i32.const 1))))) "type mismatch")
(assert_invalid (module (func (try (do) (catch 0)))) "unknown tag")
(assert_malformed (module quote "(func (try (catch_all)))") "unexpected token")
(assert_malformed (module quote "(func try catch_all catch_all end)") "catch_all without try")
(assert_malformed (module quote "(func try catch_all delegate 0)") "delegate without try")
(assert_malformed (module quote "(func block catch_all end)") "unexpected token")
