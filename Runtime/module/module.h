// What the files of the module layer share.
//
// Invariant: a module's code, once in use, stays mapped as long as anything of the module can be reached.

#ifndef WASMC_MODULE_H
#define WASMC_MODULE_H

#include "../execution/execution.h"

// A copy of a host function of this store that knows its caller.
wasmc_function *wasmc_host_function_bind(wasmc_store *store, const wasmc_function *function, wasmc_instance *caller);

extern const wasmc_builtins wasmc_builtin_functions;

// ---- Code that is replaced -----------------------------------------------------------------------------------------

// Every function with its first code; false when no memory is left.
bool wasmc_tiering_create(wasmc_module *module);
// `release` is called with each module whose code this one has taken over.
void wasmc_tiering_destroy(wasmc_module *module, void (*release)(wasmc_module *replacement));
wasmc_tier *wasmc_tiers(const wasmc_module *module);
// Of wasmc_builtins.
void wasmc_function_is_hot(wasmc_instance *instance, uint32_t function);
const void *wasmc_loop_is_hot(wasmc_instance *instance, uint32_t function, uint32_t loop);
const void *wasmc_function_is_absent(wasmc_instance *instance, uint32_t function);

#endif
