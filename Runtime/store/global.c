// Globals that no instance defines: the host's.
//
// Invariant: a global's cell lives as long as its store and never moves.

#include "store.h"

typedef struct owned_global {
    wasmc_owned owned;
    _Alignas(16) wasmc_value value;
} owned_global;

static void visit_global(const wasmc_owned *owned, wasmc_heap *heap) {
    wasmc_heap_root(heap, ((const owned_global *)owned)->value.ref);
}

wasmc_value *wasmc_global_create(wasmc_store *store) {
    owned_global *global = wasmc_store_allocate(store, sizeof *global, NULL);
    if (!global) return NULL;
    global->owned.visit = visit_global;
    return &global->value;
}
