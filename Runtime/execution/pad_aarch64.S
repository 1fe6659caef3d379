// How an exception goes on in generated code on AArch64: see throw.c, and ../platform/arch.h for the registers.
//
// Invariant: the registers that a landing pad begins with are those that its call would have returned with: what the
// ABI preserves, and the stack pointer. All others are free.

#if defined(__aarch64__)

    .text
    .globl wasmc_enter_pad
    .hidden wasmc_enter_pad
    .type wasmc_enter_pad, %function
wasmc_enter_pad:
    ldp x19, x20, [x0, #16]
    ldp x21, x22, [x0, #32]
    ldp x23, x24, [x0, #48]
    ldp x25, x26, [x0, #64]
    ldp x27, x28, [x0, #80]
    ldp x29, x30, [x0, #96]
    ldp d8, d9, [x0, #112]
    ldp d10, d11, [x0, #128]
    ldp d12, d13, [x0, #144]
    ldp d14, d15, [x0, #160]
    ldp x9, x10, [x0]
    mov sp, x10
    br x9
    .size wasmc_enter_pad, . - wasmc_enter_pad

#endif

    .section .note.GNU-stack, "", %progbits
