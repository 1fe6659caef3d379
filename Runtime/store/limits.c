// How much the guests of a store may use together.
//
// Invariant: what is in use never exceeds the limit; whoever takes and then fails gives back.

#include "store.h"

#include <stdio.h>

static wasmc_store_storage *storage_of(wasmc_store *store) { return (wasmc_store_storage *)store; }

void wasmc_store_set_limits(wasmc_store *store, wasmc_store_limits limits) {
    storage_of(store)->limits = limits;
    storage_of(store)->stack_owner = WASMC_STACK_OF_STORE;
}

void wasmc_limit_stack(wasmc_store *store, const wasmc_module *module) {
    uint64_t *most = &storage_of(store)->limits.stack_byte_count;
    if (!module->stack_byte_count || (*most && *most <= module->stack_byte_count)) return;
    *most = module->stack_byte_count;
    storage_of(store)->stack_owner = WASMC_STACK_OF_MODULE;
}

bool wasmc_take(wasmc_store *store, wasmc_resource resource, uint64_t count) {
    wasmc_store_storage *storage = storage_of(store);
    const wasmc_store_limits *limits = &storage->limits;
    uint64_t used = storage->used[resource], limit = limits->is_limited[resource] ? limits->most[resource] : UINT64_MAX;
    storage->refusal = (wasmc_refusal){resource, used, count, limit};
    if (used > limit || count > limit - used) return false;
    if (limits->may_use && count && !limits->may_use(store, resource, used, count)) return false;
    storage->refusal.wanted = 0;
    storage->used[resource] = used + count;
    return true;
}

void wasmc_give_back(wasmc_store *store, wasmc_resource resource, uint64_t count) {
    storage_of(store)->used[resource] -= count;
    if (storage_of(store)->limits.gave_back) storage_of(store)->limits.gave_back(store, resource, count);
}

bool wasmc_describe_refusal(wasmc_store *store, char *message, size_t message_size) {
    static const char *const names[] = {
        "memory pages", "table elements", "instances", "references to host objects", "heap bytes"};
    wasmc_refusal *refusal = &storage_of(store)->refusal;
    if (!refusal->wanted) return false;
    unsigned long long used = refusal->used, wanted = refusal->wanted, limit = refusal->limit;
    const char *name = names[refusal->resource];
    if (limit == UINT64_MAX)
        snprintf(message, message_size, "the host refused %llu more %s; %llu are in use", wanted, name, used);
    else if (used > limit || wanted > limit - used)
        snprintf(
            message, message_size, "the store's limit is %llu %s; %llu are in use and %llu more were asked for", limit,
            name, used, wanted);
    else
        snprintf(
            message, message_size, "the host refused %llu more %s; %llu of %llu are in use", wanted, name, used, limit);
    refusal->wanted = 0;
    return true;
}
