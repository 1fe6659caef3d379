// Memories that several stores use, on several threads.
//
// Invariant: a shared memory never moves: all addresses up to its maximum are reserved from the start. Its bytes are
// made accessible before any store's size says so, sizes only become larger, and a size is read and written as a whole;
// so whichever size code has read, all that it covers is accessible. The memory goes when nobody holds it any more, and
// each store that has ever seen it holds it until the store's end.

#include "store.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef struct view view;

struct wasmc_shared_memory {
    _Atomic uint32_t holders;
    pthread_mutex_t lock;  // of the size and the views
    uint8_t *base;
    uint64_t reserved_byte_count;
    uint64_t byte_count;
    uint64_t maximum_byte_count;
    uint64_t declared_maximum_pages;  // which its type has; more than anything can hold, perhaps
    bool is_guarded;
    bool is_64bit;
    bool has_byte_pages;
    view *views;
};

// The memory as one store's guests see it.
struct view {
    wasmc_owned owned;
    wasmc_memory memory;
    wasmc_reservation reservation;
    view *next;
};

// ---- The memory --------------------------------------------------------------------------------------------------

static bool place(wasmc_shared_memory *shared, bool is_needed) {
    bool may_be_guarded = !shared->is_64bit && !shared->has_byte_pages;
    is_needed = is_needed && may_be_guarded;
    shared->base = may_be_guarded ? wasmc_reserve(is_needed) : NULL;
    shared->is_guarded = shared->base != NULL;
    shared->reserved_byte_count = shared->is_guarded ? WASMC_RESERVED_BYTES : shared->maximum_byte_count;
    if (shared->is_guarded || is_needed) return shared->is_guarded;
    if (shared->reserved_byte_count) shared->base = wasmc_map_inaccessible(shared->reserved_byte_count);
    return shared->base || !shared->reserved_byte_count;
}

static void take_away(wasmc_shared_memory *shared) {
    if (shared->is_guarded) wasmc_free_reservation(shared->base);
    else if (shared->base) munmap(shared->base, shared->reserved_byte_count);
    pthread_mutex_destroy(&shared->lock);
    free(shared);
}

wasmc_shared_memory *wasmc_shared_memory_create(wasmc_memory_type type, bool must_be_guarded) {
    uint64_t most = wasmc_most_pages(type);
    uint64_t maximum = type.pages.maximum < most ? type.pages.maximum : most;
    if (!type.is_shared || type.pages.minimum > maximum) {
        errno = ENOMEM;
        return NULL;
    }
    wasmc_shared_memory *shared = calloc(1, sizeof *shared);
    if (!shared) return NULL;
    atomic_init(&shared->holders, 1);
    pthread_mutex_init(&shared->lock, NULL);
    shared->is_64bit = type.is_64bit;
    shared->has_byte_pages = type.has_byte_pages;
    shared->declared_maximum_pages = type.pages.maximum;
    shared->maximum_byte_count = maximum * wasmc_page_bytes(type.has_byte_pages);
    uint64_t byte_count = type.pages.minimum * wasmc_page_bytes(type.has_byte_pages);
    if (!place(shared, must_be_guarded) || (byte_count && mprotect(shared->base, byte_count, PROT_READ | PROT_WRITE))) {
        int error = errno;
        take_away(shared);
        errno = error;
        return NULL;
    }
    shared->byte_count = byte_count;
    return shared;
}

void wasmc_shared_memory_retain(wasmc_shared_memory *shared) { atomic_fetch_add(&shared->holders, 1); }

void wasmc_shared_memory_release(wasmc_shared_memory *shared) {
    if (atomic_fetch_sub(&shared->holders, 1) == 1) take_away(shared);
}

uint64_t wasmc_shared_memory_byte_count(const wasmc_shared_memory *shared) {
    return __atomic_load_n(&shared->byte_count, __ATOMIC_SEQ_CST);
}

uint8_t *wasmc_shared_memory_base(const wasmc_shared_memory *shared) { return shared->base; }

wasmc_memory_type wasmc_shared_memory_type(const wasmc_shared_memory *shared) {
    uint64_t pages = wasmc_shared_memory_byte_count(shared) / wasmc_page_bytes(shared->has_byte_pages);
    return (wasmc_memory_type){
        .pages = {pages, shared->declared_maximum_pages},
        .is_64bit = shared->is_64bit,
        .is_shared = true,
        .has_byte_pages = shared->has_byte_pages,
    };
}

uint64_t wasmc_shared_memory_grow(wasmc_shared_memory *shared, uint64_t pages) {
    pthread_mutex_lock(&shared->lock);
    uint64_t old = shared->byte_count, result = UINT64_MAX;
    uint64_t page = wasmc_page_bytes(shared->has_byte_pages);
    if (pages <= (shared->maximum_byte_count - old) / page) {
        uint64_t added = pages * page;
        // Where pages have one byte, the old end may lie within one of the machine's.
        uint64_t accessible = old - old % WASMC_PAGE_BYTES;
        if (!added || !mprotect(shared->base + accessible, old + added - accessible, PROT_READ | PROT_WRITE)) {
            result = old / page;
            __atomic_store_n(&shared->byte_count, old + added, __ATOMIC_SEQ_CST);
            for (view *view = shared->views; view; view = view->next)
                __atomic_store_n(&view->memory.byte_count, old + added, __ATOMIC_SEQ_CST);
        }
    }
    pthread_mutex_unlock(&shared->lock);
    return result;
}

// ---- Views -------------------------------------------------------------------------------------------------------

static void destroy_view(wasmc_owned *owned) {
    view *self = (view *)owned;
    wasmc_shared_memory *shared = self->memory.shared;
    pthread_mutex_lock(&shared->lock);
    view **link = &shared->views;
    while (*link != self) link = &(*link)->next;
    *link = self->next;
    pthread_mutex_unlock(&shared->lock);
    wasmc_shared_memory_release(shared);
}

static wasmc_memory *find_view(wasmc_shared_memory *shared, const wasmc_store *store) {
    pthread_mutex_lock(&shared->lock);
    view *found = shared->views;
    while (found && found->memory.store != store) found = found->next;
    pthread_mutex_unlock(&shared->lock);
    return found ? &found->memory : NULL;
}

wasmc_memory *wasmc_shared_memory_view(wasmc_store *store, wasmc_shared_memory *shared) {
    wasmc_memory *known = find_view(shared, store);
    if (known) return known;
    view *made = wasmc_store_allocate(store, sizeof *made, destroy_view);
    if (!made) return NULL;
    made->memory = (wasmc_memory){
        .base = shared->base,
        .maximum_byte_count = shared->maximum_byte_count,
        .reserved_byte_count = shared->reserved_byte_count,
        .is_guarded = shared->is_guarded,
        .is_64bit = shared->is_64bit,
        .has_byte_pages = shared->has_byte_pages,
        .declared_maximum_pages = shared->declared_maximum_pages,
        .store = store,
        .shared = shared,
    };
    wasmc_shared_memory_retain(shared);
    pthread_mutex_lock(&shared->lock);
    made->memory.byte_count = shared->byte_count;
    made->next = shared->views;
    shared->views = made;
    pthread_mutex_unlock(&shared->lock);
    if (shared->is_guarded) {
        wasmc_store_storage *storage = (wasmc_store_storage *)store;
        made->reservation = (wasmc_reservation){storage->reservations, &made->memory};
        storage->reservations = &made->reservation;
    }
    return &made->memory;
}

// ---- The host's accesses -----------------------------------------------------------------------------------------

// Words where both sides are aligned alike, else bytes; each is read and written once and as a whole, whatever guests
// do meanwhile.
#define COPY_ATOMICALLY(to, from, byte_count, load, store) \
    do { \
        bool is_alike = ((uintptr_t)(to) - (uintptr_t)(from)) % sizeof(uint64_t) == 0; \
        while ((byte_count) > 0) { \
            if (is_alike && (uintptr_t)(to) % sizeof(uint64_t) == 0 && (byte_count) >= sizeof(uint64_t)) { \
                store((uint64_t *)(to), load((const uint64_t *)(from))); \
                (to) += sizeof(uint64_t), (from) += sizeof(uint64_t), (byte_count) -= sizeof(uint64_t); \
            } else { \
                store((to), load((from))); \
                (to)++, (from)++, (byte_count)--; \
            } \
        } \
    } while (0)
#define LOAD(place) __atomic_load_n((place), __ATOMIC_RELAXED)
#define STORE(place, value) __atomic_store_n((place), (value), __ATOMIC_RELAXED)

bool wasmc_shared_memory_read(wasmc_shared_memory *shared, uint64_t address, void *bytes, uint64_t byte_count) {
    uint64_t size = wasmc_shared_memory_byte_count(shared);
    if (address > size || byte_count > size - address) return false;
    const uint8_t *from = shared->base + address;
    uint8_t *to = bytes;
    COPY_ATOMICALLY(to, from, byte_count, LOAD, STORE);
    return true;
}

bool wasmc_shared_memory_write(wasmc_shared_memory *shared, uint64_t address, const void *bytes, uint64_t byte_count) {
    uint64_t size = wasmc_shared_memory_byte_count(shared);
    if (address > size || byte_count > size - address) return false;
    const uint8_t *from = bytes;
    uint8_t *to = shared->base + address;
    COPY_ATOMICALLY(to, from, byte_count, LOAD, STORE);
    return true;
}
