// Host functions: made before or after modules that call them.
//
// Invariant: guests can call every host function, by the trampolines of its type or by those of any type (registers.c),
// and its type lives as long as it does.

#include "registers.h"

#include <stdlib.h>

typedef struct owned_host_function {
    wasmc_owned owned;
    wasmc_function function;
    wasmc_host_binding binding;
    wasmc_module *module;  // owns the type and its trampolines; null for a copy, and as long as there are none
    uint32_t type_id;      // that this owns; 0 when the module does
    void (*finalize)(void *user_data);
} owned_host_function;

static void destroy_host_function(wasmc_owned *owned) {
    owned_host_function *host = (owned_host_function *)owned;
    if (host->finalize) host->finalize(host->binding.user_data);
    if (host->module) wasmc_module_release(host->module);
    if (host->type_id) wasmc_type_release(host->type_id);
}

// What the host calls, where the type has no trampolines.
static void enter_host(const wasmc_function *function, wasmc_value *values) {
    wasmc_host_binding *binding = function->context;
    if (wasmc_invoke_host(binding, values)) wasmc_raise(binding->store, WASMC_EXCEPTION, WASMC_CALL_SITE);
}

// The trampolines that the module has for the type; false without any.
static bool equip(wasmc_function *function, const wasmc_module *module, const wasmc_function_type *type) {
    if (!type->host_trampoline) return false;
    function->code = wasmc_at(module, type->host_trampoline);
    function->entry = (wasmc_entry)(uintptr_t)wasmc_at(module, type->entry_trampoline);
    return true;
}

wasmc_function *wasmc_host_function_create(
    wasmc_store *store, wasmc_module *module, uint32_t type_index, wasmc_host_callback callback, void *user_data,
    void (*finalize)(void *user_data), wasmc_instance *caller) {
    owned_host_function *host = wasmc_store_allocate(store, sizeof *host, destroy_host_function);
    if (!host) return NULL;
    const wasmc_function_type *type = wasmc_at(module, module->artifact->function_types.offset);
    type += type_index;
    host->binding = (wasmc_host_binding){
        wasmc_invoke_host, wasmc_throw_exception, callback, user_data, store, caller, module->type_ids[type_index]};
    host->function = (wasmc_function){
        .code = (const void *)(uintptr_t)wasmc_host_by_registers,
        .context = &host->binding,
        .entry = enter_host,
        .type_id = module->type_ids[type_index],
        .index = UINT32_MAX,
    };
    equip(&host->function, module, type);
    host->finalize = finalize;
    host->module = module;
    wasmc_module_retain(module);
    return &host->function;
}

wasmc_function *wasmc_host_function_bind(wasmc_store *store, const wasmc_function *function, wasmc_instance *caller) {
    owned_host_function *host = wasmc_store_allocate(store, sizeof *host, destroy_host_function);
    if (!host) return NULL;
    host->binding = *(const wasmc_host_binding *)function->context;
    host->binding.caller = caller;
    host->function = *function;
    host->function.context = &host->binding;
    return &host->function;
}

wasmc_function *wasmc_host_function_create_early(
    wasmc_store *store, const uint32_t *parameters, size_t parameter_count, const uint32_t *results,
    size_t result_count, wasmc_host_callback callback, void *user_data) {
    owned_host_function *host = wasmc_store_allocate(store, sizeof *host, destroy_host_function);
    if (!host) return NULL;
    host->type_id = wasmc_type_acquire(parameters, parameter_count, results, result_count);
    if (!host->type_id) return NULL;
    host->binding =
        (wasmc_host_binding){wasmc_invoke_host, wasmc_throw_exception, callback, user_data, store, NULL, host->type_id};
    host->function = (wasmc_function){
        .code = (const void *)(uintptr_t)wasmc_host_by_registers,
        .context = &host->binding,
        .entry = enter_host,
        .type_id = host->type_id,
        .index = UINT32_MAX,
    };
    return &host->function;
}

bool wasmc_host_function_equip(wasmc_function *function, wasmc_module *module) {
    owned_host_function *host = (owned_host_function *)((uint8_t *)function - offsetof(owned_host_function, function));
    const wasmc_function_type *types = wasmc_at(module, module->artifact->function_types.offset);
    for (uint32_t i = 0; i < module->artifact->function_types.count; i++) {
        if (module->type_ids[i] != function->type_id || !equip(function, module, &types[i])) continue;
        wasmc_module_retain(module);
        host->module = module;
        return true;
    }
    return false;
}
