// What the platform layer has for those above: threads and their stacks, where generated code lies, processors.
//
// Invariant: what is kept for a thread is read and written on that thread only. Code that may go on on another thread,
// on a fiber, asks for it anew.

#ifndef WASMC_PLATFORM_H
#define WASMC_PLATFORM_H

#include "../support/support.h"

#include <setjmp.h>
#include <time.h>

// ---- Jumps ---------------------------------------------------------------------------------------------------------

// The C library's functions also mangle the registers that they save. Sanitizers want to see them.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
typedef void *wasmc_jump[5];
#define wasmc_set_jump(jump) __builtin_setjmp(jump)
#define wasmc_take_jump(jump) __builtin_longjmp(jump, 1)
#else
typedef jmp_buf wasmc_jump;
#define wasmc_set_jump(jump) _setjmp(jump)
#define wasmc_take_jump(jump) _longjmp(jump, 1)
#endif

// Where generated code is that has called the runtime: the return address and the caller's registers.
typedef struct wasmc_site {
    uintptr_t code, stack_pointer, frame_pointer;
} wasmc_site;
// In a function that generated code calls, not in one inlined into it.
#define WASMC_CALL_SITE \
    ((wasmc_site){ \
        (uintptr_t)__builtin_return_address(0), (uintptr_t)__builtin_dwarf_cfa(), \
        *(uintptr_t *)__builtin_frame_address(0)})

// ---- Threads -------------------------------------------------------------------------------------------------------

// The innermost guarded entry of this thread; null when no guest runs on it.
extern _Thread_local wasmc_activation *wasmc_current_activation;

// How far guests of this thread may use its stack; 0 until wasmc_thread_stack_limit has found out.
extern _Thread_local uintptr_t wasmc_known_stack_limit;
// The lowest stack address that guests of this thread may use, host reserve already added.
uintptr_t wasmc_thread_stack_limit(void);
// For a thread that goes on on another stack; 0 stands for the thread's own. The limit before is the result.
uintptr_t wasmc_exchange_thread_stack_limit(uintptr_t limit);

// Starts a thread that gets none of the host's signals; false when that fails.
bool wasmc_start_thread(void *(*body)(void *nothing));

// Wakes the thread that sleeps at the word.
void wasmc_futex_wake(uint32_t *word);
// Sleeps, if the word holds what is expected, until it is woken or for other reasons; false when the deadline, of the
// monotonic clock, passed before. Null stands for none.
bool wasmc_futex_wait(uint32_t *word, uint32_t expected, const struct timespec *deadline);

// ---- Generated code ------------------------------------------------------------------------------------------------

// The module whose generated code holds this address; null for other code. Safe in a signal handler.
const wasmc_module *wasmc_code_module(uintptr_t address);
bool wasmc_code_register(uintptr_t start, uintptr_t end, const wasmc_module *module);
void wasmc_code_unregister(const wasmc_module *module);
// Another number after each wasmc_code_unregister.
uint64_t wasmc_code_generation(void);

// ---- Processors ----------------------------------------------------------------------------------------------------

// What decides the code that is made for this machine: its kind and the features that the loader can tell.
#define WASMC_PROCESSOR_DESCRIPTION_BYTES 512
void wasmc_processor_describe(char *description, size_t description_size);

// Whether this machine lacks one of the processor features in the list, separated by commas; which one is in `missing`.
bool wasmc_processor_lacks(const char *names, size_t byte_count, char *missing, size_t missing_size);

#endif
