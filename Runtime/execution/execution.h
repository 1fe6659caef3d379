// What the execution layer has for those above: how guests start, stop and wait.
//
// Invariant: longjmp crosses only generated code and the runtime's own frames: whoever calls wasmc_raise is called by
// generated code, or has been resumed by the fault handler in its place.

#ifndef WASMC_EXECUTION_H
#define WASMC_EXECUTION_H

#include "../store/store.h"

// One guarded entry. Lives in the frame of wasmc_call; entries of a thread form a list through `previous_on_thread`.
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
    wasmc_exception *exceptions;  // that functions of its guest have references to, those of innermost frames first
};

// Leaves the innermost guarded entry of `store` with this outcome.
_Noreturn void wasmc_raise(wasmc_store *store, wasmc_outcome outcome, wasmc_site site);
// Notes the guest's frames from this site outwards.
void wasmc_trace(wasmc_store *store, wasmc_site site);

// The last element of a sorted table, whose elements start with an offset, that is not after `offset`; null without
// one.
const void *wasmc_last_up_to(const wasmc_module *module, wasmc_span table, size_t element, uint32_t offset);

// In assembly, for generated code: goes on where the exception is caught that is in the store, or ends the call.
__attribute__((noreturn)) void wasmc_throw_exception(wasmc_store *store);

void wasmc_set_stack_limit(wasmc_store *store, uintptr_t limit);
// The store has a heap from now on; false when no address space or memory is left for one.
bool wasmc_store_make_heap(wasmc_store *store);
// For a guest, which calls from generated code: also null when it has to stop, since a collection need not end then.
uint8_t *wasmc_guest_allocate_struct(wasmc_store *store, uint32_t id);
uint8_t *wasmc_guest_allocate_array(wasmc_store *store, uint32_t id, uint32_t length);
_Noreturn void wasmc_raise_without_object(wasmc_store *store, wasmc_site site);
// Roots for the collector: every stack that a guest of the store is on, and the registers of the caller.
void wasmc_visit_stacks(const wasmc_store *store, wasmc_heap *heap);

// Asks something of the store's guest, from any thread; takes it back, on the store's.
void wasmc_request(wasmc_store *store, uint32_t request);
void wasmc_take_back(wasmc_store *store, uint32_t request);
// Something is asked of the guest, which calls from generated code: yields if that is wanted and possible. False when
// the guest has to stop.
bool wasmc_may_go_on(wasmc_store *store);
// A descriptor that becomes readable when the store is interrupted, for calls that block; -1 when nothing can interrupt
// it (or no descriptor is left). On the store's thread. Look at wasmc_is_interrupted between asking for it and waiting.
int wasmc_wake_file(wasmc_store *store);

// Sleeps at an address of a shared memory, aligned for a number of 32 or 64 bits, if that is the expected one. Negative
// timeouts, in nanoseconds, are none. On the store's thread.
typedef enum wasmc_wait_result {
    WASMC_WAIT_NOTIFIED = 0,
    WASMC_WAIT_NOT_EQUAL = 1,
    WASMC_WAIT_TIMED_OUT = 2,
    WASMC_WAIT_INTERRUPTED = 3,  // the guest has to stop
} wasmc_wait_result;
wasmc_wait_result
wasmc_wait(wasmc_store *store, const void *address, uint64_t expected, bool is_64bit, int64_t timeout);
// Wakes so many of those that sleep at the address, the first ones first; returns how many there were.
uint32_t wasmc_notify(const void *address, uint32_t most);

// A stretch of time in which a fiber's guest runs. When it is long, the guest is asked to yield.
typedef struct wasmc_turn wasmc_turn;
struct wasmc_turn {
    wasmc_store *store;
    wasmc_turn *next, *previous;
    bool is_old;
};
void wasmc_turn_begin(wasmc_turn *turn, wasmc_store *store);
void wasmc_turn_end(wasmc_turn *turn);

// A call of the store's starts on the fiber's stack.
void wasmc_fiber_entered(wasmc_fiber *fiber, wasmc_activation *activation);
uint64_t wasmc_fiber_stack_byte_count(const wasmc_fiber *fiber);

#endif
