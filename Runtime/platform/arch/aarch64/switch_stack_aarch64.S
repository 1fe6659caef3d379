// Stacks on AArch64: see ../../arch.h.
//
// Invariant: what the ABI preserves (x19 to x30, the low halves of v8 to v15 and the stack pointer) is the same when
// the stack is switched back to as when it was left.

#if defined(__aarch64__)

    .text
    .globl wasmc_switch_stack
    .hidden wasmc_switch_stack
    .type wasmc_switch_stack, %function
wasmc_switch_stack:
    sub sp, sp, #160
    stp x19, x20, [sp]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
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
