;; A walk along a list: nothing is known of the next index, so each iteration compares. Nothing else of the check is in
;; the loop.
;;
;; options: O2 checked
;; shows: assembly

(module
  (memory 1)
  (func (export "length") (param $node i32) (result i32) (local $length i32)
    (loop $again
      (local.set $length (i32.add (local.get $length) (i32.const 1)))
      (br_if $again (local.tee $node (i32.load (local.get $node)))))
    (local.get $length)))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     pushq %rax
;;     movl %esi, %ecx
;;     movq 104(%rdi), %rax
;;     movq (%rax), %rdx
;;     movq 8(%rax), %rsi
;;     xorl %eax, %eax
;; .LBB3_1:
;;     leaq 4(%rcx), %r8
;;     cmpq %rsi, %r8
;;     ja .LBB3_4
;;     movl (%rdx,%rcx), %ecx
;;     incl %eax
;;     testq %rcx, %rcx
;;     jne .LBB3_1
;;     popq %rcx
;;     retq
;; .LBB3_4:
;;     callq wasm_trap_17
