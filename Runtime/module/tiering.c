// Code that is replaced while it is used: functions begin with code that was made fast, and get better code when they
// turn out to be hot.
//
// Invariant: code that was once in use stays mapped as long as its module, so whoever read an older address may still
// go there; all code of a function does the same.

#include "module.h"

#include <stdlib.h>

// A function that has been called no oftener may not be called again.
#define FEW_CALLS 2

typedef struct wasmc_loop_code {
    const struct wasmc_loop_code *next;
    uint32_t loop;
    const void *code;
} wasmc_loop_code;

typedef struct replacement {
    struct replacement *next;
    wasmc_module *module;
    wasmc_loop_code loops[];
} replacement;

typedef struct wasmc_tiering {
    pthread_mutex_t lock;  // of the list
    replacement *replacements;
    int64_t patience;
    void (*request)(void *host, uint32_t function, uint32_t loop);
    void *host;
    void (*finalize)(void *host);
    uint32_t count;
    wasmc_tier tiers[];
} wasmc_tiering;

bool wasmc_tiering_create(wasmc_module *module) {
    const wasmc_artifact *artifact = module->artifact;
    if (!artifact->tiered_code.count || artifact->is_replacement) return true;
    uint32_t count = artifact->function_bodies.count;
    wasmc_tiering *tiering = calloc(1, sizeof *tiering + count * sizeof *tiering->tiers);
    if (!tiering) return false;
    pthread_mutex_init(&tiering->lock, NULL);
    tiering->patience = INT64_MAX;
    tiering->count = count;
    const wasmc_tiered_code *code = wasmc_at(module, artifact->tiered_code.offset);
    for (uint32_t i = 0; i < count; i++) tiering->tiers[i].countdown = INT64_MAX;
    for (uint32_t i = 0; i < artifact->tiered_code.count; i++)
        if (code[i].function < count) tiering->tiers[code[i].function].code = wasmc_at(module, code[i].code);
    module->tiering = tiering;
    return true;
}

void wasmc_tiering_destroy(wasmc_module *module, void (*release)(wasmc_module *replacement)) {
    wasmc_tiering *tiering = module->tiering;
    if (!tiering) return;
    if (tiering->finalize) tiering->finalize(tiering->host);
    while (tiering->replacements) {
        replacement *first = tiering->replacements;
        tiering->replacements = first->next;
        release(first->module);
        free(first);
    }
    pthread_mutex_destroy(&tiering->lock);
    free(tiering);
}

wasmc_tier *wasmc_tiers(const wasmc_module *module) { return module->tiering ? module->tiering->tiers : NULL; }

bool wasmc_module_observe_hot_code(
    wasmc_module *module, int64_t patience, void (*request)(void *host, uint32_t function, uint32_t loop), void *host,
    void (*finalize)(void *host)) {
    wasmc_tiering *tiering = module->tiering;
    if (!tiering) return false;
    tiering->patience = patience;
    tiering->request = request;
    tiering->host = host;
    tiering->finalize = finalize;
    for (uint32_t i = 0; i < tiering->count; i++) tiering->tiers[i].countdown = patience;
    return true;
}

bool wasmc_module_replace_code(wasmc_module *module, wasmc_module *better) {
    wasmc_tiering *tiering = module->tiering;
    const wasmc_tiered_code *code = wasmc_at(better, better->artifact->tiered_code.offset);
    uint32_t count = better->artifact->tiered_code.count;
    replacement *new = tiering ? malloc(sizeof *new + count * sizeof *new->loops) : NULL;
    if (!new) return false;
    new->module = better;
    pthread_mutex_lock(&tiering->lock);
    new->next = tiering->replacements;
    tiering->replacements = new;
    for (uint32_t i = 0; i < count; i++) {
        if (code[i].function >= tiering->count) continue;
        wasmc_tier *tier = &tiering->tiers[code[i].function];
        const void *address = wasmc_at(better, code[i].code);
        if (code[i].loop == UINT32_MAX) {
            __atomic_store_n(&tier->code, address, __ATOMIC_RELEASE);
        } else {
            new->loops[i] = (wasmc_loop_code){.next = tier->loops, .loop = code[i].loop, .code = address};
            __atomic_store_n(&tier->loops, &new->loops[i], __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&tiering->lock);
    return true;
}

static void ask(wasmc_instance *instance, uint32_t function, uint32_t loop) {
    wasmc_tiering *tiering = instance->module->tiering;
    __atomic_store_n(&tiering->tiers[function].countdown, tiering->patience, __ATOMIC_RELAXED);
    if (tiering->request) tiering->request(tiering->host, function, loop);
}

void wasmc_function_is_hot(wasmc_instance *instance, uint32_t function) { ask(instance, function, UINT32_MAX); }

const void *wasmc_loop_is_hot(wasmc_instance *instance, uint32_t function, uint32_t loop) {
    const wasmc_module *module = instance->module;
    wasmc_tier *tier = &module->tiering->tiers[function];
    for (const wasmc_loop_code *code = __atomic_load_n(&tier->loops, __ATOMIC_ACQUIRE); code; code = code->next)
        if (code->loop == loop) return code->code;
    // Functions that are called again soon need no code that goes on in the middle.
    uintptr_t distance = (uintptr_t)__atomic_load_n(&tier->code, __ATOMIC_RELAXED) - (uintptr_t)module->image;
    bool is_replaced = distance >= module->artifact->byte_count;
    ask(instance, function, is_replaced || tier->calls <= FEW_CALLS ? loop : UINT32_MAX);
    return NULL;
}
