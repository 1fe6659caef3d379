// What the runtime's files share among themselves.
//
// Invariant: a pointer handed to generated code stays valid until its store is destroyed; nothing here moves or frees
// an instance, memory, table or record while a guest of the store can run.

#ifndef WASMC_INTERNAL_H
#define WASMC_INTERNAL_H

#include "wasmc_runtime.h"

#include <pthread.h>
#include <setjmp.h>

#define WASMC_PAGE_BYTES UINT64_C(65536)

// Where generated code stands that has called the runtime: the return address and the caller's registers.
typedef struct wasmc_site {
    uintptr_t code, stack_pointer, frame_pointer;
} wasmc_site;
// In a function that generated code calls, not in one inlined into it.
#define WASMC_CALL_SITE \
    ((wasmc_site){(uintptr_t)__builtin_return_address(0), (uintptr_t)__builtin_dwarf_cfa(), *(uintptr_t *)__builtin_frame_address(0)})

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

// One guarded entry. Lives in the frame of wasmc_call; entries of a thread form a list through `previous`.
struct wasmc_activation {
    wasmc_jump environment;
    wasmc_activation *previous_in_store;
    wasmc_activation *previous_on_thread;
    wasmc_activation **innermost;  // this thread's; null for calls on fibers, which may end on other threads
    wasmc_store *store;
    wasmc_result *result;
    uintptr_t saved_stack_limit;
    wasmc_site host_call;  // where its guest last called a host function
    wasmc_site fault;      // where its guest faulted, and what that means
    wasmc_outcome fault_outcome;
};

// The innermost activation of this thread; null when no guest runs on it.
extern _Thread_local wasmc_activation *wasmc_current_activation;

// Leaves the innermost guarded entry of `store` with this outcome.
_Noreturn void wasmc_raise(wasmc_store *store, wasmc_outcome outcome, wasmc_site site);
// Notes the guest's frames from this site outwards.
void wasmc_trace(wasmc_store *store, wasmc_site site);

// Everything that a store frees at its end, newest first.
typedef struct wasmc_owned wasmc_owned;
struct wasmc_owned {
    wasmc_owned *next;
    void (*destroy)(wasmc_owned *self);
};

typedef struct wasmc_refusal {
    wasmc_resource resource;
    uint64_t used, wanted, limit;  // nothing was refused if nothing was wanted
} wasmc_refusal;

// A guarded memory, in its store's list.
typedef struct wasmc_reservation {
    const struct wasmc_reservation *next;
    const wasmc_memory *memory;
} wasmc_reservation;

// An access to a guard region that only a mistake of the compiler's can have made.
typedef struct wasmc_stray_access {
    int64_t address;  // from the memory's base
    uint64_t memory_byte_count;
    bool is_known;  // false when a test in the code found an access that was not made then
} wasmc_stray_access;

typedef struct wasmc_store_storage {
    wasmc_store store;
    wasmc_owned *owned;
    const wasmc_reservation *reservations;
    uint32_t exit_code;
    // Where the guests' stack ends, interrupted or not.
    uintptr_t stack_limit;
    pthread_mutex_t interruption_lock; // of the links and marks below
    wasmc_interruption *interruption;  // innermost scope
    int wake_file;                     // one more than the descriptor, 0 without one
    wasmc_fiber *fiber;                // innermost that runs
    wasmc_store_limits limits;
    wasmc_stack_owner stack_owner;     // of the limit that limits.stack_byte_count is
    wasmc_stack_bound stack_bound;     // that the last overflow reached
    uint64_t used[WASMC_RESOURCE_COUNT];
    wasmc_refusal refusal;
    wasmc_backtrace backtrace;         // of the guest that stopped last
    wasmc_stray_access stray_access;   // that stopped a guest last
} wasmc_store_storage;

// The store's limit becomes the module's if that is smaller.
void wasmc_limit_stack(wasmc_store *store, const wasmc_module *module);
void wasmc_give_back(wasmc_store *store, wasmc_resource resource, uint64_t count);

void wasmc_set_stack_limit(wasmc_store *store, uintptr_t limit);
// How far guests of this thread may use its stack; 0 until wasmc_thread_stack_limit has found out.
extern _Thread_local uintptr_t wasmc_known_stack_limit;
void wasmc_cancel_deadline(wasmc_interruption *scope);
// A descriptor that becomes readable when the store is interrupted, for calls that block; -1 when nothing can interrupt
// it (or no descriptor is left). Look at wasmc_is_interrupted between asking for it and waiting.
int wasmc_wake_file(wasmc_store *store);
void wasmc_close_wake_file(wasmc_store *store);

// Zeroed memory of `byte_count` bytes that starts with a wasmc_owned and is freed with the store; null when none is left.
void *wasmc_store_allocate(wasmc_store *store, size_t byte_count, void (*destroy)(wasmc_owned *self));

// A copy of a host function of this store that knows its caller.
wasmc_function *wasmc_host_function_bind(wasmc_store *store, const wasmc_function *function, wasmc_instance *caller);

extern const wasmc_builtins wasmc_builtin_functions;

// The lowest stack address that guests of this thread may use, host reserve already added.
uintptr_t wasmc_thread_stack_limit(void);
// For a thread that goes on on another stack; 0 stands for the thread's own. The limit before is the result.
uintptr_t wasmc_exchange_thread_stack_limit(uintptr_t limit);

// A call of the store's starts on the fiber's stack.
void wasmc_fiber_entered(wasmc_fiber *fiber, wasmc_activation *activation);

uint64_t wasmc_fiber_stack_byte_count(const wasmc_fiber *fiber);

// ---- Memories of modules ----

// Where a module's memories begin, and where those wait that can be used again.
typedef struct wasmc_memory_source wasmc_memory_source;
struct wasmc_memory_source {
    int file;              // that the images are in; -1 without images
    uint64_t file_offset;  // of the artifact in it
    pthread_mutex_t lock;
    _Atomic uint32_t capacity;  // of the pool
    uint32_t count;
    struct pooled_memory { uint32_t memory; uint8_t *base; } *pool;
};
wasmc_memory_source *wasmc_module_memory_source(const wasmc_module *module);

// A memory that the module defines (`index` counts from the first of those), with its initial content; null when it cannot be had,
// and then the reason in `message` if more is known than that. The module must live as long as the memory.
wasmc_memory *wasmc_module_memory_create(
    wasmc_store *store, const wasmc_module *module, uint32_t index, char *message, size_t message_size);
// Gives a guarded memory's addresses back.
void wasmc_free_reservation(uint8_t *base);
// Frees the memories that wait.
void wasmc_memory_pool_empty(const wasmc_module *module);

// ---- Code that is replaced ----

// Every function with its first code; false when no memory is left.
bool wasmc_tiering_create(wasmc_module *module);
void wasmc_tiering_destroy(wasmc_module *module);
wasmc_tier *wasmc_tiers(const wasmc_module *module);
// Of wasmc_builtins.
void wasmc_function_is_hot(wasmc_instance *instance, uint32_t function);
const void *wasmc_loop_is_hot(wasmc_instance *instance, uint32_t function, uint32_t loop);

// The module whose generated code holds this address; null for other code. Safe in a signal handler.
const wasmc_module *wasmc_code_module(uintptr_t address);
bool wasmc_code_register(uintptr_t start, uintptr_t end, const wasmc_module *module);
void wasmc_code_unregister(const wasmc_module *module);

// In the order of wasmc_external_names.
extern const uintptr_t wasmc_external_addresses[];

// What decides the code that is made for this machine: its kind and the features that the loader can tell.
#define WASMC_PROCESSOR_DESCRIPTION_BYTES 512
void wasmc_processor_describe(char *description, size_t description_size);

// Whether this machine lacks one of the processor features in the list, separated by commas; which one is in `missing`.
bool wasmc_processor_lacks(const char *names, size_t byte_count, char *missing, size_t missing_size);
// The memory of this store in whose reservation an address lies; null without one. Safe in a signal handler of the store's
// thread while generated code runs, which is when nothing changes the list.
const wasmc_memory *wasmc_store_reservation(const wasmc_store *store, uintptr_t address);

#endif
