// Tags, and the exceptions that guests hold references to.
//
// Invariant: a reference's exception lives as long as anybody can use the reference. A module whose functions, tags,
// tables and globals have no exnref in their types keeps references in the variables of the functions that caught the
// exceptions. Such an exception belongs to a frame, named by where its stack ends, and within it to a function, as
// several functions share a frame when one was inlined in the other. Nobody else holds the reference, so it dies with
// the frame, or when the function asks for another one and holds this one no more. An exception that other modules have
// seen lives as long as the store.

#include "store.h"

#include <stdlib.h>
#include <string.h>

typedef struct owned_tag {
    wasmc_owned owned;
    wasmc_tag tag;
} owned_tag;

static void release_type(wasmc_owned *owned) { wasmc_type_release(((owned_tag *)owned)->tag.type_id); }

wasmc_tag *wasmc_tag_create(wasmc_store *store, const uint32_t *types, uint32_t count) {
    uint32_t number = wasmc_type_acquire(types, count, NULL, 0);
    wasmc_tag *tag = number ? wasmc_tag_create_of(store, number, count) : NULL;
    if (number) wasmc_type_release(number);
    return tag;
}

wasmc_tag *wasmc_tag_create_of(wasmc_store *store, uint32_t number, uint32_t count) {
    if (!wasmc_store_reserve_exception_values(store, count)) return NULL;
    wasmc_type_retain(number);
    owned_tag *owned = wasmc_store_allocate(store, sizeof *owned, release_type);
    if (!owned) {
        wasmc_type_release(number);
        return NULL;
    }
    owned->tag = (wasmc_tag){store, number, count};
    return &owned->tag;
}

static size_t byte_count(const wasmc_tag *tag) {
    return sizeof(wasmc_exception) + tag->value_count * sizeof(wasmc_value);
}

static void free_exception(wasmc_store *store, wasmc_exception *exception) {
    ((wasmc_store_storage *)store)->exception_byte_count -= byte_count(exception->tag);
    free(exception);
}

// A copy of the exception in the store.
static wasmc_exception *copy(wasmc_store *store) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    size_t size = byte_count(store->exception_tag);
    if (size > WASMC_MOST_EXCEPTION_BYTES - storage->exception_byte_count) return NULL;
    wasmc_exception *exception = malloc(size);
    if (!exception) return NULL;
    storage->exception_byte_count += size;
    *exception = (wasmc_exception){.tag = store->exception_tag};
    if (size > sizeof *exception) memcpy(exception->values, store->exception_values, size - sizeof *exception);
    return exception;
}

bool wasmc_set_exception(wasmc_store *store, const wasmc_tag *tag, const wasmc_value *values) {
    if (tag->store != store) return false;
    store->exception_tag = tag;
    store->exception = 0;
    if (tag->value_count) memcpy(store->exception_values, values, tag->value_count * sizeof *values);
    return true;
}

uint64_t wasmc_exception_byte_count(const wasmc_store *store) {
    return ((const wasmc_store_storage *)store)->exception_byte_count;
}

static bool holds(const wasmc_exception_holder *holder, const wasmc_exception *exception) {
    if (holder->count == WASMC_HOLDS_ALL) return true;
    for (uint32_t i = 0; i < holder->count; i++)
        if (holder->references[i] == (wasmc_ref)exception) return true;
    return false;
}

// Frees what nobody holds any more. The list begins with the innermost frames: what lies deeper than the frame that
// asks is gone, but for the exception that was thrown out of there.
static void sweep(wasmc_store *store, wasmc_exception **list, const wasmc_exception_holder *holder) {
    while (*list && (*list)->frame <= holder->frame) {
        wasmc_exception *next = *list;
        bool is_held = next->frame == holder->frame && (next->function != holder->references || holds(holder, next));
        if (is_held || (wasmc_ref)next == store->exception) {
            list = &next->next;
        } else {
            *list = next->next;
            free_exception(store, next);
        }
    }
}

static void remove_from(wasmc_exception **list, const wasmc_exception *exception) {
    while (*list && *list != exception) list = &(*list)->next;
    if (*list) *list = exception->next;
}

void wasmc_exceptions_end(wasmc_store *store, wasmc_exception **list) {
    store->exception = 0;
    while (*list) {
        wasmc_exception *next = *list;
        *list = next->next;
        free_exception(store, next);
    }
}

void wasmc_exceptions_leave(wasmc_store *store, wasmc_exception **list, uintptr_t frame) {
    store->exception = 0;
    sweep(store, list, &(wasmc_exception_holder){.frame = frame});
}

// ---- Those that are kept, by their addresses ------------------------------------------------------------------------

// Where an exception is, or would be: places are taken one behind the other from the address's own on, and at most half
// of them.
static wasmc_exception **place_of(const wasmc_store_storage *storage, const wasmc_exception *exception) {
    size_t most = storage->kept_capacity - 1, place = ((uintptr_t)exception >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    while (storage->kept_places[place &= most] && storage->kept_places[place] != exception) place++;
    return &storage->kept_places[place];
}

// False when no memory is left.
static bool make_room(wasmc_store_storage *storage) {
    if (storage->kept_count < storage->kept_capacity / 2) return true;
    size_t capacity = storage->kept_capacity ? storage->kept_capacity * 2 : 16;
    wasmc_exception **larger = calloc(capacity, sizeof *larger);
    if (!larger) return false;
    free(storage->kept_places);
    storage->kept_places = larger;
    storage->kept_capacity = capacity;
    for (wasmc_exception *kept = storage->kept_exceptions; kept; kept = kept->next) *place_of(storage, kept) = kept;
    return true;
}

static void keep(wasmc_store_storage *storage, wasmc_exception *exception) {
    exception->next = storage->kept_exceptions;
    storage->kept_exceptions = exception;
    *place_of(storage, exception) = exception;
    storage->kept_count++;
}

wasmc_exception *
wasmc_exceptions_refer(wasmc_store *store, wasmc_exception **list, const wasmc_exception_holder *holder, bool keeps) {
    wasmc_exception *exception = (wasmc_exception *)store->exception;
    // One that lives as long as the store, or is held further out.
    if (exception && (!exception->frame || (exception->frame > holder->frame && !keeps))) return exception;
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (keeps && !make_room(storage)) return NULL;
    sweep(store, list, holder);
    if (exception) remove_from(list, exception);
    else exception = copy(store);
    if (!exception) return NULL;
    // Thrown again by its reference, it is this frame's from now on: the one that it was thrown out of is gone.
    exception->frame = keeps ? 0 : holder->frame;
    exception->function = holder->references;
    if (keeps) {
        keep(storage, exception);
    } else {
        exception->next = *list;
        *list = exception;
    }
    store->exception = (wasmc_ref)exception;
    return exception;
}

bool wasmc_store_keeps_exception(const wasmc_store *store, wasmc_ref exception) {
    const wasmc_store_storage *storage = (const wasmc_store_storage *)store;
    return storage->kept_count && *place_of(storage, (const wasmc_exception *)exception);
}

void wasmc_exceptions_visit(const wasmc_exception *list, wasmc_heap *heap) {
    for (; list; list = list->next)
        for (uint32_t i = 0; i < list->tag->value_count; i++) wasmc_heap_root(heap, list->values[i].ref);
}
