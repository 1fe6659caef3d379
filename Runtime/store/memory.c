// Linear memories.
//
// Invariant: bytes base[0 ..< byte_count] are accessible and belong to this memory alone; byte_count never shrinks. A
// memory with 64-bit addresses is never guarded: code compares every address with its size. A guarded memory never
// moves, and lies in a reservation that is its own: WASMC_GUARD_BEFORE_BYTES in front of `base`
// and WASMC_RESERVED_BYTES from there on, every address that a 32-bit index plus a 32-bit offset can form; what lies
// outside of its bytes faults.

#include "store.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct owned_memory {
    wasmc_owned owned;
    wasmc_memory memory;
    wasmc_reservation reservation;
    const wasmc_module *module;  // of a module's own memory; null for others
    uint32_t index;
    bool is_copied;  // from images that were not mapped: it cannot wait for the next instance
} owned_memory;

// Mapping images takes several of the process's mappings, of which Linux allows 65,530: when so many memories of such
// modules exist, the next ones copy.
enum { MOST_MAPPED = 8192 };
static _Atomic uint32_t image_count;

// ---- Memories ----------------------------------------------------------------------------------------------------

static void destroy_memory(wasmc_owned *owned) {
    owned_memory *self = (owned_memory *)owned;
    wasmc_memory *memory = &self->memory;
    if (self->module && self->module->artifact->memory_images.count) atomic_fetch_sub(&image_count, 1);
    if (!memory->is_guarded) {
        if (memory->reserved_byte_count) munmap(memory->base, memory->reserved_byte_count);
    } else if (!self->module || self->is_copied || !wasmc_memory_pool_put(self->module, self->index, memory)) {
        wasmc_free_reservation(memory->base);
    }
}

// The store's view of a new shared memory.
static wasmc_memory *create_shared(wasmc_store *store, wasmc_memory_type type, bool must_be_guarded) {
    if (type.pages.minimum > wasmc_most_pages(type)) return NULL;
    uint64_t pages = wasmc_counted_pages(type.pages.minimum * wasmc_page_bytes(type.has_byte_pages));
    if (!wasmc_take(store, WASMC_MEMORY_PAGES, pages)) return NULL;
    wasmc_shared_memory *shared = wasmc_shared_memory_create(type, must_be_guarded);
    wasmc_memory *memory = shared ? wasmc_shared_memory_view(store, shared) : NULL;
    if (!memory) wasmc_give_back(store, WASMC_MEMORY_PAGES, pages);
    if (shared) wasmc_shared_memory_release(shared);
    return memory;
}

static owned_memory *allocate(wasmc_store *store, wasmc_memory_type type) {
    uint64_t most = wasmc_most_pages(type);
    uint64_t maximum = type.pages.maximum < most ? type.pages.maximum : most;
    if (type.pages.minimum > maximum) return NULL;
    owned_memory *owned = wasmc_store_allocate(store, sizeof *owned, destroy_memory);
    if (!owned) return NULL;
    owned->memory.store = store;
    owned->memory.maximum_byte_count = maximum * wasmc_page_bytes(type.has_byte_pages);
    owned->memory.declared_maximum_pages = type.pages.maximum;
    owned->memory.is_64bit = type.is_64bit;
    owned->memory.has_byte_pages = type.has_byte_pages;
    return owned;
}

// Puts the memory into the reservation at `base`, which it owns from now on.
static void guard(owned_memory *owned, uint8_t *base) {
    wasmc_store_storage *storage = (wasmc_store_storage *)owned->memory.store;
    owned->memory.base = base;
    owned->memory.reserved_byte_count = WASMC_RESERVED_BYTES;
    owned->memory.is_guarded = true;
    owned->reservation = (wasmc_reservation){storage->reservations, &owned->memory};
    storage->reservations = &owned->reservation;
}

typedef enum guarding { NOT_GUARDED, GUARDED_IF_ADDRESSES_ABOUND, GUARDED_IF_POSSIBLE, GUARDED } guarding;

// Address space for the memory: a reservation, or, if it can do without, what its bytes take now.
static bool place(owned_memory *owned, uint64_t byte_count, guarding guarding) {
    wasmc_memory *memory = &owned->memory;
    if (memory->is_64bit || memory->has_byte_pages) guarding = NOT_GUARDED;
    uint8_t *base = guarding == NOT_GUARDED ? NULL : wasmc_reserve(guarding != GUARDED_IF_ADDRESSES_ABOUND);
    if (base) guard(owned, base);
    if (base || guarding == GUARDED) return base != NULL;
    if (byte_count && !(memory->base = wasmc_map_inaccessible(byte_count))) return false;
    memory->reserved_byte_count = byte_count;
    return true;
}

static bool open_up(wasmc_memory *memory, uint64_t byte_count) {
    uint64_t pages = wasmc_counted_pages(byte_count);
    if (!wasmc_take(memory->store, WASMC_MEMORY_PAGES, pages)) return false;
    if (byte_count && mprotect(memory->base, byte_count, PROT_READ | PROT_WRITE)) {
        wasmc_give_back(memory->store, WASMC_MEMORY_PAGES, pages);
        return false;
    }
    memory->byte_count = byte_count;
    return true;
}

wasmc_memory *wasmc_memory_create(wasmc_store *store, wasmc_memory_type type, bool want_guarded, bool must_be_guarded) {
    if (type.is_shared) return create_shared(store, type, must_be_guarded);
    owned_memory *owned = allocate(store, type);
    uint64_t byte_count = type.pages.minimum * wasmc_page_bytes(type.has_byte_pages);
    guarding guarding = must_be_guarded ? GUARDED : want_guarded ? GUARDED_IF_POSSIBLE : NOT_GUARDED;
    if (!owned || !place(owned, byte_count, guarding) || !open_up(&owned->memory, byte_count)) return NULL;
    return &owned->memory;
}

// ---- Memories with an initial content ---------------------------------------------------------------------------

static bool read_image(int file, uint64_t offset, uint8_t *bytes, uint64_t byte_count) {
    while (byte_count > 0) {
        ssize_t count = pread(file, bytes, byte_count, (off_t)offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count, offset += (uint64_t)count, byte_count -= (uint64_t)count;
    }
    return true;
}

// Maps the images where that is allowed, else copies them. Growing the memory must never move what is mapped, since a
// mapping of several parts cannot be moved in one step.
static bool fill(wasmc_memory *memory, const wasmc_module *module, uint32_t index, bool may_map) {
    const wasmc_memory_source *source = module->memories;
    const wasmc_memory_image *image = wasmc_at(module, module->artifact->memory_images.offset);
    for (uint32_t i = 0; i < module->artifact->memory_images.count; i++) {
        uint8_t *place = memory->base + image[i].destination;
        uint64_t offset = source->file_offset + image[i].offset;
        if (image[i].memory != index) continue;
        if (image[i].offset > module->artifact->byte_count
            || image[i].byte_count > module->artifact->byte_count - image[i].offset)
            return false;
        if (image[i].destination > memory->byte_count
            || image[i].byte_count > memory->byte_count - image[i].destination)
            return false;
        if (!may_map) {
            if (!read_image(source->file, offset, place, image[i].byte_count)) return false;
            continue;
        }
        void *mapped = mmap(
            place, image[i].byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, source->file, (off_t)offset);
        if (mapped == MAP_FAILED) return false;
    }
    return true;
}

// A memory that waits, else a new one: guarded if the code needs it, and where addresses are not scarce.
static bool find_or_place(owned_memory *owned, const wasmc_module *module, uint64_t byte_count, bool *is_new) {
    uint8_t *pooled = wasmc_memory_pool_take(module, owned->index);
    *is_new = !pooled;
    if (pooled) {
        guard(owned, pooled);
        return true;
    }
    uint64_t limit;
    if (module->artifact->wants_guarded_memory) return place(owned, byte_count, GUARDED);
    return place(owned, byte_count, wasmc_is_address_space_limited(&limit) ? NOT_GUARDED : GUARDED_IF_ADDRESSES_ABOUND);
}

static void
describe_missing_reservation(const wasmc_module *module, uint32_t index, char *message, size_t message_size) {
    if (module->artifact->wants_guarded_memory)
        wasmc_describe_missing_reservation(
            module->artifact->imported_memory_count + index, errno, message, message_size);
}

wasmc_memory *wasmc_module_memory_create(
    wasmc_store *store, const wasmc_module *module, uint32_t index, char *message, size_t message_size) {
    const wasmc_external_type *described =
        (const wasmc_external_type *)wasmc_at(module, module->artifact->memories.offset) + index;
    wasmc_memory_type type = {
        .pages = described->limits,
        .is_64bit = described->is_64bit,
        .is_shared = described->is_shared,
        .has_byte_pages = described->has_byte_pages,
    };
    if (type.is_shared) {
        wasmc_memory *shared = create_shared(store, type, module->artifact->wants_guarded_memory);
        if (!shared) describe_missing_reservation(module, index, message, message_size);
        return shared && fill(shared, module, index, false) ? shared : NULL;
    }
    owned_memory *owned = allocate(store, type);
    if (!owned) return NULL;
    wasmc_memory *memory = &owned->memory;
    uint64_t byte_count = type.pages.minimum * wasmc_page_bytes(type.has_byte_pages);
    bool is_new;
    owned->index = index;
    if (!find_or_place(owned, module, byte_count, &is_new)) {
        describe_missing_reservation(module, index, message, message_size);
        return NULL;
    }
    if (is_new) {
        bool may_map = memory->is_guarded && atomic_load(&image_count) < MOST_MAPPED;
        owned->is_copied = !may_map;
        if (!open_up(memory, byte_count) || !fill(memory, module, index, may_map)) return NULL;
    } else {
        if (!wasmc_take(store, WASMC_MEMORY_PAGES, type.pages.minimum)) return NULL;
        memory->byte_count = byte_count;
    }
    owned->module = module;
    if (module->artifact->memory_images.count) atomic_fetch_add(&image_count, 1);
    return memory;
}

// Makes the bytes up to `grown` accessible.
static bool extend(wasmc_memory *memory, uint64_t grown) {
    uint64_t old = memory->byte_count;
    if (grown > memory->reserved_byte_count) {
        // The kernel moves page tables, not bytes.
        void *base = memory->reserved_byte_count
            ? mremap(memory->base, memory->reserved_byte_count, grown, MREMAP_MAYMOVE)
            : mmap(NULL, grown, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED) return false;
        memory->base = base;
        memory->reserved_byte_count = grown;
    } else if (mprotect(memory->base + old, grown - old, PROT_READ | PROT_WRITE)) {
        return false;
    }
    memory->byte_count = grown;
    return true;
}

uint64_t wasmc_memory_grow(wasmc_memory *memory, uint64_t pages) {
    if (wasmc_is_in_use(memory->store) || memory->borrow_count) return UINT64_MAX;
    uint64_t old = wasmc_memory_byte_count(memory);
    uint64_t page = wasmc_page_bytes(memory->has_byte_pages);
    if (pages > (memory->maximum_byte_count - old) / page) return UINT64_MAX;
    if (pages == 0) return old / page;
    uint64_t grown = old + pages * page, counted = wasmc_counted_pages(grown) - wasmc_counted_pages(old);
    // Growth of a shared memory counts for the store whose guest asks.
    if (!wasmc_take(memory->store, WASMC_MEMORY_PAGES, counted)) return UINT64_MAX;
    if (memory->shared) {
        uint64_t result = wasmc_shared_memory_grow(memory->shared, pages);
        if (result == UINT64_MAX) wasmc_give_back(memory->store, WASMC_MEMORY_PAGES, counted);
        return result;
    }
    if (extend(memory, grown)) return old / page;
    wasmc_give_back(memory->store, WASMC_MEMORY_PAGES, counted);
    return UINT64_MAX;
}
