;; Two things trap: a divisor of zero, and the quotient that does not fit.
;;
;; options: O2 guarded
;; shows: assembly

(module
  (func (export "divide") (param $a i32) (param $b i32) (result i32)
    (i32.div_s (local.get $a) (local.get $b))))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     pushq %rax
;;     testl %edx, %edx
;;     je .LBB3_3
;;     movl %edx, %ecx
;;     leal -2147483648(%rsi), %eax
;;     notl %edx
;;     orl %eax, %edx
;;     je .LBB3_4
;;     movl %esi, %eax
;;     cltd
;;     idivl %ecx
;;     popq %rcx
;;     retq
;; .LBB3_3:
;;     callq wasm_trap_22
;; .LBB3_4:
;;     callq wasm_trap_23
