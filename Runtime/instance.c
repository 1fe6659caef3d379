// Instances: one allocation that holds the header, the slots, the function records and the run-time segments.
//
// Invariant: every slot is filled before the instance is handed out and never changes afterwards.

#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct owned_instance {
    wasmc_owned owned;
    _Alignas(16) wasmc_instance instance;
} owned_instance;

static void destroy_instance(wasmc_owned *owned) {
    wasmc_instance *instance = &((owned_instance *)owned)->instance;
    for (uint32_t i = 0; instance->element_segments && i < instance->module->element_segment_count; i++)
        free(instance->element_segments[i].elements);
    free(instance->element_segments);
    free(instance->data_segments);
    wasmc_code_release(instance->module->code);
}

static wasmc_instance *fail(char *message, size_t message_size, const char *what) {
    snprintf(message, message_size, "%s", what);
    return NULL;
}

// An imported host function gets a binding of its own that knows who imported it.
static bool bind_function(wasmc_instance *instance, wasmc_function *record, const wasmc_function *imported) {
    *record = *imported;
    if (!imported->is_host) return true;
    const wasmc_host_binding *binding = imported->context;
    if (binding->caller) return true;
    wasmc_function *bound = wasmc_host_function_create(
        instance->store, NULL, imported->entry, imported->code, imported->type_id, binding->callback, binding->user_data,
        NULL, instance);
    if (!bound) return false;
    record->context = bound->context;
    return true;
}

static bool make_segments(wasmc_instance *instance, const wasmc_module *module) {
    instance->data_segments = malloc((module->data_segment_count + 1) * sizeof(wasmc_data_segment));
    instance->element_segments = calloc(module->element_segment_count + 1, sizeof(wasmc_element_segment));
    if (!instance->data_segments || !instance->element_segments) return false;
    if (module->data_segment_count)
        memcpy(instance->data_segments, module->data_segments, module->data_segment_count * sizeof(wasmc_data_segment));
    for (uint32_t i = 0; i < module->element_segment_count; i++) {
        uint64_t count = module->element_segment_counts[i];
        instance->element_segments[i].elements = calloc(count + 1, sizeof(wasmc_ref));
        if (!instance->element_segments[i].elements) return false;
        instance->element_segments[i].count = count;
    }
    return true;
}

wasmc_instance *wasmc_instance_create(
    wasmc_store *store, const wasmc_module *module, const wasmc_imports *imports, char *message, size_t message_size) {
    size_t slot_count = (size_t)module->memory_count + module->table_count + module->global_count;
    size_t byte_count = sizeof(owned_instance) + slot_count * sizeof(void *) + module->record_count * sizeof(wasmc_function);
    owned_instance *owned = wasmc_store_allocate(store, byte_count, NULL);
    if (!owned) return fail(message, message_size, "no memory is left for the instance");
    wasmc_instance *instance = &owned->instance;
    instance->store = store;
    instance->builtins = &wasmc_builtin_functions;
    instance->module = module;
    instance->type_ids = module->type_ids;
    instance->remaining_points = INT64_MAX;
    wasmc_code_retain(module->code);
    owned->owned.destroy = destroy_instance;
    if (!make_segments(instance, module)) return fail(message, message_size, "no memory is left for the segments");

    void **slot = instance->slots;
    for (uint32_t i = 0; i < module->memory_count; i++, slot++) {
        *slot = i < module->imported_memory_count
            ? imports->memories[i]
            : wasmc_memory_create(
                  store, module->memories[i - module->imported_memory_count], module->wants_guarded_memory,
                  module->wants_guarded_memory);
        if (!*slot) return fail(message, message_size, "the address space for a memory could not be reserved");
        if (module->wants_guarded_memory && !((wasmc_memory *)*slot)->is_guarded)
            return fail(message, message_size, "an imported memory has no guard pages, but the code relies on them");
        if ((int64_t)i == module->exported_memory) instance->exported_memory = *slot;
    }
    for (uint32_t i = 0; i < module->table_count; i++, slot++) {
        *slot = i < module->imported_table_count
            ? imports->tables[i]
            : wasmc_table_create(store, module->tables[i - module->imported_table_count], 0);
        if (!*slot)
            return fail(message, message_size, "a table exceeds the limit of 10,000,000 elements, or no memory is left for it");
    }
    for (uint32_t i = 0; i < module->global_count; i++, slot++) {
        *slot = i < module->imported_global_count ? imports->globals[i] : wasmc_global_create(store);
        if (!*slot) return fail(message, message_size, "no memory is left for the globals");
    }
    wasmc_function *records = (wasmc_function *)slot;
    for (uint32_t i = 0; i < module->record_count; i++) {
        const wasmc_function_record *record = &module->records[i];
        if (i < module->imported_function_count) {
            if (!bind_function(instance, &records[i], imports->functions[i]))
                return fail(message, message_size, "no memory is left for the imports");
        } else {
            records[i] = (wasmc_function){
                .code = record->code,
                .context = instance,
                .entry = record->entry,
                .type_id = module->type_ids[record->type],
                .index = record->index,
            };
        }
    }
    return instance;
}
