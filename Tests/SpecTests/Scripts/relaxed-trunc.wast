;; What relaxed conversions may give, which the official suite's script only declares.
(module
  (func (export "s") (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0)))
  (func (export "u") (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_u (local.get 0)))
  (func (export "s_zero") (param v128) (result v128) (i32x4.relaxed_trunc_f64x2_s_zero (local.get 0)))
  (func (export "u_zero") (param v128) (result v128) (i32x4.relaxed_trunc_f64x2_u_zero (local.get 0))))

(assert_return
  (invoke "s" (v128.const f32x4 1.9 -1.9 -2147483648 2147483520)) (v128.const i32x4 1 -1 0x80000000 2147483520))
(assert_return
  (invoke "s" (v128.const f32x4 2147483648 -2147483904 0 0))
  (either (v128.const i32x4 0x7fffffff 0x80000000 0 0) (v128.const i32x4 0x80000000 0x80000000 0 0)))
(assert_return
  (invoke "s" (v128.const f32x4 nan 0 0 0)) (either (v128.const i32x4 0 0 0 0) (v128.const i32x4 0x80000000 0 0 0)))
(assert_return (invoke "u" (v128.const f32x4 1.9 -0.9 4294967040 2147483648)) (v128.const i32x4 1 0 -256 0x80000000))
(assert_return
  (invoke "u" (v128.const f32x4 4294967296 -1 0 0))
  (either (v128.const i32x4 -1 0 0 0) (v128.const i32x4 -1 -1 0 0)))
(assert_return
  (invoke "u" (v128.const f32x4 inf nan 0 0)) (either (v128.const i32x4 -1 0 0 0) (v128.const i32x4 -1 -1 0 0)))
(assert_return (invoke "s_zero" (v128.const f64x2 -1.9 2147483647)) (v128.const i32x4 -1 0x7fffffff 0 0))
(assert_return
  (invoke "s_zero" (v128.const f64x2 2147483648 1))
  (either (v128.const i32x4 0x7fffffff 1 0 0) (v128.const i32x4 0x80000000 1 0 0)))
(assert_return (invoke "u_zero" (v128.const f64x2 4294967295.9 1.5)) (v128.const i32x4 -1 1 0 0))
(assert_return
  (invoke "u_zero" (v128.const f64x2 nan 1)) (either (v128.const i32x4 0 1 0 0) (v128.const i32x4 -1 1 0 0)))
