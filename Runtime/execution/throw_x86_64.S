// Exceptions on x86-64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: what it stores are the registers that its caller would have when the call returned, as far as a call
// preserves them, and the stack pointer then.

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

#endif

    .section .note.GNU-stack, "", %progbits
