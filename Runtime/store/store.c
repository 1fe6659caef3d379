// Stores: what they own is freed with them and never before.
//
// Invariant: every object that generated code can reach hangs on its store's list, so no guest can hold a pointer that
// outlives its target.

#include "store.h"

#include <stdlib.h>

wasmc_store *wasmc_store_create(void) {
    wasmc_store_storage *storage = calloc(1, sizeof *storage);
    if (!storage) return NULL;
    pthread_mutex_init(&storage->interruption_lock, NULL);
    pthread_mutex_init(&storage->handles.lock, NULL);
    return &storage->store;
}

void wasmc_store_destroy(wasmc_store *store) {
    if (!store) return;
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    pthread_mutex_destroy(&storage->interruption_lock);
    pthread_mutex_destroy(&storage->handles.lock);
    while (storage->owned) {
        wasmc_owned *owned = storage->owned;
        storage->owned = owned->next;
        if (owned->destroy) owned->destroy(owned);
        free(owned);
    }
    wasmc_heap_destroy(storage->heap);
    free(storage->handles.held);
    free(store->tail_arguments);
    free(store->exception_values);
    free(storage->known_calls);
    free(storage->functions);
    while (storage->kept_exceptions) {
        wasmc_exception *exception = storage->kept_exceptions;
        storage->kept_exceptions = exception->next;
        free(exception);
    }
    free(storage);
}

// What is in an area stays: a guest may have yielded between writing and reading.
static bool reserve(wasmc_value **area, uint32_t *known, uint32_t count) {
    if (count <= *known) return true;
    wasmc_value *larger = realloc(*area, count * sizeof *larger);
    if (!larger) return false;
    *area = larger;
    *known = count;
    return true;
}

bool wasmc_store_reserve_tail_arguments(wasmc_store *store, uint32_t count) {
    return reserve(&store->tail_arguments, &((wasmc_store_storage *)store)->tail_argument_count, count);
}

bool wasmc_store_reserve_exception_values(wasmc_store *store, uint32_t count) {
    return reserve(&store->exception_values, &((wasmc_store_storage *)store)->exception_value_count, count);
}

bool wasmc_store_number_function(wasmc_store *store, wasmc_function *function) {
    if (function->number) return true;
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (storage->function_count == storage->function_capacity) {
        if (storage->function_capacity > UINT32_MAX / 2) return false;
        uint32_t capacity = storage->function_capacity ? storage->function_capacity * 2 : 16;
        const wasmc_function **larger = realloc(storage->functions, capacity * sizeof *larger);
        if (!larger) return false;
        storage->functions = larger;
        storage->function_capacity = capacity;
    }
    storage->functions[storage->function_count++] = function;
    function->number = storage->function_count;
    return true;
}

const wasmc_function *wasmc_store_numbered_function(const wasmc_store *store, uint64_t number) {
    const wasmc_store_storage *storage = (const wasmc_store_storage *)store;
    return number - 1 < storage->function_count ? storage->functions[number - 1] : NULL;
}

void *wasmc_store_allocate(wasmc_store *store, size_t byte_count, void (*destroy)(wasmc_owned *self)) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    wasmc_owned *owned = calloc(1, byte_count);
    if (!owned) return NULL;
    owned->destroy = destroy;
    owned->next = storage->owned;
    storage->owned = owned;
    return owned;
}

void wasmc_set_exit_code(wasmc_store *store, uint32_t status) { ((wasmc_store_storage *)store)->exit_code = status; }

bool wasmc_is_in_use(const wasmc_store *store) { return ((const wasmc_store_storage *)store)->yielded; }
