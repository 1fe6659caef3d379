// Interruption: how other threads stop a guest.
//
// Invariant: a store's guest is asked to stop exactly while one of its linked scopes holds a reason, and whoever gives
// a reason keeps the scope from ending meanwhile. So what stops a guest belongs to a call that is still running.

#include "execution.h"

#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static wasmc_store_storage *storage_of(wasmc_store *store) { return (wasmc_store_storage *)store; }

// Loop heads look at the requests, entries compare the limit. The request comes first: see publish_stack_limit.
static void mark(wasmc_store *store, uint32_t request) {
    __atomic_fetch_or(&store->requests, request, __ATOMIC_SEQ_CST);
    __atomic_store_n(&store->stack_limit, UINTPTR_MAX, __ATOMIC_SEQ_CST);
    uint32_t *word = storage_of(store)->wait_word;
    if (!word) return;
    __atomic_fetch_or(word, WASMC_WORD_ASKED, __ATOMIC_SEQ_CST);
    wasmc_futex_wake(word);
}

// The store's thread and a requesting one may write the limit at once; then the request wins.
static void publish_stack_limit(wasmc_store *store) {
    __atomic_store_n(&store->stack_limit, storage_of(store)->stack_limit, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&store->requests, __ATOMIC_SEQ_CST))
        __atomic_store_n(&store->stack_limit, UINTPTR_MAX, __ATOMIC_SEQ_CST);
}

static void unmark(wasmc_store *store, uint32_t request) {
    __atomic_fetch_and(&store->requests, ~request, __ATOMIC_SEQ_CST);
    publish_stack_limit(store);
}

void wasmc_request(wasmc_store *store, uint32_t request) {
    pthread_mutex_lock(&storage_of(store)->interruption_lock);
    mark(store, request);
    pthread_mutex_unlock(&storage_of(store)->interruption_lock);
}

void wasmc_take_back(wasmc_store *store, uint32_t request) {
    if (!(__atomic_load_n(&store->requests, __ATOMIC_SEQ_CST) & request)) return;
    pthread_mutex_lock(&storage_of(store)->interruption_lock);
    unmark(store, request);
    pthread_mutex_unlock(&storage_of(store)->interruption_lock);
}

// Called for every call of a guest, where the limit is mostly the same as before and a full barrier would be half the
// cost.
void wasmc_set_stack_limit(wasmc_store *store, uintptr_t limit) {
    if (storage_of(store)->stack_limit == limit) return;
    storage_of(store)->stack_limit = limit;
    publish_stack_limit(store);
}

wasmc_interruption_reason wasmc_pending_interruption(const wasmc_store *store) {
    for (const wasmc_interruption *scope = ((const wasmc_store_storage *)store)->interruption; scope;
         scope = scope->outer) {
        int32_t reason = __atomic_load_n(&scope->reason, __ATOMIC_SEQ_CST);
        if (reason) return (wasmc_interruption_reason)reason;
    }
    return WASMC_NOT_INTERRUPTED;
}

void wasmc_interruption_link(wasmc_interruption *scope) {
    wasmc_store_storage *storage = storage_of(scope->store);
    pthread_mutex_lock(&storage->interruption_lock);
    scope->outer = storage->interruption;
    scope->is_linked = true;
    storage->interruption = scope;
    if (scope->reason) mark(scope->store, WASMC_STOP);
    pthread_mutex_unlock(&storage->interruption_lock);
}

void wasmc_interruption_unlink(wasmc_interruption *scope) {
    wasmc_store_storage *storage = storage_of(scope->store);
    pthread_mutex_lock(&storage->interruption_lock);
    scope->is_linked = false;
    storage->interruption = scope->outer;
    if (wasmc_is_interrupted(scope->store) && !wasmc_pending_interruption(scope->store)) {
        unmark(scope->store, WASMC_STOP);
        eventfd_t count;
        // Nobody has written, perhaps; then there is nothing to take back.
        if (storage->wake_file) (void)eventfd_read(storage->wake_file - 1, &count);
    }
    pthread_mutex_unlock(&storage->interruption_lock);
}

void wasmc_interruption_begin(wasmc_interruption *scope, wasmc_store *store) {
    *scope = (wasmc_interruption){.store = store};
    wasmc_interruption_link(scope);
}

void wasmc_interrupt(wasmc_interruption *scope, wasmc_interruption_reason reason) {
    wasmc_store_storage *storage = storage_of(scope->store);
    pthread_mutex_lock(&storage->interruption_lock);
    if (!scope->reason) {
        __atomic_store_n(&scope->reason, (int32_t)reason, __ATOMIC_SEQ_CST);
        if (scope->is_linked) mark(scope->store, WASMC_STOP);
        // It fails only where the file is readable already.
        if (scope->is_linked && storage->wake_file) (void)eventfd_write(storage->wake_file - 1, 1);
        if (scope->notify) scope->notify(scope->data);
    }
    pthread_mutex_unlock(&storage->interruption_lock);
}

void wasmc_interruption_notify(wasmc_interruption *scope, void (*notify)(void *data), void *data) {
    pthread_mutex_lock(&storage_of(scope->store)->interruption_lock);
    scope->notify = notify;
    scope->data = data;
    if (scope->reason) notify(data);
    pthread_mutex_unlock(&storage_of(scope->store)->interruption_lock);
}

// ---- For calls that block ----------------------------------------------------------------------------------------

typedef struct owned_wake_file {
    wasmc_owned owned;
    int file;
} owned_wake_file;

static void close_wake_file(wasmc_owned *owned) { close(((owned_wake_file *)owned)->file); }

// It stays open as long as the store. Null when no descriptor or memory is left.
static owned_wake_file *open_wake_file(wasmc_store *store) {
    int file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    owned_wake_file *owned = file < 0 ? NULL : wasmc_store_allocate(store, sizeof *owned, close_wake_file);
    if (owned) owned->file = file;
    else if (file >= 0) close(file);
    return owned;
}

int wasmc_wake_file(wasmc_store *store) {
    wasmc_store_storage *storage = storage_of(store);
    if (!storage->interruption) return -1;
    if (!storage->wake_file) {
        const owned_wake_file *opened = open_wake_file(store);
        if (!opened) return -1;
        pthread_mutex_lock(&storage->interruption_lock);
        storage->wake_file = opened->file + 1;
        pthread_mutex_unlock(&storage->interruption_lock);
    }
    return storage->wake_file - 1;
}
