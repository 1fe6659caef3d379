// AArch64, with the calling convention of its ABI.
//
// Invariant: see ../../arch.h.

#ifndef WASMC_ARCH_AARCH64_H
#define WASMC_ARCH_AARCH64_H

#include <sys/auxv.h>

#define WASMC_ELF_MACHINE EM_AARCH64

// With their bits of AT_HWCAP.
#define WASMC_PROCESSOR_FEATURES(X) \
    X("fp-armv8", 0) X("neon", 1) X("aes", 3) X("sha2", 6) X("crc", 7) X("lse", 8) X("fullfp16", 10) X("rdm", 12) \
    X("jsconv", 13) X("rcpc", 15) X("sha3", 17) X("dotprod", 20) X("sve", 22) X("fp16fml", 23)
#define WASMC_OFFERS_FEATURE(name, bit) (getauxval(AT_HWCAP) >> (bit) & 1)

static inline uint32_t wasmc_arch_processor_model(void) { return 0; }

static inline wasmc_site wasmc_arch_fault_site(const ucontext_t *machine) {
    return (wasmc_site){machine->uc_mcontext.pc + 4, machine->uc_mcontext.sp, machine->uc_mcontext.regs[29]};
}

// The link register has the return address: the C library's memcpy and its like do not change it.
static inline wasmc_site wasmc_arch_caller_site(const ucontext_t *machine) {
    wasmc_site site = wasmc_arch_fault_site(machine);
    site.code = machine->uc_mcontext.regs[30];
    return site;
}

static inline void wasmc_arch_continue(ucontext_t *machine, void (*function)(void)) {
    machine->uc_mcontext.sp = (machine->uc_mcontext.sp - 256) & ~(uintptr_t)15;
    machine->uc_mcontext.pc = (uintptr_t)function;
}

// x19 to x30, d8 to d15. The return address is x30.
#define WASMC_SAVED_REGISTERS 20
#define WASMC_SAVED_FRAME_POINTER 10
#define WASMC_SAVED_LINK 11
#define WASMC_DWARF_REGISTERS 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 72, 73, 74, 75, 76, 77, 78, 79

static inline uintptr_t
wasmc_arch_step_out(uintptr_t *stack_pointer, uintptr_t *registers, uint32_t frame, const uint8_t *words) {
    if (!frame || !words[WASMC_SAVED_LINK]) return 0;
    uintptr_t base = *stack_pointer;
    if (__builtin_expect(frame & 1, 0)) base = registers[WASMC_SAVED_FRAME_POINTER];
    const uintptr_t *end = (const uintptr_t *)(base + (frame & ~1u));
    for (int i = 0; i < WASMC_SAVED_REGISTERS; i++)
        if (words[i]) registers[i] = end[-words[i]];
    *stack_pointer = (uintptr_t)end;
    return registers[WASMC_SAVED_LINK];
}

// The words that wasmc_switch_stack takes off, in its order: x19 to x30, then d8 to d15.
static inline void *wasmc_arch_new_stack(void *end, void (*function)(void *), void *argument) {
    uintptr_t *words = (uintptr_t *)end - 20;
    words[0] = (uintptr_t)argument;
    words[1] = (uintptr_t)function;
    words[11] = (uintptr_t)wasmc_start_stack;
    return words;
}

#endif
