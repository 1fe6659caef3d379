;; Growing calls the runtime. Behind it the size is read again; the base of a memory with guard pages stays.
;;
;; options: O2 guarded
;; shows: assembly

(module
  (memory 1)
  (func (export "grow") (param $pages i32) (result i32)
    (drop (memory.grow (local.get $pages)))
    (memory.size)))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     pushq %rbx
;;     movq 8(%rdi), %rax
;;     movq 104(%rdi), %rbx
;;     movl %esi, %edx
;;     xorl %esi, %esi
;;     callq *8(%rax)
;;     movl 10(%rbx), %eax
;;     popq %rbx
;;     retq
