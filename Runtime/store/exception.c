// Tags, and the exceptions that guests hold references to.
//
// Invariant: a reference's exception lives as long as anybody can use the reference. Where references stay in the
// variables of the functions that caught the exceptions, they die with those functions: with the frames below the one
// that catches an exception for good, or asks for another reference. Elsewhere they live as long as the store.

#include "store.h"

#include <stdlib.h>
#include <string.h>

typedef struct owned_tag {
    wasmc_owned owned;
    wasmc_tag tag;
} owned_tag;

static void release_type(wasmc_owned *owned) { wasmc_type_release(((owned_tag *)owned)->tag.type_id); }

wasmc_tag *wasmc_tag_create(wasmc_store *store, const uint8_t *types, uint32_t count) {
    if (!wasmc_store_reserve_exception_values(store, count)) return NULL;
    owned_tag *owned = wasmc_store_allocate(store, sizeof *owned, NULL);
    if (!owned) return NULL;
    uint32_t number = wasmc_type_acquire(types, count, NULL, 0);
    owned->owned.destroy = release_type;
    owned->tag = (wasmc_tag){store, number, count};
    return &owned->tag;
}

// The stack grows down: the frame of whoever caught these is gone when the one that asks stands above it.
void wasmc_store_free_exceptions(wasmc_store *store, const void *stack, uintptr_t stack_pointer) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (storage->keeps_exceptions) return;
    wasmc_exception *newest = storage->exceptions;
    while (newest && newest->stack == stack && newest->stack_pointer < stack_pointer) {
        storage->exceptions = newest->next;
        free(newest);
        newest = storage->exceptions;
    }
    store->exception = 0;
}

wasmc_exception *wasmc_store_exception(wasmc_store *store, const void *stack, uintptr_t stack_pointer) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (store->exception) {
        // The same exception again, thrown by its reference: now a function further out has it.
        wasmc_exception *known = (wasmc_exception *)store->exception;
        if (known->stack != stack || stack_pointer > known->stack_pointer) {
            known->stack = stack;
            known->stack_pointer = stack_pointer;
        }
        return known;
    }
    wasmc_store_free_exceptions(store, stack, stack_pointer);
    uint32_t count = store->exception_tag->value_count;
    wasmc_exception *exception = malloc(sizeof *exception + count * sizeof *exception->values);
    if (!exception) return NULL;
    *exception = (wasmc_exception){
        .next = storage->exceptions, .tag = store->exception_tag, .stack = stack,
        .stack_pointer = stack_pointer};
    if (count) memcpy(exception->values, store->exception_values, count * sizeof *exception->values);
    storage->exceptions = exception;
    store->exception = (wasmc_ref)exception;
    return exception;
}
