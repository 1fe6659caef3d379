// A store's heap: what is a root there, and what it may take.
//
// Invariant: a guest's reference is found wherever the guest may have it: on a stack that it is on, in what its
// store owns, or in the host's hands. What the heap has taken counts for its store.

#include "execution.h"

#include <stdlib.h>

static wasmc_store_storage *storage_of(wasmc_store *store) { return (wasmc_store_storage *)store; }

// ---- The heap ------------------------------------------------------------------------------------------------------

// What the store itself refers to.
static void visit_store(const wasmc_store *store, wasmc_heap *heap) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    for (const wasmc_owned *owned = storage->owned; owned; owned = owned->next)
        if (owned->visit) owned->visit(owned, heap);
    wasmc_exceptions_visit(storage->kept_exceptions, heap);
    // The one that was thrown last may be on its way.
    for (uint32_t i = 0; i < storage->exception_value_count; i++) wasmc_heap_root(heap, store->exception_values[i].ref);
    for (uint32_t i = 0; i < storage->tail_argument_count; i++) wasmc_heap_root(heap, store->tail_arguments[i].ref);
    wasmc_handles *handles = &storage->handles;
    pthread_mutex_lock(&handles->lock);
    for (uint32_t i = 0; i < handles->count; i++) wasmc_heap_root(heap, handles->held[i].reference);
    pthread_mutex_unlock(&handles->lock);
}

static void visit_roots(void *store, wasmc_heap *heap) {
    visit_store(store, heap);
    wasmc_visit_stacks(store, heap);
}

static bool take(void *store, uint64_t byte_count) { return wasmc_take(store, WASMC_HEAP_BYTES, byte_count); }
static void give_back(void *store, uint64_t byte_count) { wasmc_give_back(store, WASMC_HEAP_BYTES, byte_count); }

static bool must_stop(void *store) { return storage_of(store)->is_guest_waiting && wasmc_is_interrupted(store); }

static void tell_host_number(void *store, uint32_t number) {
    const wasmc_store_storage *storage = storage_of(store);
    if (storage->tell_host_number) storage->tell_host_number(storage->store.host, number);
}

bool wasmc_store_make_heap(wasmc_store *store) {
    wasmc_store_storage *storage = storage_of(store);
    if (storage->heap) return true;
    const uint8_t *descriptors = wasmc_descriptors();
    if (!descriptors || !wasmc_store_reserve_functions(store)) return false;
    const wasmc_heap_owner owner = {store, visit_roots, take, give_back, tell_host_number, must_stop};
    storage->heap = wasmc_heap_create(&store->allocation, descriptors, owner);
    return storage->heap != NULL;
}

// What was refused on the way was not needed, if there is an object.
static uint8_t *made(wasmc_store *store, uint8_t *object) {
    if (object) storage_of(store)->refusal.wanted = 0;
    return object;
}

uint8_t *wasmc_store_allocate_struct(wasmc_store *store, uint32_t id) {
    if (!wasmc_store_make_heap(store)) return NULL;
    return made(store, wasmc_heap_allocate_struct(storage_of(store)->heap, id));
}

uint8_t *wasmc_store_allocate_array(wasmc_store *store, uint32_t id, uint32_t length) {
    if (!wasmc_store_make_heap(store)) return NULL;
    return made(store, wasmc_heap_allocate_array(storage_of(store)->heap, id, length));
}

uint8_t *wasmc_guest_allocate_struct(wasmc_store *store, uint32_t id) {
    storage_of(store)->is_guest_waiting = true;
    uint8_t *object = wasmc_store_allocate_struct(store, id);
    storage_of(store)->is_guest_waiting = false;
    return object;
}

uint8_t *wasmc_guest_allocate_array(wasmc_store *store, uint32_t id, uint32_t length) {
    storage_of(store)->is_guest_waiting = true;
    uint8_t *object = wasmc_store_allocate_array(store, id, length);
    storage_of(store)->is_guest_waiting = false;
    return object;
}

void wasmc_raise_without_object(wasmc_store *store, wasmc_site site) {
    wasmc_raise(store, wasmc_is_interrupted(store) ? WASMC_INTERRUPTED : WASMC_TRAP_OUT_OF_HEAP, site);
}

void wasmc_store_remember(wasmc_store *store, uint8_t *object) {
    if (storage_of(store)->heap) wasmc_heap_remember(storage_of(store)->heap, object);
}

void wasmc_store_collect(wasmc_store *store) {
    if (storage_of(store)->heap) wasmc_heap_collect(storage_of(store)->heap);
}

wasmc_heap_statistics wasmc_store_heap_statistics(const wasmc_store *store) {
    const wasmc_heap *heap = ((const wasmc_store_storage *)store)->heap;
    return heap ? wasmc_heap_get_statistics(heap) : (wasmc_heap_statistics){0};
}

bool wasmc_store_tell_host_numbers(wasmc_store *store, void (*tell)(void *host, uint32_t number)) {
    storage_of(store)->tell_host_number = tell;
    return wasmc_store_make_heap(store);
}

const wasmc_descriptor *wasmc_store_descriptor(const wasmc_store *store, wasmc_ref object) {
    const wasmc_heap *heap = ((const wasmc_store_storage *)store)->heap;
    return heap ? wasmc_heap_type(heap, (uint32_t)object) : NULL;
}

bool wasmc_store_heap_holds(const wasmc_store *store, uintptr_t address) {
    const wasmc_heap *heap = ((const wasmc_store_storage *)store)->heap;
    return heap && wasmc_heap_holds(heap, address);
}

// ---- What the host holds -------------------------------------------------------------------------------------------

static bool make_room(wasmc_handles *handles) {
    if (handles->count < handles->capacity) return true;
    if (handles->capacity > UINT32_MAX / 2) return false;
    uint32_t capacity = handles->capacity ? handles->capacity * 2 : 16;
    struct wasmc_held *held = realloc(handles->held, capacity * sizeof *held);
    if (!held) return false;
    handles->held = held;
    handles->capacity = capacity;
    return true;
}

uint32_t wasmc_handle_make(wasmc_store *store, wasmc_ref reference) {
    wasmc_handles *handles = &storage_of(store)->handles;
    pthread_mutex_lock(&handles->lock);
    uint32_t handle = handles->first_free;
    if (handle) handles->first_free = handles->held[handle - 1].next;
    else if (make_room(handles)) handle = ++handles->count;
    if (handle) handles->held[handle - 1] = (struct wasmc_held){reference, 0};
    pthread_mutex_unlock(&handles->lock);
    return handle;
}

wasmc_ref wasmc_handle_reference(const wasmc_store *store, uint32_t handle) {
    wasmc_handles *handles = &storage_of((wasmc_store *)store)->handles;
    pthread_mutex_lock(&handles->lock);
    wasmc_ref reference = handles->held[handle - 1].reference;
    pthread_mutex_unlock(&handles->lock);
    return reference;
}

void wasmc_handle_release(wasmc_store *store, uint32_t handle) {
    if (!handle) return;
    wasmc_handles *handles = &storage_of(store)->handles;
    pthread_mutex_lock(&handles->lock);
    handles->held[handle - 1] = (struct wasmc_held){0, handles->first_free};
    handles->first_free = handle;
    pthread_mutex_unlock(&handles->lock);
}
