// How much the guests of a store may use together.
//
// Invariant: what is in use never exceeds the limit; whoever takes and then fails gives back. While the host is asked
// whether something may be used, nothing else of the store is granted: memories and tables that are about to grow, and
// what is in use, are as they were when it was asked.

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
    const wasmc_refusal refusal = {resource, used, count, limit, storage->is_host_asked};
    storage->refusal = refusal;
    if (storage->is_host_asked || used > limit || count > limit - used) return false;
    if (limits->may_use && count) {
        storage->is_host_asked = true;
        bool may_use = limits->may_use(store, resource, used, count);
        storage->is_host_asked = false;
        storage->refusal = refusal;
        if (!may_use) return false;
    }
    storage->refusal.wanted = 0;
    // It may be less by now.
    storage->used[resource] += count;
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
    if (refusal->is_host_asked)
        snprintf(
            message, message_size, "the store grants no %s while it asks its host whether something may be used", name);
    else if (limit == UINT64_MAX)
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
