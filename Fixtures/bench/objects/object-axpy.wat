;; One array of 4,000 f64 added to another, 1,000 times.
(type $reals (array (mut f64)))
(func $axpy (param $n i32) (param $a f64) (param $x (ref $reals)) (param $y (ref $reals)) (local $i i32)
  (loop $l
    (array.set $reals (local.get $y) (local.get $i)
      (f64.add (array.get $reals (local.get $y) (local.get $i))
        (f64.mul (local.get $a) (array.get $reals (local.get $x) (local.get $i)))))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
(func $kernel (result i64) (local $n i32) (local $x (ref $reals)) (local $y (ref $reals))
  (local.set $x (array.new $reals (f64.const 3) (i32.const 4000)))
  (local.set $y (array.new $reals (f64.const 1) (i32.const 4000)))
  (local.set $n (i32.const 1000))
  (loop $again
    (call $axpy (i32.const 4000) (f64.const 0.5) (local.get $x) (local.get $y))
    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i64.trunc_f64_s (array.get $reals (local.get $y) (i32.const 7))))
