;; The sum of an array of 4,000 i32, 1,000 times.
(type $words (array (mut i32)))
(func $sum (param $words (ref $words)) (result i32) (local $i i32) (local $sum i32)
  (loop $l
    (local.set $sum (i32.add (local.get $sum) (array.get $words (local.get $words) (local.get $i))))
    (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $words)))))
  (local.get $sum))
(func $kernel (result i64) (local $n i32) (local $sum i32) (local $words (ref $words))
  (local.set $words (array.new $words (i32.const 3) (i32.const 4000)))
  (local.set $n (i32.const 1000))
  (loop $again
    (array.set $words (local.get $words) (local.get $n) (local.get $sum))
    (local.set $sum (i32.add (local.get $sum) (call $sum (local.get $words))))
    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i64.extend_i32_u (local.get $sum)))
