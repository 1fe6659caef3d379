// The registers that calls preserve on AArch64: x19 to x30, and the low halves of v8 to v15.
//
// Invariant: storing and loading with one base and offset name one place for each register.

// clang-format off
// It lays out C, and this is assembly.

    // Stores (stp) or loads (ldp) them in 160 bytes from `offset` after what the register `base` holds.
    .macro wasmc_saved_registers instruction, base, offset
    \instruction x19, x20, [\base, #\offset]
    \instruction x21, x22, [\base, #\offset + 16]
    \instruction x23, x24, [\base, #\offset + 32]
    \instruction x25, x26, [\base, #\offset + 48]
    \instruction x27, x28, [\base, #\offset + 64]
    \instruction x29, x30, [\base, #\offset + 80]
    \instruction d8, d9, [\base, #\offset + 96]
    \instruction d10, d11, [\base, #\offset + 112]
    \instruction d12, d13, [\base, #\offset + 128]
    \instruction d14, d15, [\base, #\offset + 144]
    .endm
