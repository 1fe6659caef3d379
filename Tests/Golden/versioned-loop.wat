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
;;     movl %esi, %esi
;;     movq 104(%rdi), %rcx
;;     movq 112(%rdi), %rax
;;     leal -1(%rdx), %r11d
;;     leaq (%rsi,%r11,4), %r8
;;     addq $4, %r8
;;     cmpq 8(%rcx), %r8
;;     ja .LBB3_19
;;     movabsq $17179869184, %rcx
;;     movabsq $10737483760, %r8
;;     cmpl $3, %r11d
;;     jae .LBB3_3
;;     movq %rsi, %rbx
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
;;     leaq (%rsi,%rax), %rbx
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
;;     leaq (%rsi,%r11,4), %r15
;;     subq $-2147483648, %r15
;;     cmpq %r8, %r15
;;     setbe %bpl
;;     movq %r14, %r12
;;     shlq $4, %r12
;;     addq %r15, %r12
;;     cmpq %r8, %r12
;;     setbe %r15b
;;     andb %bl, %bpl
;;     andb %r15b, %bpl
;;     cmpq %rcx, %r14
;;     setbe %bl
;;     testb %bl, %bpl
;;     je .LBB3_6
;;     leaq (%rsi,%r10,4), %rbx
;;     subl %r10d, %edx
;;     addq %rax, %rsi
;; .LBB3_14:
;;     vmovdqu (%rsi,%r11,4), %xmm0
;;     vpaddd %xmm0, %xmm0, %xmm0
;;     vmovdqu %xmm0, (%rsi,%r11,4)
;;     addq $4, %r11
;;     cmpq %r11, %r10
;;     jne .LBB3_14
;;     cmpq %r10, %r9
;;     je .LBB3_20
;; .LBB3_16:
;;     leal -1(%rdx), %esi
;;     movq %rbx, %r9
;;     subq $-2147483648, %r9
;;     addq $12, %r8
;;     cmpq %r8, %r9
;;     setbe %r10b
;;     leaq (%r9,%rsi,4), %r9
;;     cmpq %r8, %r9
;;     setbe %r8b
;;     andb %r10b, %r8b
;;     cmpq %rcx, %rsi
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
;;     leaq (%rsi,%r11,4), %rbx
;;     subl %r11d, %edx
;;     jmp .LBB3_16
;; .LBB3_19:
;;     shll (%rax,%rsi)
;;     addl $4, %esi
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
