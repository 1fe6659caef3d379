// Exceptions on x86-64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: the registers that a landing pad begins with are those that its call would have returned with: what System
// V's convention preserves, and the stack pointer. All others are free.

#if defined(__x86_64__)

    .text
    .globl wasmc_throw_exception
    .hidden wasmc_throw_exception
    .type wasmc_throw_exception, @function
wasmc_throw_exception:
    movq (%rsp), %rax
    leaq 8(%rsp), %rcx
    // A wasmc_registers of 176 bytes, aligned as calls need it.
    subq $184, %rsp
    movq %rax, (%rsp)
    movq %rcx, 8(%rsp)
    movq %rbx, 16(%rsp)
    movq %rbp, 24(%rsp)
    movq %r12, 32(%rsp)
    movq %r13, 40(%rsp)
    movq %r14, 48(%rsp)
    movq %r15, 56(%rsp)
    movq %rsp, %rsi
    callq wasmc_unwind
    ud2
    .size wasmc_throw_exception, . - wasmc_throw_exception

    .globl wasmc_enter_pad
    .hidden wasmc_enter_pad
    .type wasmc_enter_pad, @function
wasmc_enter_pad:
    movq (%rdi), %rax
    movq 16(%rdi), %rbx
    movq 24(%rdi), %rbp
    movq 32(%rdi), %r12
    movq 40(%rdi), %r13
    movq 48(%rdi), %r14
    movq 56(%rdi), %r15
    movq 8(%rdi), %rsp
    jmpq *%rax
    .size wasmc_enter_pad, . - wasmc_enter_pad

#endif

    .section .note.GNU-stack, "", %progbits
