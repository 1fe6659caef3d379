// Stores: what they own is freed with them and never before.
//
// Invariant: every object that generated code can reach hangs on its store's list, so no guest can hold a pointer that
// outlives its target.

#include "store.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FUNCTIONS_BYTES (WASMC_FUNCTION_NUMBERS * sizeof(const wasmc_function *))

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
    if (store->functions) munmap((void *)store->functions, FUNCTIONS_BYTES);
    free(storage->kept_places);
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

bool wasmc_store_reserve_functions(wasmc_store *store) {
    if (store->functions) return true;
    // Only what is used of it takes memory.
    void *start =
        mmap(NULL, FUNCTIONS_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return false;
    store->functions = start;
    return true;
}

bool wasmc_store_number_function(wasmc_store *store, wasmc_function *function) {
    if (function->number) return true;
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (!store->functions || storage->function_count + 1 >= WASMC_FUNCTION_NUMBERS) return false;
    function->number = ++storage->function_count;
    ((const wasmc_function **)store->functions)[function->number] = function;
    return true;
}

const wasmc_function *wasmc_store_numbered_function(const wasmc_store *store, uint64_t number) {
    return store->functions && number < WASMC_FUNCTION_NUMBERS ? store->functions[number] : NULL;
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
