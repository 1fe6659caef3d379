// Fibers: calls that run on a stack of their own, so that a host function can suspend the guest and give the thread
// back, and so that a guest that runs for long can yield.
//
// Invariant: a fiber runs on one thread at a time and suspends only where its own entry is the store's innermost one,
// so no host frame but the suspending callback's lies on its stack. What the thread and the store know of the running
// guest changes hands with every switch. While a guest has yielded, no other runs in its store, and what it may hold in
// registers does not move. A stack that is used again holds what an earlier guest left on it; no guest can read its own
// stack but through its own values.

#include "execution.h"

#include "../platform/arch.h"
#include "../platform/sanitizers.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

struct wasmc_fiber {
    void *stack_pointer;  // the fiber's while it is suspended, its resumer's while it runs
    uint8_t *mapping;     // a page without access, then the stack
    size_t byte_count;
    size_t stack_byte_count;  // for guests, as it was asked for
    wasmc_store *store;
    wasmc_interruption *scope;
    void (*body)(void *data);
    void *data;
    wasmc_fiber_state state;
    wasmc_turn turn;
    uintptr_t stack_limit;
    wasmc_activation *entry;  // its outermost one, once it has started
    // Its innermost ones while it is suspended.
    wasmc_activation *on_thread, *in_store;
    // While it runs: the fiber whose stack its resumer is on, or null; the resumer's innermost entries; the store's
    // innermost fiber but this one.
    wasmc_fiber *resumer, *outer;
    wasmc_activation *resumer_on_thread, *resumer_in_store;
    bool is_running;
    wasmc_fiber *next, *previous;  // in the store's list
    wasmc_sanitized_stack sanitized;
};

// ---- Stacks that wait ---------------------------------------------------------------------------------------------

// Fibers that have ended, with their stacks: mapping a stack takes longer than most calls. Large ones, which would hold
// much memory, are not kept; nor are any where a sanitizer remembers what the last call left on them.
enum { MOST_KEPT = 32, MOST_KEPT_BYTES = 2 << 20 };
static struct {
    pthread_mutex_t lock;
    uint32_t count;
    wasmc_fiber *fibers[MOST_KEPT];
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static wasmc_fiber *take_kept(size_t byte_count) {
    wasmc_fiber *fiber = NULL;
    pthread_mutex_lock(&kept.lock);
    for (uint32_t i = kept.count; i-- > 0 && !fiber;) {
        if (kept.fibers[i]->byte_count != byte_count) continue;
        fiber = kept.fibers[i];
        kept.fibers[i] = kept.fibers[--kept.count];
    }
    pthread_mutex_unlock(&kept.lock);
    return fiber;
}

static bool keep(wasmc_fiber *fiber) {
    if (WASMC_STACKS_ARE_SANITIZED || fiber->byte_count > MOST_KEPT_BYTES) return false;
    pthread_mutex_lock(&kept.lock);
    bool has_room = kept.count < MOST_KEPT;
    if (has_room) kept.fibers[kept.count++] = fiber;
    pthread_mutex_unlock(&kept.lock);
    return has_room;
}

// A fiber with nothing but its stack.
static wasmc_fiber *map_stack(size_t byte_count, size_t page) {
    wasmc_fiber *fiber = calloc(1, sizeof *fiber);
    if (!fiber) return NULL;
    void *mapping =
        mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED || mprotect(mapping, page, PROT_NONE)) {
        if (mapping != MAP_FAILED) munmap(mapping, byte_count);
        free(fiber);
        return NULL;
    }
    fiber->mapping = mapping;
    fiber->byte_count = byte_count;
    return fiber;
}

// The one whose stack this thread is on.
static _Thread_local wasmc_fiber *running;

// ---- Fibers -------------------------------------------------------------------------------------------------------

static void run(void *argument) {
    wasmc_fiber *fiber = argument;
    wasmc_after_resume(&fiber->sanitized);
    fiber->body(fiber->data);
    fiber->state = WASMC_FIBER_FINISHED;
    void *dead;
    wasmc_before_end(&fiber->sanitized);
    wasmc_switch_stack(&dead, fiber->stack_pointer);
}

wasmc_fiber *wasmc_fiber_create(
    wasmc_store *store, size_t stack_byte_count, wasmc_interruption *scope, void (*body)(void *data), void *data) {
    const size_t page = 4096 * 16;  // at least the largest page size
    if (stack_byte_count > SIZE_MAX - WASMC_HOST_STACK_RESERVE - 2 * page) return NULL;
    size_t byte_count = ((stack_byte_count + WASMC_HOST_STACK_RESERVE + page - 1) & ~(page - 1)) + page;
    wasmc_fiber *fiber = take_kept(byte_count);
    if (!fiber && !(fiber = map_stack(byte_count, page))) return NULL;
    *fiber = (wasmc_fiber){
        .mapping = fiber->mapping,
        .byte_count = byte_count,
        .stack_byte_count = stack_byte_count,
        .store = store,
        .scope = scope,
        .body = body,
        .data = data,
        .stack_limit = (uintptr_t)fiber->mapping + page + WASMC_HOST_STACK_RESERVE,
    };
    fiber->stack_pointer = wasmc_arch_new_stack(fiber->mapping + byte_count, run, fiber);
    wasmc_stack_made(&fiber->sanitized);
    return fiber;
}

void wasmc_fiber_destroy(wasmc_fiber *fiber) {
    if (!fiber) return;
    wasmc_stack_gone(&fiber->sanitized);
    if (keep(fiber)) return;
    munmap(fiber->mapping, fiber->byte_count);
    free(fiber);
}

static void hold(wasmc_fiber *fiber) {
    wasmc_store_storage *storage = (wasmc_store_storage *)fiber->store;
    storage->yielded = fiber;
    wasmc_interruption_begin(&storage->hold, fiber->store);
}

static void release(wasmc_fiber *fiber) {
    wasmc_store_storage *storage = (wasmc_store_storage *)fiber->store;
    if (storage->yielded != fiber) return;
    wasmc_interruption_end(&storage->hold);
    storage->yielded = NULL;
}

static void link(wasmc_fiber *fiber) {
    wasmc_fiber **first = &((wasmc_store_storage *)fiber->store)->fibers;
    fiber->next = *first;
    if (*first) (*first)->previous = fiber;
    *first = fiber;
}

static void unlink(wasmc_fiber *fiber) {
    if (fiber->next) fiber->next->previous = fiber->previous;
    if (fiber->previous) fiber->previous->next = fiber->next;
    else ((wasmc_store_storage *)fiber->store)->fibers = fiber->next;
}

wasmc_fiber_state wasmc_fiber_resume(wasmc_fiber *fiber) {
    release(fiber);
    wasmc_store_storage *storage = (wasmc_store_storage *)fiber->store;
    if (!fiber->entry) link(fiber);
    fiber->resumer = running;
    fiber->resumer_on_thread = wasmc_current_activation;
    fiber->resumer_in_store = fiber->store->activation;
    fiber->outer = storage->fiber;
    fiber->is_running = true;
    running = fiber;
    uintptr_t outer_limit = storage->stack_limit;
    uintptr_t thread_limit = wasmc_exchange_thread_stack_limit(fiber->stack_limit);
    if (fiber->scope) {
        wasmc_interruption_link(fiber->scope);
        wasmc_turn_begin(&fiber->turn, fiber->store);
    }
    if (fiber->entry) {
        wasmc_current_activation = fiber->on_thread;
        fiber->store->activation = fiber->in_store;
    }
    wasmc_set_stack_limit(fiber->store, fiber->stack_limit);
    storage->fiber = fiber;

    void *target = fiber->stack_pointer;
    wasmc_before_resume(&fiber->sanitized, fiber->mapping, fiber->byte_count);
    wasmc_switch_stack(&fiber->stack_pointer, target);
    wasmc_after_return(&fiber->sanitized);

    // Still this thread, but maybe not the one that the fiber started on.
    fiber->is_running = false;
    running = fiber->resumer;
    if (fiber->state == WASMC_FIBER_FINISHED) unlink(fiber);
    wasmc_exchange_thread_stack_limit(thread_limit);
    storage->fiber = fiber->outer;
    fiber->on_thread = wasmc_current_activation;
    fiber->in_store = fiber->store->activation;
    wasmc_current_activation = fiber->resumer_on_thread;
    fiber->store->activation = fiber->resumer_in_store;
    wasmc_set_stack_limit(fiber->store, outer_limit);
    if (fiber->scope) {
        wasmc_turn_end(&fiber->turn);
        wasmc_interruption_unlink(fiber->scope);
    }
    if (fiber->state == WASMC_FIBER_YIELDED) hold(fiber);
    return fiber->state;
}

bool wasmc_can_suspend(const wasmc_store *store) {
    const wasmc_fiber *fiber = ((const wasmc_store_storage *)store)->fiber;
    return fiber && store->activation == fiber->entry;
}

void wasmc_fiber_entered(wasmc_fiber *fiber, wasmc_activation *activation) {
    if (!fiber->entry) fiber->entry = activation;
}

uint64_t wasmc_fiber_stack_byte_count(const wasmc_fiber *fiber) { return fiber->stack_byte_count; }

static void suspend(wasmc_store *store, wasmc_fiber_state state) {
    wasmc_fiber *fiber = ((wasmc_store_storage *)store)->fiber;
    fiber->state = state;
    void *target = fiber->stack_pointer;
    wasmc_before_suspend(&fiber->sanitized);
    wasmc_switch_stack(&fiber->stack_pointer, target);
    wasmc_after_resume(&fiber->sanitized);
}

void wasmc_fiber_suspend(wasmc_store *store) { suspend(store, WASMC_FIBER_WAITS); }

bool wasmc_may_go_on(wasmc_store *store) {
    if (wasmc_is_interrupted(store)) return false;
    wasmc_take_back(store, WASMC_YIELD);
    if (wasmc_can_suspend(store)) suspend(store, WASMC_FIBER_YIELDED);
    return !wasmc_is_interrupted(store);
}

static const uint8_t *stack_end(const wasmc_fiber *fiber) { return fiber->mapping + fiber->byte_count; }

// Its own frame lies beyond the one that its caller's registers are saved in.
static __attribute__((noinline)) void visit_from_here(const wasmc_store *store, wasmc_heap *heap) {
    const void *low = __builtin_frame_address(0), *high = low;
    const wasmc_activation *activation = wasmc_current_activation;
    for (const wasmc_fiber *fiber = running; fiber; fiber = fiber->resumer) {
        wasmc_heap_scan(heap, low, stack_end(fiber));
        // Of the one that resumed it.
        low = high = fiber->stack_pointer;
        activation = fiber->resumer_on_thread;
    }
    for (; activation; activation = activation->previous_on_thread)
        if (activation->store == store) high = activation + 1;
    wasmc_heap_scan(heap, low, high);
    for (const wasmc_fiber *fiber = ((const wasmc_store_storage *)store)->fibers; fiber; fiber = fiber->next)
        if (!fiber->is_running) wasmc_heap_scan(heap, fiber->stack_pointer, stack_end(fiber));
}

// Those of an entry and of all around it, on its stack.
static void visit_entries(const wasmc_activation *entry, const wasmc_activation *outermost, wasmc_heap *heap) {
    for (; entry; entry = entry->previous_in_store) {
        wasmc_exceptions_visit(entry->exceptions, heap);
        if (entry == outermost) return;
    }
}

// Exceptions that functions have references to.
static void visit_exceptions(const wasmc_store *store, wasmc_heap *heap) {
    const wasmc_store_storage *storage = (const wasmc_store_storage *)store;
    const wasmc_activation *entry = store->activation;
    for (const wasmc_fiber *fiber = storage->fiber; fiber; fiber = fiber->outer) {
        visit_entries(entry, fiber->entry, heap);
        entry = fiber->resumer_in_store;
    }
    visit_entries(entry, NULL, heap);
    for (const wasmc_fiber *fiber = storage->fibers; fiber; fiber = fiber->next)
        if (!fiber->is_running) visit_entries(fiber->in_store, fiber->entry, heap);
}

void wasmc_visit_stacks(const wasmc_store *store, wasmc_heap *heap) {
    visit_exceptions(store, heap);
    // Saves in this frame what calls preserve.
    __builtin_unwind_init();
    visit_from_here(store, heap);
    // Not in place of a return, by a jump.
    __asm__ volatile("");
}
