;; The threads proposal's scripts execute no fence.
(module (func (export "fence") (result i32) (atomic.fence) (i32.const 7)))
(assert_return (invoke "fence") (i32.const 7))
(assert_malformed
  (module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\07\01\05\00\fe\03\01\0b")
  "zero byte expected")
