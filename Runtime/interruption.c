// Interruption: how other threads stop a guest.
//
// Invariant: a store is marked as interrupted only while one of its scopes holds a reason, and whoever gives a reason
// keeps the scope from ending meanwhile. So what stops a guest belongs to a call that is still running.

#include "internal.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static wasmc_store_storage *storage_of(wasmc_store *store) { return (wasmc_store_storage *)store; }

// Loop heads compare the flag, entries the limit. The flag comes first: see wasmc_set_stack_limit.
static void mark(wasmc_store *store) {
    __atomic_store_n(&store->is_interrupted, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&store->stack_limit, UINTPTR_MAX, __ATOMIC_SEQ_CST);
}

bool wasmc_is_interrupted(const wasmc_store *store) { return __atomic_load_n(&store->is_interrupted, __ATOMIC_SEQ_CST); }

// The store's thread and a requesting one may write the limit at once; then the request wins.
void wasmc_set_stack_limit(wasmc_store *store, uintptr_t limit) {
    storage_of(store)->stack_limit = limit;
    __atomic_store_n(&store->stack_limit, limit, __ATOMIC_SEQ_CST);
    if (wasmc_is_interrupted(store)) __atomic_store_n(&store->stack_limit, UINTPTR_MAX, __ATOMIC_SEQ_CST);
}

wasmc_interruption_reason wasmc_pending_interruption(const wasmc_store *store) {
    for (const wasmc_interruption *scope = ((const wasmc_store_storage *)store)->interruption; scope; scope = scope->outer) {
        int32_t reason = __atomic_load_n(&scope->reason, __ATOMIC_SEQ_CST);
        if (reason) return (wasmc_interruption_reason)reason;
    }
    return WASMC_NOT_INTERRUPTED;
}

void wasmc_interruption_begin(wasmc_interruption *scope, wasmc_store *store) {
    *scope = (wasmc_interruption){.store = store, .outer = storage_of(store)->interruption};
    storage_of(store)->interruption = scope;
}

void wasmc_interruption_end(wasmc_interruption *scope) {
    wasmc_cancel_deadline(scope);
    wasmc_store_storage *storage = storage_of(scope->store);
    storage->interruption = scope->outer;
    if (!wasmc_is_interrupted(scope->store)) return;
    // Unmark, then look again: an outer scope may have a reason of its own, or get one meanwhile.
    __atomic_store_n(&scope->store->is_interrupted, 0, __ATOMIC_SEQ_CST);
    wasmc_set_stack_limit(scope->store, storage->stack_limit);
    uint64_t count;
    int file = storage->wake_file - 1;
    if (file >= 0 && read(file, &count, sizeof count) < 0) { /* nobody had written */ }
    if (wasmc_pending_interruption(scope->store)) mark(scope->store);
}

void wasmc_interrupt(wasmc_interruption *scope, wasmc_interruption_reason reason) {
    int32_t none = WASMC_NOT_INTERRUPTED;
    if (!__atomic_compare_exchange_n(&scope->reason, &none, (int32_t)reason, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
    mark(scope->store);
    int file = __atomic_load_n(&storage_of(scope->store)->wake_file, __ATOMIC_SEQ_CST) - 1;
    uint64_t one = 1;
    if (file >= 0 && write(file, &one, sizeof one) < 0) { /* it is readable already */ }
}

int wasmc_wake_file(wasmc_store *store) {
    wasmc_store_storage *storage = storage_of(store);
    if (!storage->interruption) return -1;
    if (!storage->wake_file)
        __atomic_store_n(&storage->wake_file, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) + 1, __ATOMIC_SEQ_CST);
    return storage->wake_file - 1;
}

void wasmc_close_wake_file(wasmc_store *store) {
    int file = storage_of(store)->wake_file - 1;
    if (file >= 0) close(file);
}
