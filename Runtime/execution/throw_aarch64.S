// Exceptions on AArch64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: what it stores are the registers that its caller would have when the call returned, as far as a call
// preserves them, and the stack pointer then.

#if defined(__aarch64__)

#include "../platform/arch/aarch64/saved_registers.h"

    .text
    .globl wasmc_throw_exception
    .hidden wasmc_throw_exception
    .type wasmc_throw_exception, %function
wasmc_throw_exception:
    mov x9, sp
    sub sp, sp, #176
    stp x30, x9, [sp]
    wasmc_saved_registers stp, sp, 16
    mov x1, sp
    bl wasmc_unwind
    brk #1
    .size wasmc_throw_exception, . - wasmc_throw_exception

#endif

    .section .note.GNU-stack, "", %progbits
