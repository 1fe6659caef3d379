;; A search tree of 100,000 random numbers.
(type $node (struct (field $key i32) (field $left (mut (ref null $node))) (field $right (mut (ref null $node)))))
(global $root (mut (ref null $node)) (ref.null $node))
(func $insert (param $key i32) (result i32) (local $at (ref null $node)) (local $new (ref null $node))
  (local.set $at (global.get $root))
  (if (ref.is_null (local.get $at))
    (then
      (global.set $root (struct.new $node (local.get $key) (ref.null $node) (ref.null $node)))
      (return (i32.const 1))))
  (loop $down
    (if (i32.eq (local.get $key) (struct.get $node $key (local.get $at))) (then (return (i32.const 0))))
    (if (i32.lt_s (local.get $key) (struct.get $node $key (local.get $at)))
      (then
        (if (ref.is_null (struct.get $node $left (local.get $at)))
          (then
            (struct.set $node $left (local.get $at)
              (struct.new $node (local.get $key) (ref.null $node) (ref.null $node)))
            (return (i32.const 1))))
        (local.set $at (struct.get $node $left (local.get $at))))
      (else
        (if (ref.is_null (struct.get $node $right (local.get $at)))
          (then
            (struct.set $node $right (local.get $at)
              (struct.new $node (local.get $key) (ref.null $node) (ref.null $node)))
            (return (i32.const 1))))
        (local.set $at (struct.get $node $right (local.get $at)))))
    (br $down))
  (unreachable))
(func $kernel (result i64) (local $i i32) (local $x i32) (local $sum i32)
  (global.set $root (ref.null $node))
  (local.set $i (i32.const 100000))
  (local.set $x (i32.const 12345))
  (loop $l
    (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1103515245)) (i32.const 12345)))
    (local.set $sum (i32.add (local.get $sum) (call $insert (i32.shr_u (local.get $x) (i32.const 8)))))
    (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
  (i64.extend_i32_u (local.get $sum)))
