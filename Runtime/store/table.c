// Tables of references.
//
// Invariant: elements[0 ..< count] are initialised references; count never shrinks and never exceeds capacity.

#include "store.h"

#include <stdlib.h>

typedef struct owned_table {
    wasmc_owned owned;
    wasmc_table table;
} owned_table;

static void destroy_table(wasmc_owned *owned) { free(((owned_table *)owned)->table.elements); }

static void visit_table(const wasmc_owned *owned, wasmc_heap *heap) {
    const wasmc_table *table = &((const owned_table *)owned)->table;
    for (uint64_t i = 0; table->holds_objects && i < table->count; i++) {
        if (i % WASMC_ROOTS_AT_A_TIME == 0 && !wasmc_heap_goes_on(heap)) return;
        wasmc_heap_root(heap, table->elements[i]);
    }
}

wasmc_table *wasmc_table_create(wasmc_store *store, wasmc_table_type type, wasmc_ref initial) {
    if (type.elements.minimum > type.elements.maximum) return NULL;
    owned_table *owned = wasmc_store_allocate(store, sizeof *owned, destroy_table);
    if (!owned) return NULL;
    wasmc_table *table = &owned->table;
    table->store = store;
    table->maximum_count = type.elements.maximum;
    table->is_64bit = type.is_64bit;
    table->holds_objects = type.holds_objects;
    owned->owned.visit = visit_table;
    return wasmc_table_grow(table, initial, type.elements.minimum) == UINT64_MAX ? NULL : table;
}

uint64_t wasmc_table_grow(wasmc_table *table, wasmc_ref value, uint64_t count) {
    if (table->capacity && wasmc_is_in_use(table->store)) return UINT64_MAX;
    const uint64_t limit =
        table->maximum_count < WASMC_MAXIMUM_TABLE_ELEMENTS ? table->maximum_count : WASMC_MAXIMUM_TABLE_ELEMENTS;
    uint64_t old = table->count;
    if (old > limit || count > limit - old) return UINT64_MAX;
    uint64_t grown = old + count;
    if (!wasmc_take(table->store, WASMC_TABLE_ELEMENTS, count)) return UINT64_MAX;
    if (grown > table->capacity) {
        uint64_t capacity = table->capacity * 2 > grown ? table->capacity * 2 : grown;
        // A new table takes memory where something is put into it.
        bool is_new_and_null = !table->elements && !value;
        wasmc_ref *elements = is_new_and_null ? calloc(capacity, sizeof *elements)
                                              : realloc(table->elements, capacity * sizeof *elements);
        if (!elements) {
            wasmc_give_back(table->store, WASMC_TABLE_ELEMENTS, count);
            return UINT64_MAX;
        }
        table->elements = elements;
        table->capacity = capacity;
        if (is_new_and_null) {
            table->count = grown;
            return old;
        }
    }
    for (uint64_t i = old; i < grown; i++) table->elements[i] = value;
    table->count = grown;
    return old;
}
