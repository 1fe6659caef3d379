;; Traps and loops that optimisers have got wrong.
(module
  (memory (export "memory") 1 4)
  (func (export "dropped") (param i32) (drop (i32.load (local.get 0))))
  (func (export "dropped_widening") (param i32) (drop (i64.load16_s (local.get 0))))
  (func (export "dropped_vector") (param i32) (drop (v128.load (local.get 0))))
  (func (export "dropped_in_loop") (param $p i32) (param $n i32)
    (loop $again
      (drop (i32.load (local.get $p)))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; count stores of `width` bytes, `step` apart: the first that does not fit traps
  (func (export "fill8") (param $p i32) (param $step i32) (param $n i32)
    (loop $again
      (i32.store8 (local.get $p) (i32.const 0xAA))
      (local.set $p (i32.add (local.get $p) (local.get $step)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "fill32") (param $p i32) (param $step i32) (param $n i32)
    (loop $again
      (i32.store (local.get $p) (i32.const 0xAAAAAAAA))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "fill32_down") (param $p i32) (param $step i32) (param $n i32)
    (loop $again
      (i32.store (local.get $p) (i32.const 0xAAAAAAAA))
      (local.set $p (i32.sub (local.get $p) (i32.const 4)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "fill32_unrolled") (param $p i32) (param $step i32) (param $n i32)
    (loop $again
      (i32.store (local.get $p) (i32.const 0xAAAAAAAA))
      (i32.store offset=4 (local.get $p) (i32.const 0xAAAAAAAA))
      (i32.store (i32.add (local.get $p) (i32.const 8)) (i32.const 0xAAAAAAAA))
      (i32.store (i32.add (local.get $p) (i32.const 12)) (i32.const 0xAAAAAAAA))
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))

  ;; the index wraps at 2^32, index plus offset does not
  (func (export "wrap") (param $p i32) (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $p))))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "large_offset") (param $p i32) (param $n i32)
    (loop $again
      (i32.store8 offset=0xFFFFFFF0 (local.get $p) (i32.const 1))
      (local.set $p (i32.add (local.get $p) (i32.const 1)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  ;; a signed counter goes through zero, an unsigned one wraps
  (func (export "past_zero") (param $i i32) (param $last i32)
    (loop $again
      (i32.store8 offset=1000 (local.get $i) (i32.const 0xAA))
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (br_if $again (i32.gt_s (local.get $i) (local.get $last)))))
  (func (export "to_zero") (param $i i32)
    (loop $again
      (i32.store8 offset=1000 (local.get $i) (i32.const 0xAA))
      (br_if $again (i32.ge_u (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const 1)))))

  (func (export "grow_inside") (param $p i32) (param $n i32) (result i32) (local $i i32)
    (loop $again
      (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.const 0xAA))
      (if (i32.eq (local.get $i) (i32.const 99)) (then (drop (memory.grow (i32.const 1)))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $i))
  (func (export "divide_inside") (param $p i32) (param $i i32)
    (loop $again
      (i32.store8 (i32.add (local.get $p) (local.get $i)) (i32.div_u (i32.const 100) (local.get $i)))
      (br_if $again (i32.ge_s (local.tee $i (i32.sub (local.get $i) (i32.const 1))) (i32.const -5)))))

  (func (export "copy8") (param $to i32) (param $from i32) (param $n i32) (local $i i32)
    (loop $again
      (i32.store8 (i32.add (local.get $to) (local.get $i)) (i32.load8_u (i32.add (local.get $from) (local.get $i))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n)))))
  (func (export "copy8_unrolled") (param $to i32) (param $from i32) (param $n i32)
    (loop $again
      (i32.store8 (local.get $to) (i32.load8_u (local.get $from)))
      (i32.store8 (i32.add (local.get $to) (i32.const 1)) (i32.load8_u (i32.add (local.get $from) (i32.const 1))))
      (i32.store8 (i32.add (local.get $to) (i32.const 2)) (i32.load8_u (i32.add (local.get $from) (i32.const 2))))
      (i32.store8 (i32.add (local.get $to) (i32.const 3)) (i32.load8_u (i32.add (local.get $from) (i32.const 3))))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (local.set $from (i32.add (local.get $from) (i32.const 4)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 4))))))
  (func (export "copy8_down") (param $to i32) (param $from i32) (param $n i32)
    (loop $again
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (i32.store8 (i32.add (local.get $to) (local.get $n)) (i32.load8_u (i32.add (local.get $from) (local.get $n))))
      (br_if $again (local.get $n))))

  ;; what came before a trap has happened, what comes after has not
  (global $g (export "g") (mut i32) (i32.const 0))
  (func (export "two_stores") (i32.store (i32.const 0) (i32.const 7)) (i32.store (i32.const 65536) (i32.const 8)))
  (func (export "store_then_load") (i32.store (i32.const 4) (i32.const 9)) (drop (i64.load (i32.const 65530))))
  (func (export "global_then_load")
    (global.set $g (i32.const 1)) (drop (i32.load (i32.const 65536))) (global.set $g (i32.const 2)))
  (func (export "store_then_divide") (param i32)
    (i32.store (i32.const 8) (i32.const 11)) (drop (i32.div_u (i32.const 1) (local.get 0))))
  (func (export "zero_trips") (param $n i32) (local $i i32)
    (block $out
      (loop $again
        (br_if $out (i32.ge_u (local.get $i) (local.get $n)))
        (drop (i32.load (i32.const 70000)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $again)))))
