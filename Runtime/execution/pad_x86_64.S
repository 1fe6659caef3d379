// How an exception goes on in generated code on x86-64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: the registers that a landing pad begins with are those that its call would have returned with: what System
// V's convention preserves, and the stack pointer. All others are free.

#if defined(__x86_64__)

    .text
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
