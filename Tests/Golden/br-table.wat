;; A jump table, behind one comparison for the default.
;;
;; options: O2 guarded
;; shows: assembly

(module
  (global $sum (mut i32) (i32.const 0))
  (func (export "choose") (param $case i32) (param $x i32) (result i32)
    (block $default
      (block $e (block $d (block $c (block $b (block $a
        (br_table $a $b $c $d $e $default (local.get $case)))
        (return (i32.add (local.get $x) (i32.const 3))))
        (return (i32.mul (local.get $x) (local.get $x))))
        (return (i32.rotl (local.get $x) (i32.const 7))))
        (return (i32.popcnt (local.get $x))))
        (global.set $sum (local.get $x)))
    (global.get $sum)))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     cmpl $4, %esi
;;     ja .LBB3_2
;;     movl %edx, %eax
;;     movl %esi, %ecx
;;     leaq .LJTI3_0(%rip), %rdx
;;     movslq (%rdx,%rcx,4), %rcx
;;     addq %rdx, %rcx
;;     jmpq *%rcx
;; .LBB3_3:
;;     addl $3, %eax
;;     retq
;; .LBB3_7:
;;     movl %eax, 160(%rdi)
;;     retq
;; .LBB3_5:
;;     rorxl $25, %eax, %eax
;;     retq
;; .LBB3_6:
;;     popcntl %eax, %eax
;;     retq
;; .LBB3_4:
;;     imull %eax, %eax
;;     retq
;; .LBB3_2:
;;     movl 160(%rdi), %eax
;;     retq
