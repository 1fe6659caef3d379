;; At O0 nothing finds the checks worth keeping: with guard pages no access has one.
;;
;; options: O0 guarded
;; shows: assembly

(module
  (memory 1)
  (func (export "load") (param $p i32) (result i32)
    (i32.load offset=16 (local.get $p))))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     movl %esi, -4(%rsp)
;;     movq 112(%rdi), %rax
;;     movq %rax, -16(%rsp)
;;     movl -4(%rsp), %eax
;;     movl %eax, %ecx
;;     movq -16(%rsp), %rax
;;     movl 16(%rax,%rcx), %eax
;;     movl %eax, -20(%rsp)
;;     movl -20(%rsp), %eax
;;     retq
