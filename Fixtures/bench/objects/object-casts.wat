;; A test and a cast of each of 1,024 objects of two types, 1,000 times.
(type $shape (sub (struct (field i32))))
(type $circle (sub final $shape (struct (field i32) (field i32))))
(type $square (sub $shape (struct (field i32) (field i32))))
(type $small (sub final $square (struct (field i32) (field i32))))
(type $bag (array (mut (ref null any))))
(func $kernel (result i64) (local $n i32) (local $i i32) (local $bag (ref null $bag)) (local $sum i32)
  (local.set $bag (array.new_default $bag (i32.const 1024)))
  (loop $fill
    (array.set $bag (local.get $bag) (local.get $i)
      (if (result (ref any)) (i32.and (local.get $i) (i32.const 1))
        (then (struct.new $circle (local.get $i) (i32.const 1)))
        (else (struct.new $small (local.get $i) (i32.const 2)))))
    (br_if $fill (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
  (local.set $n (i32.const 1000))
  (loop $again
    (local.set $i (i32.const 0))
    (loop $l
      (if (ref.test (ref $circle) (array.get $bag (local.get $bag) (local.get $i)))
        (then
          (local.set $sum (i32.add (local.get $sum)
            (struct.get $circle 1 (ref.cast (ref $circle) (array.get $bag (local.get $bag) (local.get $i)))))))
        (else
          (local.set $sum (i32.add (local.get $sum)
            (struct.get $square 1 (ref.cast (ref $square) (array.get $bag (local.get $bag) (local.get $i))))))))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1024))))
    (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i64.extend_i32_u (local.get $sum)))
