// What the store layer has for those above: what a store owns, counts and keeps of its guests.
//
// Invariant: a pointer handed to generated code stays valid until its store is destroyed; nothing here moves or frees
// an instance, memory, table or record while a guest of the store can run.

#ifndef WASMC_STORE_H
#define WASMC_STORE_H

#include "../artifact/artifact.h"
#include "../heap/heap.h"

#include <pthread.h>

#define WASMC_PAGE_BYTES UINT64_C(65536)

// The bytes of one of a memory's pages.
static inline uint64_t wasmc_page_bytes(bool has_byte_pages) { return has_byte_pages ? 1 : WASMC_PAGE_BYTES; }

// What a store's limit counts of so many bytes: pages of 64 KiB, a part of one as a whole.
static inline uint64_t wasmc_counted_pages(uint64_t byte_count) {
    return byte_count / WASMC_PAGE_BYTES + (byte_count % WASMC_PAGE_BYTES != 0);
}

// The most pages that a memory of the type may grow to.
static inline uint64_t wasmc_most_pages(wasmc_memory_type type) {
    if (type.is_64bit) return WASMC_MAXIMUM_WIDE_MEMORY_BYTES / wasmc_page_bytes(type.has_byte_pages);
    // The size in pages has 32 bits, too.
    return type.has_byte_pages ? UINT32_MAX : (UINT64_C(1) << 32) / WASMC_PAGE_BYTES;
}

// Everything that a store frees at its end, newest first.
typedef struct wasmc_owned wasmc_owned;
struct wasmc_owned {
    wasmc_owned *next;
    void (*destroy)(wasmc_owned *self);
    // Calls wasmc_heap_root for every reference that it holds; null where there are none.
    void (*visit)(const wasmc_owned *self, wasmc_heap *heap);
};

// References that the host holds, by number; numbers count from 1. Those of `next` that are free form a list.
typedef struct wasmc_handles {
    pthread_mutex_t lock;
    struct wasmc_held {
        wasmc_ref reference;
        uint32_t next;
    } *held;
    uint32_t count, capacity, first_free;
} wasmc_handles;

typedef struct wasmc_refusal {
    wasmc_resource resource;
    uint64_t used, wanted, limit;  // nothing was refused if nothing was wanted
    bool is_host_asked;            // about something else
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
    bool is_known;    // false when a test in the code found an access that was not made then
    bool is_in_heap;  // and to no memory
} wasmc_stray_access;

typedef struct wasmc_store_storage {
    wasmc_store store;
    wasmc_owned *owned;
    const wasmc_reservation *reservations;
    uint32_t exit_code;
    // Where the guests' stack ends, interrupted or not.
    uintptr_t stack_limit;
    pthread_mutex_t interruption_lock;  // of the links and marks below
    wasmc_interruption *interruption;   // innermost scope
    int wake_file;                      // one more than the descriptor, 0 without one
    uint32_t *wait_word;                // that the store's thread sleeps at; null when it does not
    wasmc_fiber *fiber;                 // innermost that runs
    wasmc_fiber *yielded;               // that is between two instructions of its guest
    wasmc_fiber *fibers;                // that have started and have not finished
    wasmc_interruption hold;            // a scope meanwhile, so that calls look closer
    wasmc_store_limits limits;
    wasmc_stack_owner stack_owner;  // of the limit that limits.stack_byte_count is
    wasmc_stack_bound stack_bound;  // that the last overflow reached
    uint64_t used[WASMC_RESOURCE_COUNT];
    bool is_host_asked;  // by limits.may_use
    wasmc_refusal refusal;
    wasmc_backtrace backtrace;        // of the guest that stopped last
    wasmc_stray_access stray_access;  // that stopped a guest last
    uint32_t tail_argument_count;     // how many store.tail_arguments has room for
    wasmc_heap *heap;                 // null until an instance may make objects
    bool is_guest_waiting;            // for an object that is being made
    wasmc_handles handles;
    void (*tell_host_number)(void *host, uint32_t number);  // null until the host wants to know
    uint32_t exception_value_count;                         // how many store.exception_values has room for
    uint32_t function_count;                                // that have numbers, from 1 on
    struct wasmc_exception *kept_exceptions;                // whose references may be anywhere
    struct wasmc_exception **kept_places;                   // the same, by their addresses: see exception.c
    size_t kept_count, kept_capacity;
    size_t exception_byte_count;           // of all that have references
    struct wasmc_known_call *known_calls;  // of the code of this generation; see throw.c
    uint64_t known_generation;
} wasmc_store_storage;

// What a thread that sleeps at a word for memory to be notified is told by it: someone did; its store wants something.
enum { WASMC_WORD_NOTIFIED = 1, WASMC_WORD_ASKED = 2 };

// Zeroed memory of `byte_count` bytes that starts with a wasmc_owned and is freed with the store; null when none is
// left.
void *wasmc_store_allocate(wasmc_store *store, size_t byte_count, void (*destroy)(wasmc_owned *self));

// Makes room for the functions that objects refer to; false when no address space is left.
bool wasmc_store_reserve_functions(wasmc_store *store);

// Makes room for the arguments of tail calls; false when no memory is left.
bool wasmc_store_reserve_tail_arguments(wasmc_store *store, uint32_t count);

// Makes room for the values of exceptions; false when no memory is left.
bool wasmc_store_reserve_exception_values(wasmc_store *store, uint32_t count);

// ---- Exceptions that guests have a reference to ---------------------------------------------------------------------

typedef struct wasmc_exception wasmc_exception;
struct wasmc_exception {
    wasmc_exception *next;
    const wasmc_tag *tag;
    uintptr_t frame;       // that holds it: where its stack ends; 0 when anybody may
    const void *function;  // that holds it, among those in the frame
    wasmc_value values[];
};

// Who asks: a frame, and in it a function, named by the place of its list of the references that it still holds.
typedef struct wasmc_exception_holder {
    uintptr_t frame;
    const wasmc_ref *references;
    uint32_t count;
} wasmc_exception_holder;

// All that the references of a store's guests may take.
enum { WASMC_MOST_EXCEPTION_BYTES = 64 << 20 };

// The exception in the store, on the list of a guarded entry, for whoever asks; with `keeps`, whose module may hand it
// to anybody. Null when there are too many.
wasmc_exception *
wasmc_exceptions_refer(wasmc_store *store, wasmc_exception **list, const wasmc_exception_holder *holder, bool keeps);
// A frame has caught an exception without asking for a reference: frees what only frames had that are gone.
void wasmc_exceptions_leave(wasmc_store *store, wasmc_exception **list, uintptr_t frame);
// Roots for the collector: what the values of a list's exceptions refer to.
void wasmc_exceptions_visit(const wasmc_exception *list, wasmc_heap *heap);
// The guarded entry has ended.
void wasmc_exceptions_end(wasmc_store *store, wasmc_exception **list);

// The store's limit becomes the module's if that is smaller.
void wasmc_limit_stack(wasmc_store *store, const wasmc_module *module);

// ---- Reservations of guarded memories ------------------------------------------------------------------------------

// The base of a new reservation, all inaccessible; null, with errno set, where there is none left: EAGAIN when the
// process has as many as its addresses are enough for. Memories that can do without leave more addresses to others.
uint8_t *wasmc_reserve(bool is_needed);
// Gives a reservation's addresses back.
void wasmc_free_reservation(uint8_t *base);
// So much address space, inaccessible; null when there is none.
void *wasmc_map_inaccessible(uint64_t byte_count);
bool wasmc_is_address_space_limited(uint64_t *byte_count);
// Why a memory of a module, whose code needs it, got no reservation; `error` is what errno said.
void wasmc_describe_missing_reservation(uint32_t memory, int error, char *message, size_t message_size);
// The memory of this store in whose reservation an address lies; null without one. Safe in a signal handler of the
// store's thread while generated code runs, which is when nothing changes the list.
const wasmc_memory *wasmc_store_reservation(const wasmc_store *store, uintptr_t address);

// ---- Shared memories -----------------------------------------------------------------------------------------------

// Where its bytes begin, always.
uint8_t *wasmc_shared_memory_base(const wasmc_shared_memory *shared);

// ---- Memories of modules -------------------------------------------------------------------------------------------

// Where a module's memories begin, and where those wait that can be used again.
typedef struct wasmc_memory_source {
    int file;              // that the images are in; -1 without images
    uint64_t file_offset;  // of the artifact in it
    pthread_mutex_t lock;
    _Atomic uint32_t capacity;  // of the pool
    uint32_t count;
    struct wasmc_pooled_memory {
        uint32_t memory;
        uint8_t *base;
    } *pool;
} wasmc_memory_source;

// A memory that the module defines (`index` counts from the first of those), with its initial content; null when it
// could not be allocated, and then the reason in `message` if more is known than that. The module must live as long as
// the memory.
wasmc_memory *wasmc_module_memory_create(
    wasmc_store *store, const wasmc_module *module, uint32_t index, char *message, size_t message_size);

// The pool: memories of instances that are gone, ready for the next instance of the same module. A memory that is taken
// holds exactly what a new one would.

// Restores a guarded memory's initial content and keeps it. False when there is no room, or it cannot be restored.
bool wasmc_memory_pool_put(const wasmc_module *module, uint32_t index, const wasmc_memory *memory);
// The base of one that waits, in its reservation, which the caller then owns; null when none does.
uint8_t *wasmc_memory_pool_take(const wasmc_module *module, uint32_t index);
// Frees the memories that wait.
void wasmc_memory_pool_empty(const wasmc_module *module);

#endif
