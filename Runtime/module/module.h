// What the files of the module layer share.
//
// Invariant: a module's code, once in use, stays mapped as long as anything of the module can be reached.

#ifndef WASMC_MODULE_H
#define WASMC_MODULE_H

#include "../execution/execution.h"

// A copy of a host function of this store that knows its caller.
wasmc_function *wasmc_host_function_bind(wasmc_store *store, const wasmc_function *function, wasmc_instance *caller);

extern const wasmc_builtins wasmc_builtin_functions;

// ---- Instantiation -------------------------------------------------------------------------------------------------

// What constant expressions have calculated so far: roots for the collector. Freed with the instance, at the latest.
typedef struct wasmc_operands {
    wasmc_value *values;
    size_t count, capacity;
} wasmc_operands;

typedef struct wasmc_owned_instance {
    wasmc_owned owned;
    wasmc_operands operands;
    _Alignas(16) wasmc_instance instance;
} wasmc_owned_instance;

static inline wasmc_operands *wasmc_instance_operands(wasmc_instance *instance) {
    return &((wasmc_owned_instance *)((uint8_t *)instance - offsetof(wasmc_owned_instance, instance)))->operands;
}

// How many slots stand in front of the records.
static inline size_t wasmc_slot_count(const wasmc_module *module) {
    const wasmc_artifact *artifact = module->artifact;
    return 2 * (size_t)module->memory_count + module->table_count + artifact->global_count
        + artifact->imported_tag_count + artifact->tags.count;
}

static inline wasmc_function *wasmc_instance_records(wasmc_instance *instance) {
    return (wasmc_function *)(instance->slots + wasmc_slot_count(instance->module));
}

// Of wasmc_builtins.
void wasmc_initialize(wasmc_instance *instance);

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

// ---- Arrays --------------------------------------------------------------------------------------------------------

// Of wasmc_builtins.
void wasmc_array_fill(
    wasmc_instance *instance, uint64_t array, uint32_t start, uint64_t low, uint64_t high, uint32_t count);
void wasmc_array_copy(
    wasmc_instance *instance, uint64_t destination, uint32_t to, uint64_t source, uint32_t from, uint32_t count);
void wasmc_array_init_data(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count);
void wasmc_array_init_elements(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count);
uint64_t wasmc_array_new_data(wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count);
uint64_t
wasmc_array_new_elements(wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count);
uint64_t wasmc_internalize(wasmc_instance *instance, uint64_t reference);
uint32_t wasmc_is_object_subtype(wasmc_instance *instance, uint32_t id, uint32_t other);

#endif
