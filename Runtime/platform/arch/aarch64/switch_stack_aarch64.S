// Stacks on AArch64: see ../../arch.h.
//
// Invariant: what the ABI preserves (x19 to x30, the low halves of v8 to v15 and the stack pointer) is the same when
// the stack is switched back to as when it was left.

#if defined(__aarch64__)

#include "saved_registers.h"

    .text
    .globl wasmc_switch_stack
    .hidden wasmc_switch_stack
    .type wasmc_switch_stack, %function
wasmc_switch_stack:
    sub sp, sp, #160
    wasmc_saved_registers stp, sp, 0
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    wasmc_saved_registers ldp, sp, 0
    add sp, sp, #160
    ret
    .size wasmc_switch_stack, . - wasmc_switch_stack

    // Unwinders end here.
    .globl wasmc_start_stack
    .hidden wasmc_start_stack
    .type wasmc_start_stack, %function
wasmc_start_stack:
    .cfi_startproc
    .cfi_undefined x30
    mov x0, x19
    blr x20
    brk #1
    .cfi_endproc
    .size wasmc_start_stack, . - wasmc_start_stack

#endif

    .section .note.GNU-stack, "", %progbits
