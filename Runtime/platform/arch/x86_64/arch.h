// x86-64, with the calling convention of System V.
//
// Invariant: see ../../arch.h.

#ifndef WASMC_ARCH_X86_64_H
#define WASMC_ARCH_X86_64_H

#include <cpuid.h>

#define WASMC_ELF_MACHINE EM_X86_64

#define WASMC_PROCESSOR_FEATURES(X) \
    X("sse3") X("ssse3") X("sse4.1") X("sse4.2") X("popcnt") X("avx") X("avx2") X("fma") X("f16c") X("bmi") X("bmi2") \
    X("lzcnt") X("movbe") X("avx512f") X("avx512bw") X("avx512cd") X("avx512dq") X("avx512vl") X("avx512vbmi") \
    X("avx512vbmi2") X("avx512vnni") X("avx512bitalg") X("avx512vpopcntdq") X("avx512ifma") X("avx512bf16") X("gfni") \
    X("vpclmulqdq") X("vaes")
#define WASMC_OFFERS_FEATURE(name) __builtin_cpu_supports(name)

static inline uint32_t wasmc_arch_processor_model(void) {
    unsigned a = 0, b, c, d;
    __get_cpuid(1, &a, &b, &c, &d);
    return a;
}

static inline wasmc_site wasmc_arch_fault_site(const ucontext_t *machine) {
    const greg_t *registers = machine->uc_mcontext.gregs;
    return (wasmc_site){
        (uintptr_t)registers[REG_RIP] + 1, (uintptr_t)registers[REG_RSP], (uintptr_t)registers[REG_RBP]};
}

// The return address lies on the top of the stack: the C library's memcpy and its like do not move the stack pointer.
static inline wasmc_site wasmc_arch_caller_site(const ucontext_t *machine) {
    wasmc_site site = wasmc_arch_fault_site(machine);
    site.code = *(const uintptr_t *)site.stack_pointer;
    site.stack_pointer += sizeof site.code;
    return site;
}

static inline void wasmc_arch_continue(ucontext_t *machine, void (*function)(void)) {
    // Beyond the red zone, aligned as after a call.
    uintptr_t stack_pointer = ((uintptr_t)machine->uc_mcontext.gregs[REG_RSP] - 256) & ~(uintptr_t)15;
    machine->uc_mcontext.gregs[REG_RSP] = (greg_t)(stack_pointer - 8);
    machine->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)function;
}

// rbx, rbp, r12 to r15.
#define WASMC_SAVED_REGISTERS 6
#define WASMC_SAVED_FRAME_POINTER 1
#define WASMC_DWARF_REGISTERS 3, 6, 12, 13, 14, 15

static inline uintptr_t
wasmc_arch_step_out(uintptr_t *stack_pointer, uintptr_t *registers, uint32_t frame, const uint8_t *words) {
    if (!frame) return 0;
    uintptr_t base = *stack_pointer;
    if (__builtin_expect(frame & 1, 0)) base = registers[WASMC_SAVED_FRAME_POINTER];
    const uintptr_t *end = (const uintptr_t *)(base + (frame & ~1u));
    for (int i = 0; i < WASMC_SAVED_REGISTERS; i++)
        if (words[i]) registers[i] = end[-words[i]];
    *stack_pointer = (uintptr_t)end;
    return end[-1];
}

// The words that wasmc_switch_stack takes off, in its order: r15, r14, r13, r12, rbx, rbp, the return address.
static inline void *wasmc_arch_new_stack(void *end, void (*function)(void *), void *argument) {
    uintptr_t *words = (uintptr_t *)end - 7;
    words[2] = (uintptr_t)function;
    words[3] = (uintptr_t)argument;
    words[6] = (uintptr_t)wasmc_start_stack;
    return words;
}

#endif
