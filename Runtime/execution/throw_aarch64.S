// Exceptions on AArch64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: what it stores are the registers that its caller would have when the call returned, as far as a call
// preserves them, and the stack pointer then.

#if defined(__aarch64__)

    .text
    .globl wasmc_throw_exception
    .hidden wasmc_throw_exception
    .type wasmc_throw_exception, %function
wasmc_throw_exception:
    mov x9, sp
    sub sp, sp, #176
    stp x30, x9, [sp]
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    stp x29, x30, [sp, #96]
    stp d8, d9, [sp, #112]
    stp d10, d11, [sp, #128]
    stp d12, d13, [sp, #144]
    stp d14, d15, [sp, #160]
    mov x1, sp
    bl wasmc_unwind
    brk #1
    .size wasmc_throw_exception, . - wasmc_throw_exception

#endif

    .section .note.GNU-stack, "", %progbits
