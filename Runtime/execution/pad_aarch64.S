// How an exception goes on in generated code on AArch64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: the registers that a landing pad begins with are those that its call would have returned with: what the
// ABI preserves, and the stack pointer. All others are free.

#if defined(__aarch64__)

#include "../platform/arch/aarch64/saved_registers.h"

    .text
    .globl wasmc_enter_pad
    .hidden wasmc_enter_pad
    .type wasmc_enter_pad, %function
wasmc_enter_pad:
    wasmc_saved_registers ldp, x0, 16
    ldp x9, x10, [x0]
    mov sp, x10
    br x9
    .size wasmc_enter_pad, . - wasmc_enter_pad

#endif

    .section .note.GNU-stack, "", %progbits
