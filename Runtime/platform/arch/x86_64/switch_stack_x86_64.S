// Stacks on x86-64: see ../../arch.h.
//
// Invariant: what System V's convention preserves (rbx, rbp, r12 to r15 and the stack pointer) is the same when the
// stack is switched back to as when it was left. The modes of the floating-point units are a thread's: nobody changes
// them.

#if defined(__x86_64__)

    .text
    .globl wasmc_switch_stack
    .hidden wasmc_switch_stack
    .type wasmc_switch_stack, @function
wasmc_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq
    .size wasmc_switch_stack, . - wasmc_switch_stack

    // Unwinders end here.
    .globl wasmc_start_stack
    .hidden wasmc_start_stack
    .type wasmc_start_stack, @function
wasmc_start_stack:
    .cfi_startproc
    .cfi_undefined %rip
    movq %r12, %rdi
    callq *%r13
    ud2
    .cfi_endproc
    .size wasmc_start_stack, . - wasmc_start_stack

#endif

    .section .note.GNU-stack, "", %progbits
