// Calls of any type on x86-64: see registers.c.
//
// Invariant: what System V's convention preserves is the same for both sides. The stack is that of a call from the
// guest when an exception is thrown in place of a return.

#if defined(__x86_64__)

#include "registers.h"

    .text
    .globl wasmc_call_by_registers
    .hidden wasmc_call_by_registers
    .type wasmc_call_by_registers, @function
wasmc_call_by_registers:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    .cfi_offset %rbx, -24
    movq %rdi, %r11
    movq %rsi, %rbx
    movq WASMC_CALL_STACK(%rbx), %rsi
    movq WASMC_CALL_STACK+8(%rbx), %rcx
    leaq (,%rcx,8), %rax
    subq %rax, %rsp
    andq $-16, %rsp
    movq %rsp, %rdi
    rep movsq
    movq (%rbx), %rdi
    movq 8(%rbx), %rsi
    movq 16(%rbx), %rdx
    movq 24(%rbx), %rcx
    movq 32(%rbx), %r8
    movq 40(%rbx), %r9
    movaps WASMC_CALL_VECTORS(%rbx), %xmm0
    movaps WASMC_CALL_VECTORS+16(%rbx), %xmm1
    movaps WASMC_CALL_VECTORS+32(%rbx), %xmm2
    movaps WASMC_CALL_VECTORS+48(%rbx), %xmm3
    movaps WASMC_CALL_VECTORS+64(%rbx), %xmm4
    movaps WASMC_CALL_VECTORS+80(%rbx), %xmm5
    movaps WASMC_CALL_VECTORS+96(%rbx), %xmm6
    movaps WASMC_CALL_VECTORS+112(%rbx), %xmm7
    callq *%r11
    movq %rax, (%rbx)
    movq %rdx, 8(%rbx)
    movaps %xmm0, WASMC_CALL_VECTORS(%rbx)
    movaps %xmm1, WASMC_CALL_VECTORS+16(%rbx)
    movq -8(%rbp), %rbx
    leaveq
    .cfi_def_cfa %rsp, 8
    retq
    .cfi_endproc
    .size wasmc_call_by_registers, . - wasmc_call_by_registers

// The call, and what aligns the stack behind the return address.
#define FRAME_BYTES (WASMC_CALL_BYTES + 8)

    .globl wasmc_host_by_registers
    .hidden wasmc_host_by_registers
    .type wasmc_host_by_registers, @function
wasmc_host_by_registers:
    .cfi_startproc
    subq $FRAME_BYTES, %rsp
    .cfi_adjust_cfa_offset FRAME_BYTES
    movq %rdi, (%rsp)
    movq %rsi, 8(%rsp)
    movq %rdx, 16(%rsp)
    movq %rcx, 24(%rsp)
    movq %r8, 32(%rsp)
    movq %r9, 40(%rsp)
    movaps %xmm0, WASMC_CALL_VECTORS(%rsp)
    movaps %xmm1, WASMC_CALL_VECTORS+16(%rsp)
    movaps %xmm2, WASMC_CALL_VECTORS+32(%rsp)
    movaps %xmm3, WASMC_CALL_VECTORS+48(%rsp)
    movaps %xmm4, WASMC_CALL_VECTORS+64(%rsp)
    movaps %xmm5, WASMC_CALL_VECTORS+80(%rsp)
    movaps %xmm6, WASMC_CALL_VECTORS+96(%rsp)
    movaps %xmm7, WASMC_CALL_VECTORS+112(%rsp)
    movq FRAME_BYTES(%rsp), %rax
    leaq FRAME_BYTES+8(%rsp), %rcx
    movq %rcx, WASMC_CALL_STACK(%rsp)
    movq %rax, WASMC_CALL_SITE_CODE(%rsp)
    movq %rcx, WASMC_CALL_SITE_CODE+8(%rsp)
    movq %rbp, WASMC_CALL_SITE_FRAME_POINTER(%rsp)
    movq %rsp, %rdi
    callq wasmc_invoke_by_registers
    testq %rax, %rax
    jne .Lthrow
    movq (%rsp), %rax
    movq 8(%rsp), %rdx
    movaps WASMC_CALL_VECTORS(%rsp), %xmm0
    movaps WASMC_CALL_VECTORS+16(%rsp), %xmm1
    addq $FRAME_BYTES, %rsp
    .cfi_adjust_cfa_offset -FRAME_BYTES
    retq
.Lthrow:
    movq %rax, %rdi
    addq $FRAME_BYTES, %rsp
    jmp wasmc_throw_exception
    .cfi_endproc
    .size wasmc_host_by_registers, . - wasmc_host_by_registers

#endif

    .section .note.GNU-stack, "", %progbits
