;; A loop over an array: one test before it, then vectors without checks. The untouched loop is beside it, for indices
;; that leave the memory.
;;
;; options: O2 guarded
;; shows: assembly

(module
  (memory 1)
  (func (export "double") (param $p i32) (param $count i32)
    (loop $again
      (i32.store (local.get $p) (i32.shl (i32.load (local.get $p)) (i32.const 1)))
      (local.set $p (i32.add (local.get $p) (i32.const 4)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
;; ---- by LLVM 22.1.8
;; assembly:
;; wasm_function_0:
;;     pushq %rbp
;;     pushq %r15
;;     pushq %r14
;;     pushq %r12
;;     pushq %rbx
;;     movl %esi, %ecx
;;     movq 104(%rdi), %rsi
;;     movq 112(%rdi), %rax
;;     leal -1(%rdx), %r11d
;;     leaq (%rcx,%r11,4), %r8
;;     addq $4, %r8
;;     cmpq 8(%rsi), %r8
;;     ja .LBB3_19
;;     movabsq $17179869184, %rsi
;;     movabsq $10737483760, %r8
;;     cmpl $3, %r11d
;;     jae .LBB3_3
;;     movq %rcx, %rbx
;;     jmp .LBB3_16
;; .LBB3_3:
;;     leaq 1(%r11), %r9
;;     movabsq $8589934560, %r10
;;     cmpl $31, %r11d
;;     jae .LBB3_7
;;     xorl %r11d, %r11d
;;     jmp .LBB3_5
;; .LBB3_7:
;;     movq %r9, %r11
;;     andq %r10, %r11
;;     leaq -32(%r11), %rbx
;;     movq %rbx, %r14
;;     shrq $5, %r14
;;     testb $31, %bl
;;     sete %bl
;;     cmpq $33554944, %r14
;;     setb %bpl
;;     testb %bpl, %bl
;;     je .LBB3_21
;;     leaq (%rcx,%rax), %rbx
;;     addq $96, %rbx
;;     xorl %r14d, %r14d
;; .LBB3_9:
;;     vmovdqu -96(%rbx,%r14,4), %ymm0
;;     vmovdqu -64(%rbx,%r14,4), %ymm1
;;     vmovdqu -32(%rbx,%r14,4), %ymm2
;;     vmovdqu (%rbx,%r14,4), %ymm3
;;     vpaddd %ymm0, %ymm0, %ymm0
;;     vpaddd %ymm1, %ymm1, %ymm1
;;     vpaddd %ymm2, %ymm2, %ymm2
;;     vpaddd %ymm3, %ymm3, %ymm3
;;     vmovdqu %ymm0, -96(%rbx,%r14,4)
;;     vmovdqu %ymm1, -64(%rbx,%r14,4)
;;     vmovdqu %ymm2, -32(%rbx,%r14,4)
;;     vmovdqu %ymm3, (%rbx,%r14,4)
;;     addq $32, %r14
;;     cmpq %r14, %r11
;;     jne .LBB3_9
;;     cmpq %r11, %r9
;;     je .LBB3_20
;;     testb $28, %r9b
;;     je .LBB3_12
;; .LBB3_5:
;;     addq $28, %r10
;;     andq %r9, %r10
;;     movq %r10, %rbx
;;     subq %r11, %rbx
;;     addq $-4, %rbx
;;     movq %rbx, %r14
;;     shrq $2, %r14
;;     testb $3, %bl
;;     sete %bl
;;     leaq (%rcx,%r11,4), %r15
;;     movq %r14, %r12
;;     shlq $4, %r12
;;     addq %r15, %r12
;;     subq $-2147483648, %r12
;;     cmpq %r8, %r12
;;     setbe %bpl
;;     cmpq %rsi, %r14
;;     setbe %r14b
;;     andb %bpl, %r14b
;;     testb %bl, %r14b
;;     je .LBB3_6
;;     leaq (%rcx,%r10,4), %rbx
;;     subl %r10d, %edx
;;     addq %rax, %rcx
;; .LBB3_14:
;;     vmovdqu (%rcx,%r11,4), %xmm0
;;     vpaddd %xmm0, %xmm0, %xmm0
;;     vmovdqu %xmm0, (%rcx,%r11,4)
;;     addq $4, %r11
;;     cmpq %r11, %r10
;;     jne .LBB3_14
;;     cmpq %r10, %r9
;;     je .LBB3_20
;; .LBB3_16:
;;     leal -1(%rdx), %ecx
;;     leaq (%rbx,%rcx,4), %r9
;;     subq $-2147483648, %r9
;;     addq $12, %r8
;;     cmpq %r8, %r9
;;     setbe %r8b
;;     cmpq %rsi, %rcx
;;     setbe %cl
;;     testb %cl, %r8b
;;     je .LBB3_22
;;     addq %rbx, %rax
;;     movl %edx, %ecx
;;     xorl %edx, %edx
;; .LBB3_18:
;;     shll (%rax,%rdx,4)
;;     incq %rdx
;;     cmpl %edx, %ecx
;;     jne .LBB3_18
;; .LBB3_20:
;;     popq %rbx
;;     popq %r12
;;     popq %r14
;;     popq %r15
;;     popq %rbp
;;     vzeroupper
;;     retq
;; .LBB3_12:
;;     leaq (%rcx,%r11,4), %rbx
;;     subl %r11d, %edx
;;     jmp .LBB3_16
;; .LBB3_19:
;;     shll (%rax,%rcx)
;;     addl $4, %ecx
;;     decl %edx
;;     jne .LBB3_19
;;     jmp .LBB3_20
;; .LBB3_22:
;;     vzeroupper
;;     callq wasm_escape
;; .LBB3_6:
;;     vzeroupper
;;     callq wasm_escape
;; .LBB3_21:
;;     callq wasm_escape
