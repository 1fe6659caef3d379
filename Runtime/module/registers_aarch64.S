// Calls of any type on AArch64: see registers.c.
//
// Invariant: what the ABI preserves is the same for both sides. The stack is that of a call from the guest when an
// exception is thrown in place of a return.

#if defined(__aarch64__)

#include "registers.h"

    // All registers for arguments, after the address of a wasmc_register_call, or in it.
    .macro argument_registers operation, base, offset
    \operation x0, x1, [\base, #\offset]
    \operation x2, x3, [\base, #\offset + 16]
    \operation x4, x5, [\base, #\offset + 32]
    \operation x6, x7, [\base, #\offset + 48]
    \operation q0, q1, [\base, #\offset + WASMC_CALL_VECTORS]
    \operation q2, q3, [\base, #\offset + WASMC_CALL_VECTORS + 32]
    \operation q4, q5, [\base, #\offset + WASMC_CALL_VECTORS + 64]
    \operation q6, q7, [\base, #\offset + WASMC_CALL_VECTORS + 96]
    .endm

    .macro result_registers operation, base, offset
    \operation x0, x1, [\base, #\offset]
    \operation q0, q1, [\base, #\offset + WASMC_CALL_VECTORS]
    .endm

    .text
    .globl wasmc_call_by_registers
    .hidden wasmc_call_by_registers
    .type wasmc_call_by_registers, %function
wasmc_call_by_registers:
    .cfi_startproc
    stp x29, x30, [sp, #-32]!
    .cfi_def_cfa_offset 32
    .cfi_offset x29, -32
    .cfi_offset x30, -24
    str x19, [sp, #16]
    .cfi_offset x19, -16
    mov x29, sp
    .cfi_def_cfa x29, 32
    mov x16, x0
    mov x19, x1
    ldp x9, x10, [x19, #WASMC_CALL_STACK]
    sub x11, x29, x10, lsl #3
    and sp, x11, #-16
    mov x11, sp
.Lnext:
    cbz x10, .Lcopied
    ldr x12, [x9], #8
    str x12, [x11], #8
    sub x10, x10, #1
    b .Lnext
.Lcopied:
    argument_registers ldp, x19, 0
    blr x16
    result_registers stp, x19, 0
    mov sp, x29
    ldr x19, [sp, #16]
    ldp x29, x30, [sp], #32
    .cfi_def_cfa sp, 0
    ret
    .cfi_endproc
    .size wasmc_call_by_registers, . - wasmc_call_by_registers

// The frame's link, and the call.
#define FRAME_BYTES (16 + WASMC_CALL_BYTES)

    .globl wasmc_host_by_registers
    .hidden wasmc_host_by_registers
    .type wasmc_host_by_registers, %function
wasmc_host_by_registers:
    .cfi_startproc
    stp x29, x30, [sp, #-FRAME_BYTES]!
    .cfi_def_cfa_offset FRAME_BYTES
    .cfi_offset x29, -FRAME_BYTES
    .cfi_offset x30, -FRAME_BYTES + 8
    argument_registers stp, sp, 16
    add x9, sp, #FRAME_BYTES
    str x9, [sp, #16 + WASMC_CALL_STACK]
    stp x30, x9, [sp, #16 + WASMC_CALL_SITE_CODE]
    str x29, [sp, #16 + WASMC_CALL_SITE_FRAME_POINTER]
    mov x29, sp
    add x0, sp, #16
    bl wasmc_invoke_by_registers
    cbnz x0, .Lthrow
    result_registers ldp, sp, 16
    ldp x29, x30, [sp], #FRAME_BYTES
    .cfi_def_cfa_offset 0
    ret
.Lthrow:
    ldp x29, x30, [sp], #FRAME_BYTES
    b wasmc_throw_exception
    .cfi_endproc
    .size wasmc_host_by_registers, . - wasmc_host_by_registers

#endif

    .section .note.GNU-stack, "", %progbits
