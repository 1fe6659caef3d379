// LLVM's pass pipelines with wasmc's own passes in them, and C++ names: what LLVM's C interface cannot say.

#ifndef WASMC_PASSES_H
#define WASMC_PASSES_H

#include "wasmc_crash.h"

#include <llvm-c/Error.h>
#include <llvm-c/TargetMachine.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a pass says about a function. The pass "wasmc" says "ChecksEmitted", "ChecksLeft" and "Seconds" (numbers, for
// every function), "Versioned", "Rerolled" and "NotVersioned" (for loops); others use LLVM's names. The strings live as
// long as the call.
typedef void (*wasmc_remark_handler)(
    void *context, const char *function, const char *pass, const char *name, const char *message);

// Where code that was optimised may read and write: offsets in bytes, in the instance (the first argument of every
// function that accesses memories) unless they say otherwise. See Containment.h.
typedef struct wasmc_memory_slots {
    uint64_t memory;  // the pointer to the wasmc_memory
    uint64_t base;    // the base, of a reserved memory
    uint64_t minimum_byte_count;
    bool is_reserved;  // see `before` and `behind`; accesses to other memories stay within their size
} wasmc_memory_slots;

typedef struct wasmc_containment {
    // Accesses to reserved memories stay within [-before, behind) from the base; 0 where no memory is reserved.
    uint64_t before, behind;
    uint64_t builtins, trap;                  // the table of runtime functions, and in it the one that ends the call
    uint32_t outcome;                         // that it is called with when a test fails
    uint64_t memory_base, memory_byte_count;  // in a wasmc_memory
    uint64_t table_elements, table_count;     // in a wasmc_table
    const wasmc_memory_slots *memories;
    size_t memory_count;
    const uint64_t *tables;  // the pointers to each wasmc_table
    size_t tables_in_module;
    // The pointer to the wasmc_store, and in that the base of its heap. Accesses to the heap stay within
    // [-heap_before, heap_behind) from the base.
    uint64_t store, heap_base, heap_before, heap_behind;
    // The pointer to the descriptors of types, whose ids are below `descriptors_end`, and how many bytes can be read.
    uint64_t descriptors, descriptors_end, descriptors_byte_count;
    // In the store the pointer to the functions that objects refer to, so many bytes, a power of two.
    uint64_t functions, functions_byte_count;
    // Is told the functions of guests in which an access is of no form that containment knows: they must not run like
    // that.
    void (*refuse)(void *context, const char *function);
} wasmc_containment;

typedef enum wasmc_pipeline { WASMC_PIPELINE_O1 = 1, WASMC_PIPELINE_O2, WASMC_PIPELINE_O3 } wasmc_pipeline;

// Runs the passes of a level, which are in Pipeline.cpp; where checks may fault, an access out of bounds is a trap by
// itself. `remarks` may be null. When `is_cancelled` is not null and begins to say so, what LLVM calls optional passes
// are left out, so that the end comes soon. Last of all, code is contained.
LLVMErrorRef wasmc_run_passes(
    LLVMModuleRef module, LLVMTargetMachineRef machine, wasmc_pipeline pipeline, bool checks_may_fault,
    const wasmc_containment *containment, wasmc_remark_handler remarks, bool (*is_cancelled)(void *context),
    void *context);

// Runs passes in LLVM's textual form, ours among them, and nothing else: for tests of single passes.
LLVMErrorRef wasmc_run_pipeline(
    LLVMModuleRef module, LLVMTargetMachineRef machine, const char *passes, const wasmc_containment *containment,
    void *context);

// What is hot in a profile: from the largest count on, so many millionths of all are counts of at least `least_count`.
typedef struct wasmc_profile_share {
    uint32_t millionths;
    uint64_t least_count, number_of_counts;
} wasmc_profile_share;

typedef struct wasmc_profile_summary {
    const wasmc_profile_share *shares;
    size_t share_count;
    uint64_t sum, largest, number_of_counts;
    uint32_t function_count;
} wasmc_profile_summary;

// Says what is hot and what is cold; functions and branches have their own counts.
void wasmc_set_profile_summary(LLVMModuleRef module, const wasmc_profile_summary *summary);

// The strings live as long as the call.
typedef void (*wasmc_text_handler)(void *context, const char *name, const char *text);

// Tells, in their order, when each stage of a level runs, and its passes in LLVM's textual form.
void wasmc_list_stages(wasmc_pipeline pipeline, bool checks_may_fault, wasmc_text_handler handle, void *context);

// Tells the names of our passes and what each is for.
void wasmc_list_passes(wasmc_text_handler handle, void *context);

// Gives every jump to a trap whose line is 0 a trap of its own, with the jump's line. Last of all: one trap for a whole
// function is better for every pass.
void wasmc_separate_traps(LLVMModuleRef module);

// The C library's allocator gives back to the system little of what is freed from now on.
void wasmc_keep_memory(void);

// Lines stay with the instructions, but LLVM makes no tables of them.
void wasmc_hide_lines(LLVMModuleRef module);

// The types of three ELF sections that an object from wasmc_emit_object has. For each section of code, sites have its
// address (relocated) and a count, 64 bits each, then so many pairs of 32-bit numbers: where in that section a call or
// an access that may fault starts, and its place. A place is a line, 0 if that is not known, or with
// WASMC_INLINED_PLACE the number of an inlined call. Those are pairs, too: a line and the place that the function which
// it belongs to was called from. Pads are for each landing pad's call the address of its section of code (relocated, 64
// bits), then from there the call's start, its end and the pad, 32 bits each, and zero.
#define WASMC_SITES_SECTION 0x80000001u
#define WASMC_INLINED_SECTION 0x80000002u
#define WASMC_PADS_SECTION 0x80000003u
#define WASMC_INLINED_PLACE 0x80000000u

// Is told how many bytes of stack a function takes: its frame, with all that it pushes. The symbol lives as long as the
// call.
typedef void (*wasmc_frame_handler)(void *context, const char *symbol, uint64_t byte_count);

// The module's machine code, with its sites if wanted; null when the target cannot generate any.
LLVMMemoryBufferRef wasmc_emit_object(
    LLVMModuleRef module, LLVMTargetMachineRef machine, bool records_sites, wasmc_frame_handler frame, void *context);

// What a symbol of the Itanium ABI stands for, at most 8 KiB; null for other symbols, damaged ones, and those that
// stand for more. To be freed with `free`. The C++ library's own demangler writes any amount of text, and there are
// names that it never ends with.
char *wasmc_demangle_itanium(const char *symbol, size_t byte_count);

#ifdef __cplusplus
}
#endif

#endif
