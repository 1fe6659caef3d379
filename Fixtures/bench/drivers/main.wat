;; Calls $kernel until the time is used up, and writes a line for each call: nanoseconds and the checksum. A kernel's
;; fields follow.
;;   program MILLISECONDS LEAST_CALLS
(import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
(memory (export "memory") 1)
(func $now (result i64)
  (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
  (i64.load (i32.const 0)))
;; The decimal number that begins at an address.
(func $number (param $at i32) (result i64) (local $digit i32) (local $number i64)
  (block $end
    (loop $next
      (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
      (br_if $end (i32.ge_u (local.get $digit) (i32.const 10)))
      (local.set $number
        (i64.add (i64.mul (local.get $number) (i64.const 10)) (i64.extend_i32_u (local.get $digit))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br $next)))
  (local.get $number))
;; Writes a number in front of an address, and gives where it begins.
(func $put (param $end i32) (param $number i64) (result i32)
  (loop $next
    (local.set $end (i32.sub (local.get $end) (i32.const 1)))
    (i32.store8 (local.get $end)
      (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))))
    (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
    (br_if $next (i64.ne (local.get $number) (i64.const 0))))
  (local.get $end))
(func (export "_start")
  (local $start i64) (local $before i64) (local $end i64) (local $budget i64) (local $least i64) (local $sum i64)
  (local $line i32)
  (drop (call $args_get (i32.const 1024) (i32.const 4096)))
  (local.set $budget (i64.mul (call $number (i32.load (i32.const 1028))) (i64.const 1000000)))
  (local.set $least (call $number (i32.load (i32.const 1032))))
  (local.set $start (call $now))
  (loop $call
    (local.set $before (call $now))
    (local.set $sum (call $kernel))
    (local.set $end (call $now))
    (i32.store8 (i32.const 100) (i32.const 10))
    (local.set $line (i32.sub (call $put (i32.const 100) (local.get $sum)) (i32.const 1)))
    (i32.store8 (local.get $line) (i32.const 32))
    (local.set $line (call $put (local.get $line) (i64.sub (local.get $end) (local.get $before))))
    (i32.store (i32.const 8) (local.get $line))
    (i32.store (i32.const 12) (i32.sub (i32.const 101) (local.get $line)))
    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))
    (local.set $least (i64.sub (local.get $least) (i64.const 1)))
    (br_if $call (i32.or (i64.gt_s (local.get $least) (i64.const 0))
      (i64.lt_u (i64.sub (local.get $end) (local.get $start)) (local.get $budget))))))
