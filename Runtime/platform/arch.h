// What the runtime knows of the architecture that it is compiled for. A folder of arch/ has a header and an assembly
// file; every header defines the same names:
//
// WASMC_ELF_MACHINE                 of the ELF files that run here
// WASMC_PROCESSOR_FEATURES(X)       X(name, ...) for each feature, by LLVM's name, that the loader can tell
// WASMC_OFFERS_FEATURE(name, ...)   whether this processor has it
// wasmc_arch_processor_model        the model, by which LLVM schedules; 0 where it does not matter
// wasmc_arch_fault_site             where a signal stopped the thread, as if the instruction had been a call
// wasmc_arch_caller_site            from where the function was called that a signal stopped in its first frame
// wasmc_arch_continue               has the thread call a function in place of the instruction that the signal stopped
// wasmc_arch_step_out               from a frame of generated code to its caller's: changes the stack pointer and the
//                                   registers that calls preserve, and returns the code there; 0 where the frames end
// WASMC_SAVED_REGISTERS             how many registers calls preserve, in the order of wasmc_saved_registers
// WASMC_SAVED_FRAME_POINTER         which of them is the frame pointer
// WASMC_DWARF_REGISTERS             the numbers that DWARF has for them
// wasmc_arch_new_stack              what wasmc_switch_stack finds on a stack that nothing has run on
//
// Invariant: a stack that is switched away from holds everything that a call preserves, so the switch looks like a call
// to the compiler, on either side.

#ifndef WASMC_ARCH_H
#define WASMC_ARCH_H

#include "platform.h"

#include <elf.h>
#include <ucontext.h>

// In assembly. Saves what a call preserves on the stack, keeps the stack pointer in *saved and goes on at `target`.
void wasmc_switch_stack(void **saved, void *target);
// Where a new stack starts: calls the function with the argument that wasmc_arch_new_stack was given.
void wasmc_start_stack(void);

// Where a call is in a frame, and what the registers are there that it preserves. wasmc_throw_exception stores it,
// wasmc_enter_pad loads it.
typedef struct wasmc_registers {
    uintptr_t code, stack_pointer;
    uintptr_t saved[WASMC_MOST_SAVED_REGISTERS];
} wasmc_registers;

#if defined(__x86_64__)
#include "arch/x86_64/arch.h"
#elif defined(__aarch64__)
#include "arch/aarch64/arch.h"
#else
#error "the runtime knows no such architecture: write a folder for it in Runtime/platform/arch (see arch.h)"
#endif

#endif
