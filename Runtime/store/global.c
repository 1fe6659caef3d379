// Globals that no instance defines: the host's.
//
// Invariant: a global's cell lives as long as its store and never moves.

#include "store.h"

typedef struct owned_global {
    wasmc_owned owned;
    _Alignas(16) wasmc_value value;
} owned_global;

wasmc_value *wasmc_global_create(wasmc_store *store) {
    owned_global *global = wasmc_store_allocate(store, sizeof *global, NULL);
    return global ? &global->value : NULL;
}
