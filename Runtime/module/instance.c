// Instances: one allocation that holds the header, the slots, the function records and the run-time segments.
//
// Invariant: every slot is filled before the instance is handed out and never changes afterwards. The cells of its own
// globals live as long as the store, like those that other instances import.

#include "registers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void destroy_instance(wasmc_owned *owned) {
    wasmc_instance *instance = &((wasmc_owned_instance *)owned)->instance;
    for (uint32_t i = 0; instance->element_segments && i < instance->module->artifact->element_segment_counts.count;
         i++)
        free(instance->element_segments[i].elements);
    free(instance->element_segments);
    free(instance->data_segments);
    free(((wasmc_owned_instance *)owned)->operands.values);
    wasmc_module_release((wasmc_module *)instance->module);
}

static void visit_instance(const wasmc_owned *owned, wasmc_heap *heap) {
    const wasmc_instance *instance = &((const wasmc_owned_instance *)owned)->instance;
    const wasmc_module *module = instance->module;
    const wasmc_artifact *artifact = module->artifact;
    const void *const *globals = (const void *const *)instance->slots + module->memory_count + module->table_count;
    for (uint32_t i = artifact->imported_global_count; i < artifact->global_count; i++)
        wasmc_heap_root(heap, ((const wasmc_value *)globals[i])->ref);
    for (uint32_t i = 0; i < artifact->element_segment_counts.count; i++) {
        const wasmc_element_segment *segment = &instance->element_segments[i];
        for (uint64_t k = 0; k < segment->count; k++) {
            if (k % WASMC_ROOTS_AT_A_TIME == 0 && !wasmc_heap_goes_on(heap)) return;
            wasmc_heap_root(heap, segment->elements[k]);
        }
    }
    const wasmc_operands *operands = &((const wasmc_owned_instance *)owned)->operands;
    for (size_t i = 0; i < operands->count; i++) wasmc_heap_root(heap, operands->values[i].ref);
}

static size_t round_up(size_t value, size_t multiple) { return (value + multiple - 1) / multiple * multiple; }

// For what may be limited; null stands for what the message says already.
static wasmc_instance *fail_or_refuse(wasmc_store *store, char *message, size_t message_size, const char *what) {
    if (!wasmc_describe_refusal(store, message, message_size) && what) snprintf(message, message_size, "%s", what);
    return NULL;
}

static wasmc_instance *fail(char *message, size_t message_size, const char *what) {
    snprintf(message, message_size, "%s", what);
    return NULL;
}

static const wasmc_import *memory_import(const wasmc_module *module, uint32_t number) {
    const wasmc_import *import = wasmc_at(module, module->artifact->imports.offset);
    while (import->type.kind != 2 || number--) import++;
    return import;
}

// What the code takes for granted of an imported memory, whoever links it: it addresses memories of the other kind
// without a check, or by half of an address.
static bool is_expected(const wasmc_module *module, uint32_t number, const wasmc_memory *memory) {
    const wasmc_external_type *type = &memory_import(module, number)->type;
    return memory->is_64bit == type->is_64bit && memory->has_byte_pages == type->has_byte_pages
        && (memory->shared != NULL) == type->is_shared;
}

// The memory import with this number lies in no reservation.
static wasmc_instance *fail_unguarded(const wasmc_module *module, uint32_t number, char *message, size_t message_size) {
    const wasmc_import *import = memory_import(module, number);
    const char *image = (const char *)module->image;
    snprintf(
        message, message_size,
        "the imported memory \"%.*s\" \"%.*s\" was made without reserved address space, on which the module's code "
        "relies; raise ulimit -v, or compile the module with --memory checked (Engine.Options.memory)",
        (int)(import->module.count < 100 ? import->module.count : 100), image + import->module.offset,
        (int)(import->name.count < 100 ? import->name.count : 100), image + import->name.offset);
    return NULL;
}

// An imported host function gets a binding of its own that knows who imported it.
static bool bind_function(wasmc_instance *instance, wasmc_function *record, const wasmc_function *imported) {
    *record = *imported;
    record->number = 0;
    if (imported->index != UINT32_MAX) return true;
    const wasmc_host_binding *binding = imported->context;
    if (binding->caller) return true;
    wasmc_function *bound = wasmc_host_function_bind(instance->store, imported, instance);
    if (!bound) return false;
    record->context = bound->context;
    return true;
}

static bool make_segments(wasmc_instance *instance, const wasmc_module *module) {
    uint32_t data_count = module->artifact->data_segments.count,
             element_count = module->artifact->element_segment_counts.count;
    instance->data_segments = malloc((data_count + 1) * sizeof(wasmc_data_segment));
    instance->element_segments = calloc(element_count + 1, sizeof(wasmc_element_segment));
    if (!instance->data_segments || !instance->element_segments) return false;
    const wasmc_span *data = wasmc_at(module, module->artifact->data_segments.offset);
    for (uint32_t i = 0; i < data_count; i++)
        instance->data_segments[i] = (wasmc_data_segment){wasmc_at(module, data[i].offset), data[i].count};
    const uint64_t *counts = wasmc_at(module, module->artifact->element_segment_counts.offset);
    for (uint32_t i = 0; i < element_count; i++) {
        instance->element_segments[i].elements = calloc(counts[i] + 1, sizeof(wasmc_ref));
        if (!instance->element_segments[i].elements) return false;
        instance->element_segments[i].count = counts[i];
    }
    return true;
}

// How the host calls guests' functions of the type.
static wasmc_entry entry(const wasmc_module *module, const wasmc_function_type *type) {
    if (!type->entry_trampoline) return wasmc_enter_by_registers;
    return (wasmc_entry)(uintptr_t)wasmc_at(module, type->entry_trampoline);
}

static wasmc_table *make_table(wasmc_store *store, const wasmc_external_type *type) {
    bool holds_functions = (type->value & WASMC_TYPE_CODE_MASK) == WASMC_TYPE_FUNCTION;
    wasmc_table_type table = {.elements = type->limits, .holds_objects = !holds_functions, .is_64bit = type->is_64bit};
    return wasmc_table_create(store, table, 0);
}

static wasmc_tag *make_tag(wasmc_store *store, const wasmc_module *module, const wasmc_external_type *type) {
    const wasmc_function_type *types = wasmc_at(module, module->artifact->function_types.offset);
    return wasmc_tag_create_of(
        store, module->type_ids[type->function_type], types[type->function_type].parameters.count);
}

wasmc_instance *wasmc_instance_create(
    wasmc_store *store, wasmc_module *module, const wasmc_imports *imports, char *message, size_t message_size) {
    const wasmc_artifact *artifact = module->artifact;
    uint32_t tag_count = artifact->imported_tag_count + artifact->tags.count;
    size_t cell_count = artifact->global_count - artifact->imported_global_count;
    size_t cells_start = round_up(
        offsetof(wasmc_instance, slots) + wasmc_slot_count(module) * sizeof(void *)
            + artifact->records.count * sizeof(wasmc_function),
        sizeof(wasmc_value));
    size_t byte_count = offsetof(wasmc_owned_instance, instance) + cells_start + cell_count * sizeof(wasmc_value);
    if (!wasmc_take(store, WASMC_INSTANCES, 1)) return fail_or_refuse(store, message, message_size, "it was refused");
    wasmc_owned_instance *owned = wasmc_store_allocate(store, byte_count, NULL);
    if (!owned) return fail(message, message_size, "no memory is left for the instance");
    wasmc_instance *instance = &owned->instance;
    instance->store = store;
    instance->builtins = &wasmc_builtin_functions;
    instance->module = module;
    instance->tiers = wasmc_tiers(module);
    instance->type_ids = module->type_ids;
    instance->object_ids = module->object_ids;
    instance->descriptors = wasmc_descriptors();
    instance->remaining_fuel = INT64_MAX;
    wasmc_module_retain(module);
    owned->owned.destroy = destroy_instance;
    if (!wasmc_store_reserve_exception_values(store, artifact->exception_value_count))
        return fail(message, message_size, "no memory is left for the values of exceptions");
    if (!wasmc_store_reserve_tail_arguments(store, artifact->tail_argument_count))
        return fail(message, message_size, "no memory is left for the arguments of tail calls");
    if (!make_segments(instance, module)) return fail(message, message_size, "no memory is left for the segments");

    if (artifact->uses_heap && !wasmc_store_make_heap(store))
        return fail(message, message_size, "no address space is left for the store's objects; raise ulimit -v");

    if (message_size) *message = 0;
    void **slot = instance->slots;
    for (uint32_t i = 0; i < module->memory_count; i++, slot++) {
        *slot = i < artifact->imported_memory_count
            ? imports->memories[i]
            : wasmc_module_memory_create(store, module, i - artifact->imported_memory_count, message, message_size);
        if (!*slot)
            return fail_or_refuse(
                store, message, message_size, message_size && *message ? NULL : "no memory is left for a memory");
        const wasmc_memory *memory = *slot;
        if (i < artifact->imported_memory_count && !is_expected(module, i, memory))
            return fail(
                message, message_size, "an imported memory has other addresses, pages or sharing than are declared");
        if (artifact->wants_guarded_memory && !memory->is_guarded && !memory->is_64bit && !memory->has_byte_pages)
            return fail_unguarded(module, i, message, message_size);
        if ((int64_t)i == artifact->exported_memory) instance->exported_memory = *slot;
    }
    const wasmc_external_type *tables = wasmc_at(module, artifact->tables.offset);
    for (uint32_t i = 0; i < module->table_count; i++, slot++) {
        *slot = i < artifact->imported_table_count ? imports->tables[i]
                                                   : make_table(store, &tables[i - artifact->imported_table_count]);
        if (!*slot)
            return fail_or_refuse(
                store, message, message_size,
                "a table exceeds the limit of 10,000,000 elements, or no memory is left for it");
    }
    wasmc_value *cells = (wasmc_value *)((uint8_t *)instance + cells_start);
    for (uint32_t i = 0; i < artifact->global_count; i++, slot++)
        *slot = i < artifact->imported_global_count ? imports->globals[i] : &cells[i - artifact->imported_global_count];
    const wasmc_external_type *tags = wasmc_at(module, artifact->tags.offset);
    for (uint32_t i = 0; i < tag_count; i++, slot++) {
        *slot = i < artifact->imported_tag_count ? imports->tags[i]
                                                 : make_tag(store, module, &tags[i - artifact->imported_tag_count]);
        if (!*slot) return fail(message, message_size, "no memory is left for a tag");
    }
    for (uint32_t i = 0; i < module->memory_count; i++, slot++) *slot = ((wasmc_memory *)instance->slots[i])->base;
    wasmc_function *records = wasmc_instance_records(instance);
    const wasmc_function_record *described = wasmc_at(module, artifact->records.offset);
    const wasmc_function_type *types = wasmc_at(module, artifact->function_types.offset);
    for (uint32_t i = 0; i < artifact->records.count; i++) {
        const wasmc_function_record *record = &described[i];
        if (i < artifact->imported_function_count) {
            if (!bind_function(instance, &records[i], imports->functions[i]))
                return fail(message, message_size, "no memory is left for the imports");
        } else {
            records[i] = (wasmc_function){
                .code = wasmc_at(module, record->code),
                .context = instance,
                .entry = entry(module, &types[record->type]),
                .type_id = module->type_ids[record->type],
                .index = record->index,
                .tail_distance = record->tail_code ? (int32_t)(record->tail_code - record->code) : 0,
            };
        }
    }
    owned->owned.visit = visit_instance;
    wasmc_limit_stack(store, module);
    return instance;
}
