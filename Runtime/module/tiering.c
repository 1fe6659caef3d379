// Code that is replaced while it is used: functions begin with baseline code, and get optimized code when they turn out
// to be hot. In a module that is compiled as it runs they begin with a stub, which asks for the baseline code.
//
// Invariant: code that was once in use stays mapped as long as its module, so whoever read an older address may still
// go there; all code of a function does the same, and a stub goes where the function's code is.

#include "module.h"

#include <stdlib.h>
#include <time.h>

// A function that has been called no oftener may not be called again.
#define FEW_CALLS 2

// So often a caller that waits for code looks whether it has to stop.
#define WAIT_NANOSECONDS 10000000

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
    pthread_mutex_t lock;  // of the list, and of code that replaces stubs
    pthread_cond_t added;
    replacement *replacements;
    int64_t threshold;
    void (*request)(void *host, uint32_t function, uint32_t loop);
    void *host;
    void (*finalize)(void *host);
    bool (*provide)(void *host, void *store_host, uint32_t function);
    void *provider;
    void (*finalize_provider)(void *host);
    const void **first;  // the code of the baseline tier, by function
    uint32_t count;
    wasmc_tier tiers[];
} wasmc_tiering;

bool wasmc_tiering_create(wasmc_module *module) {
    const wasmc_artifact *artifact = module->artifact;
    if (!artifact->tiered_code.count || artifact->is_replacement) return true;
    uint32_t count = artifact->function_bodies.count;
    wasmc_tiering *tiering = calloc(1, sizeof *tiering + count * sizeof *tiering->tiers);
    const void **first = calloc(count + 1, sizeof *first);
    if (!tiering || !first) {
        free(tiering);
        free(first);
        return false;
    }
    tiering->first = first;
    pthread_mutex_init(&tiering->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&tiering->added, &attributes);
    pthread_condattr_destroy(&attributes);
    tiering->threshold = INT64_MAX;
    tiering->count = count;
    const wasmc_tiered_code *code = wasmc_at(module, artifact->tiered_code.offset);
    for (uint32_t i = 0; i < count; i++) tiering->tiers[i].countdown = INT64_MAX;
    for (uint32_t i = 0; i < artifact->tiered_code.count; i++)
        if (code[i].function < count)
            first[code[i].function] = tiering->tiers[code[i].function].code = wasmc_at(module, code[i].code);
    module->tiering = tiering;
    return true;
}

void wasmc_tiering_destroy(wasmc_module *module, void (*release)(wasmc_module *replacement)) {
    wasmc_tiering *tiering = module->tiering;
    if (!tiering) return;
    if (tiering->finalize) tiering->finalize(tiering->host);
    if (tiering->finalize_provider) tiering->finalize_provider(tiering->provider);
    while (tiering->replacements) {
        replacement *first = tiering->replacements;
        tiering->replacements = first->next;
        release(first->module);
        free(first);
    }
    pthread_cond_destroy(&tiering->added);
    pthread_mutex_destroy(&tiering->lock);
    free(tiering->first);
    free(tiering);
}

wasmc_tier *wasmc_tiers(const wasmc_module *module) { return module->tiering ? module->tiering->tiers : NULL; }

bool wasmc_module_observe_hot_code(
    wasmc_module *module, int64_t threshold, void (*request)(void *host, uint32_t function, uint32_t loop), void *host,
    void (*finalize)(void *host)) {
    wasmc_tiering *tiering = module->tiering;
    if (!tiering) return false;
    tiering->threshold = threshold;
    tiering->request = request;
    tiering->host = host;
    tiering->finalize = finalize;
    for (uint32_t i = 0; i < tiering->count; i++) tiering->tiers[i].countdown = threshold;
    return true;
}

bool wasmc_module_provide_code(
    wasmc_module *module, bool (*provide)(void *host, void *store_host, uint32_t function), void *host,
    void (*finalize)(void *host)) {
    if (!module->tiering || !module->artifact->stubs.count) return false;
    module->tiering->provide = provide;
    module->tiering->provider = host;
    module->tiering->finalize_provider = finalize;
    return true;
}

bool wasmc_module_has_provider(const wasmc_module *module) { return module->tiering && module->tiering->provide; }

static bool is_stub(const wasmc_module *module, const void *code) {
    wasmc_span stubs = module->artifact->stubs;
    return (uintptr_t)code - (uintptr_t)wasmc_at(module, stubs.offset) < stubs.count;
}

bool wasmc_module_has_code(const wasmc_module *module, uint32_t function) {
    return !is_stub(module, __atomic_load_n(&module->tiering->tiers[function].code, __ATOMIC_ACQUIRE));
}

int64_t wasmc_module_baseline_count(const wasmc_module *module, uint32_t function) {
    const wasmc_tiering *tiering = module->tiering;
    const wasmc_tier *tier = &tiering->tiers[function];
    const void *code = __atomic_load_n(&tier->code, __ATOMIC_RELAXED);
    if (!code || is_stub(module, code) || code != __atomic_load_n(&tiering->first[function], __ATOMIC_RELAXED))
        return 0;
    return tiering->threshold - __atomic_load_n(&tier->countdown, __ATOMIC_RELAXED);
}

// Under the lock.
static void put(wasmc_module *module, replacement *new, const wasmc_tiered_code *code, uint32_t i, bool is_first) {
    wasmc_tiering *tiering = module->tiering;
    if (code->function >= tiering->count) return;
    wasmc_tier *tier = &tiering->tiers[code->function];
    const void *address = wasmc_at(new->module, code->code);
    if (code->loop != UINT32_MAX) {
        new->loops[i] = (wasmc_loop_code){.next = tier->loops, .loop = code->loop, .code = address};
        __atomic_store_n(&tier->loops, &new->loops[i], __ATOMIC_RELEASE);
    } else if (!is_first || is_stub(module, tier->code)) {
        if (is_first) __atomic_store_n(&tiering->first[code->function], address, __ATOMIC_RELAXED);
        __atomic_store_n(&tier->code, address, __ATOMIC_RELEASE);
    }
}

static bool take_over(wasmc_module *module, wasmc_module *other, bool is_first) {
    wasmc_tiering *tiering = module->tiering;
    const wasmc_tiered_code *code = wasmc_at(other, other->artifact->tiered_code.offset);
    uint32_t count = other->artifact->tiered_code.count;
    replacement *new = tiering ? malloc(sizeof *new + count * sizeof *new->loops) : NULL;
    if (!new) return false;
    new->module = other;
    other->whole = module;
    pthread_mutex_lock(&tiering->lock);
    new->next = tiering->replacements;
    tiering->replacements = new;
    for (uint32_t i = 0; i < count; i++) put(module, new, &code[i], i, is_first);
    pthread_mutex_unlock(&tiering->lock);
    if (is_first) wasmc_module_wake_callers(module);
    return true;
}

bool wasmc_module_replace_code(wasmc_module *module, wasmc_module *newer) { return take_over(module, newer, false); }

bool wasmc_module_add_code(wasmc_module *module, wasmc_module *first) { return take_over(module, first, true); }

void wasmc_module_wake_callers(wasmc_module *module) {
    pthread_mutex_lock(&module->tiering->lock);
    pthread_cond_broadcast(&module->tiering->added);
    pthread_mutex_unlock(&module->tiering->lock);
}

static void wait_for_code(const wasmc_module *module, const wasmc_tier *tier) {
    wasmc_tiering *tiering = module->tiering;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += WAIT_NANOSECONDS;
    if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
    pthread_mutex_lock(&tiering->lock);
    if (is_stub(module, tier->code)) pthread_cond_timedwait(&tiering->added, &tiering->lock, &end);
    pthread_mutex_unlock(&tiering->lock);
}

const void *wasmc_function_is_absent(wasmc_instance *instance, uint32_t function) {
    const wasmc_module *module = instance->module;
    const wasmc_tiering *tiering = module->tiering;
    const wasmc_tier *tier = &tiering->tiers[function];
    while (true) {
        const void *code = __atomic_load_n(&tier->code, __ATOMIC_ACQUIRE);
        if (!is_stub(module, code)) return code;
        if (!tiering->provide || !tiering->provide(tiering->provider, instance->store->host, function))
            wasmc_raise(instance->store, WASMC_HOST_ERROR, WASMC_CALL_SITE);
        wait_for_code(module, tier);
        if (__atomic_load_n(&instance->store->requests, __ATOMIC_SEQ_CST) && !wasmc_may_go_on(instance->store))
            wasmc_raise(instance->store, WASMC_INTERRUPTED, WASMC_CALL_SITE);
    }
}

static void ask(wasmc_instance *instance, uint32_t function, uint32_t loop) {
    wasmc_tiering *tiering = instance->module->tiering;
    __atomic_store_n(&tiering->tiers[function].countdown, tiering->threshold, __ATOMIC_RELAXED);
    if (tiering->request) tiering->request(tiering->host, function, loop);
}

void wasmc_function_is_hot(wasmc_instance *instance, uint32_t function) { ask(instance, function, UINT32_MAX); }

const void *wasmc_loop_is_hot(wasmc_instance *instance, uint32_t function, uint32_t loop) {
    const wasmc_module *module = instance->module;
    wasmc_tier *tier = &module->tiering->tiers[function];
    for (const wasmc_loop_code *code = __atomic_load_n(&tier->loops, __ATOMIC_ACQUIRE); code; code = code->next)
        if (code->loop == loop) return code->code;
    // Functions that are called again soon need no code that goes on in the middle.
    bool is_replaced = __atomic_load_n(&tier->code, __ATOMIC_RELAXED)
        != __atomic_load_n(&module->tiering->first[function], __ATOMIC_RELAXED);
    ask(instance, function, is_replaced || tier->calls <= FEW_CALLS ? loop : UINT32_MAX);
    return NULL;
}
