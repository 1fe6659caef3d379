// Links a compiled module with its host's functions and with WASI, and runs it.
//
// Invariant: see wasmc_program.h.

#include "wasmc_program.h"

#include "wasmc_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool equals(const wasmc_module *module, wasmc_span span, const char *text) {
    return strlen(text) == span.count && !memcmp(wasmc_at(module, span.offset), text, span.count);
}

static bool has_types(const wasmc_module *module, wasmc_span codes, const char *letters) {
    const uint32_t *code = wasmc_at(module, codes.offset);
    if (strlen(letters) != codes.count) return false;
    for (uint32_t i = 0; i < codes.count; i++)
        if (code[i] != (letters[i] == 'I' ? 0x7E : 0x7F)) return false;
    return true;
}

static const wasmc_wasi_function *named(const wasmc_module *module, const wasmc_wasi_function *list, wasmc_span name) {
    for (; list->name; list++)
        if (equals(module, name, list->name)) return list;
    return NULL;
}

// WASI's function for an import; null when there is none of this name and type.
static const wasmc_wasi_function *find(const wasmc_module *module, const wasmc_import *import) {
    const wasmc_wasi_function *found = NULL;
    bool is_unstable = equals(module, import->module, "wasi_unstable");
    if (import->type.kind != 0 || !(is_unstable || equals(module, import->module, "wasi_snapshot_preview1")))
        return NULL;
    if (is_unstable) found = named(module, wasmc_wasi_unstable_functions(), import->name);
    const wasmc_wasi_function *family;
    for (size_t i = 0; !found && (family = wasmc_wasi_functions(i)); i++) found = named(module, family, import->name);
    const wasmc_function_type *type = wasmc_at(module, module->artifact->function_types.offset);
    type += import->type.function_type;
    return found && has_types(module, type->parameters, found->parameters)
            && has_types(module, type->results, found->results)
        ? found
        : NULL;
}

static const wasmc_export *exported_function(const wasmc_module *module, const char *name) {
    const wasmc_export *export = wasmc_at(module, module->artifact->exports.offset);
    for (uint32_t i = 0; i < module->artifact->exports.count; i++)
        if (export[i].type.kind == 0 && equals(module, export[i].name, name)) return &export[i];
    return NULL;
}

// The default function, which has no name, goes before `_start`, as in WASIProgram.swift.
static const wasmc_export *start_function(const wasmc_module *module) {
    const wasmc_export *function = exported_function(module, "");
    return function ? function : exported_function(module, "_start");
}

static void describe_missing(
    const wasmc_module *module, const wasmc_import *import, const char *what, char *message, size_t message_size) {
    char from[WASMC_SHOWN_BYTES], name[WASMC_SHOWN_BYTES];
    wasmc_show_text(wasmc_at(module, import->module.offset), import->module.count, from);
    wasmc_show_text(wasmc_at(module, import->name.offset), import->name.count, name);
    snprintf(message, message_size, "the program needs %s \"%s\" \"%s\"", what, from, name);
}

bool wasmc_program_can_run(const wasmc_module *module, char *message, size_t message_size) {
    const wasmc_artifact *artifact = module->artifact;
    if (artifact->stubs.count && !wasmc_module_has_provider(module)) {
        snprintf(message, message_size, "its functions were to be compiled when they are called, by a compiler");
        return false;
    }
    const wasmc_import *imports = wasmc_at(module, artifact->imports.offset);
    for (uint32_t i = 0; i < artifact->imports.count; i++) {
        if (find(module, &imports[i])) continue;
        describe_missing(module, &imports[i], "what WASI does not have:", message, message_size);
        return false;
    }
    const wasmc_export *start = start_function(module);
    const wasmc_function_type *types = wasmc_at(module, artifact->function_types.offset);
    if (start && types[start->type.function_type].parameters.count == 0
        && types[start->type.function_type].results.count == 0)
        return true;
    snprintf(message, message_size, "the program exports no default function or _start without parameters and results");
    return false;
}

// An instance whose start function has not run.
static wasmc_instance *bind(
    wasmc_store *store, wasmc_module *module, const wasmc_host_callback *functions, void *host, wasmc_wasi *context,
    char *message, size_t message_size) {
    uint32_t count = module->artifact->imports.count;
    const wasmc_import *imports = wasmc_at(module, module->artifact->imports.offset);
    const wasmc_function **bound = calloc(count + 1, sizeof *bound);
    wasmc_instance *instance = NULL;
    uint32_t done = 0;
    snprintf(message, message_size, "no memory is left");
    for (; store && bound && done < count; done++) {
        const wasmc_wasi_function *wasi = find(module, &imports[done]);
        bool is_own = functions && functions[done] && imports[done].type.kind == 0;
        if (!is_own && !(wasi && context)) {
            describe_missing(
                module, &imports[done], wasi ? "a WASI context for" : "a definition of", message, message_size);
            break;
        }
        bound[done] = wasmc_host_function_create(
            store, module, imports[done].type.function_type, is_own ? functions[done] : wasi->callback,
            is_own ? host : context, NULL, NULL);
        if (!bound[done]) break;
    }
    if (store && bound && done == count)
        instance = wasmc_instance_create(store, module, &(wasmc_imports){.functions = bound}, message, message_size);
    free(bound);
    return instance;
}

// The frames, which follow, say where.
static void describe_internal_error(const wasmc_store *store, char *message, size_t message_size) {
    char reason[256];
    wasmc_describe_stray_access(store, reason, sizeof reason);
    snprintf(message, message_size, "internal error of the compiler: %s: please report it", reason);
}

// The exit status that an outcome means, and what there is to say about it.
static int status(const wasmc_store *store, const wasmc_result *result, char *message, size_t message_size) {
    if (result->outcome == WASMC_RETURNED) return 0;
    if (result->outcome == WASMC_EXIT) return (int)(result->exit_code & 0xFF);
    const char *trap = wasmc_trap_text(result->outcome);
    bool is_internal = result->outcome == WASMC_INTERNAL_ERROR, is_exception = result->outcome == WASMC_EXCEPTION;
    if (is_internal) describe_internal_error(store, message, message_size);
    else if (is_exception) snprintf(message, message_size, "uncaught exception");
    else snprintf(message, message_size, trap ? "wasm trap: %s" : "%sthe program was stopped", trap ? trap : "");
    size_t length = strlen(message);
    wasmc_describe_backtrace(wasmc_last_backtrace(store), message + length, message_size - length);
    if (is_internal) return WASMC_STATUS_INTERNAL_ERROR;
    return trap || is_exception ? WASMC_STATUS_TRAPPED : WASMC_STATUS_FAILED;
}

wasmc_instance *wasmc_module_instantiate(
    wasmc_store *store, wasmc_module *module, const wasmc_host_callback *functions, void *host, wasmc_wasi *context,
    char *message, size_t message_size) {
    wasmc_instance *instance = bind(store, module, functions, host, context, message, message_size);
    if (!instance) return NULL;
    wasmc_result result;
    wasmc_instance_initialize(instance, &result);
    if (result.outcome == WASMC_RETURNED) return instance;
    if (result.outcome == WASMC_EXIT)
        snprintf(message, message_size, "the start function ended the program with exit status %u", result.exit_code);
    else status(store, &result, message, message_size);
    return NULL;
}

int wasmc_program_run(wasmc_module *module, wasmc_wasi *context, char *message, size_t message_size) {
    message[0] = 0;
    if (!wasmc_program_can_run(module, message, message_size)) return WASMC_STATUS_FAILED;
    wasmc_instance *instance = bind(wasmc_store_create(), module, NULL, NULL, context, message, message_size);
    if (!instance) return WASMC_STATUS_FAILED;
    message[0] = 0;
    wasmc_result result;
    wasmc_instance_initialize(instance, &result);
    if (result.outcome != WASMC_RETURNED) return status(instance->store, &result, message, message_size);
    const wasmc_function *start =
        (const wasmc_function *)((const uint8_t *)instance + start_function(module)->instance_offset);
    wasmc_call(instance->store, start, NULL, &result);
    return status(instance->store, &result, message, message_size);
}
