;; Lists of eight that nobody keeps: 800,000 objects.
(type $list (struct (field $value i32) (field $next (ref null $list))))
(func $kernel (result i64) (local $n i32) (local $i i32) (local $sum i32) (local $list (ref null $list))
  (local.set $n (i32.const 100000))
  (loop $lists
    (local.set $list (ref.null $list))
    (local.set $i (i32.const 8))
    (loop $make
      (local.set $list (struct.new $list (i32.add (local.get $i) (local.get $n)) (local.get $list)))
      (br_if $make (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (loop $look
      (local.set $sum (i32.add (local.get $sum) (struct.get $list $value (local.get $list))))
      (local.set $list (struct.get $list $next (local.get $list)))
      (br_if $look (i32.eqz (ref.is_null (local.get $list)))))
    (br_if $lists (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
  (i64.extend_i32_u (local.get $sum)))
