// Linear memories.
//
// Invariant: bytes base[0 ..< byte_count] are accessible and belong to this memory alone; byte_count never shrinks. A
// guarded memory reserves every address that a 32-bit index plus a 32-bit offset can form, and what lies beyond
// byte_count faults.

#include "internal.h"

#include "memory_pool.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct owned_memory {
    wasmc_owned owned;
    wasmc_memory memory;
    const wasmc_module *module;  // of a module's own memory; null for others
    uint32_t index;
    bool is_copied;  // from images that were not mapped: it cannot wait for the next instance
} owned_memory;

// Mapping images takes several of the process's mappings, of which Linux allows 65,530, and up to 4 GiB of address space:
// when so many memories of such modules exist, the next ones copy.
enum { MOST_MAPPED = 8192 };
static _Atomic uint32_t image_count;

// 4 GiB of index, 4 GiB of offset, and one page for an access that straddles the end.
#define GUARDED_RESERVATION ((UINT64_C(8) << 30) + WASMC_PAGE_BYTES)

static void destroy_memory(wasmc_owned *owned) {
    owned_memory *self = (owned_memory *)owned;
    wasmc_memory *memory = &self->memory;
    if (self->module && self->module->artifact->memory_images.count) atomic_fetch_sub(&image_count, 1);
    if (!memory->reserved_byte_count || (self->module && !self->is_copied && wasmc_memory_pool_put(self->module, self->index, memory))) return;
    munmap(memory->base, memory->reserved_byte_count);
}

static void *reserve(uint64_t byte_count) {
    void *base = mmap(NULL, byte_count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

static owned_memory *allocate(wasmc_store *store, wasmc_memory_type type) {
    uint64_t maximum = type.pages.maximum < 65536 ? type.pages.maximum : 65536;
    if (type.is_64bit || type.pages.minimum > maximum) return NULL;
    owned_memory *owned = wasmc_store_allocate(store, sizeof *owned, destroy_memory);
    if (!owned) return NULL;
    owned->memory.store = store;
    owned->memory.maximum_byte_count = maximum * WASMC_PAGE_BYTES;
    return owned;
}

// Address space for the memory, `most` bytes if that is possible and else no more than it needs now.
static bool place(wasmc_memory *memory, uint64_t byte_count, uint64_t most) {
    if (most > byte_count && (memory->base = reserve(most))) byte_count = most;
    if (!byte_count || memory->base || (memory->base = reserve(byte_count))) memory->reserved_byte_count = byte_count;
    return memory->reserved_byte_count == byte_count;
}

static bool open_up(wasmc_memory *memory, uint64_t byte_count) {
    uint64_t pages = byte_count / WASMC_PAGE_BYTES;
    if (!wasmc_take(memory->store, WASMC_MEMORY_PAGES, pages)) return false;
    if (byte_count && mprotect(memory->base, byte_count, PROT_READ | PROT_WRITE)) {
        wasmc_give_back(memory->store, WASMC_MEMORY_PAGES, pages);
        return false;
    }
    memory->byte_count = byte_count;
    return true;
}

static bool set_up(wasmc_memory *memory, uint64_t byte_count, bool want_guarded, bool must_be_guarded, uint64_t most) {
    if (want_guarded || must_be_guarded) {
        memory->is_guarded = place(memory, 0, GUARDED_RESERVATION) && memory->base;
        if (!memory->is_guarded && must_be_guarded) return false;
    }
    return (memory->is_guarded || place(memory, byte_count, most)) && open_up(memory, byte_count);
}

wasmc_memory *wasmc_memory_create(wasmc_store *store, wasmc_memory_type type, bool want_guarded, bool must_be_guarded) {
    owned_memory *owned = allocate(store, type);
    if (!owned || !set_up(&owned->memory, type.pages.minimum * WASMC_PAGE_BYTES, want_guarded, must_be_guarded, 0)) return NULL;
    return &owned->memory;
}

// ---- Memories with an initial content ---------------------------------------------------------------------------

// Where address space is limited, none of it is held in reserve.
static bool has_address_space_to_spare(void) {
    struct rlimit limit;
    return !getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur == RLIM_INFINITY;
}

static bool read_image(int file, uint64_t offset, uint8_t *bytes, uint64_t byte_count) {
    while (byte_count > 0) {
        ssize_t count = pread(file, bytes, byte_count, (off_t)offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count, offset += (uint64_t)count, byte_count -= (uint64_t)count;
    }
    return true;
}

// Maps the images where growing the memory will never move it, since a mapping of several parts cannot be moved in one
// step; else copies them.
static bool fill(owned_memory *owned, const wasmc_module *module, uint32_t index) {
    wasmc_memory *memory = &owned->memory;
    const wasmc_memory_source *source = wasmc_module_memory_source(module);
    const wasmc_memory_image *image = wasmc_at(module, module->artifact->memory_images.offset);
    bool stays = memory->is_guarded || memory->reserved_byte_count >= memory->maximum_byte_count;
    bool may_map = stays && atomic_load(&image_count) < MOST_MAPPED;
    for (uint32_t i = 0; i < module->artifact->memory_images.count; i++) {
        uint8_t *place = memory->base + image[i].destination;
        uint64_t offset = source->file_offset + image[i].offset;
        if (image[i].memory != index) continue;
        if (image[i].offset > module->artifact->byte_count || image[i].byte_count > module->artifact->byte_count - image[i].offset) return false;
        if (image[i].destination > memory->byte_count || image[i].byte_count > memory->byte_count - image[i].destination) return false;
        owned->is_copied = !may_map;
        if (!may_map) {
            if (!read_image(source->file, offset, place, image[i].byte_count)) return false;
            continue;
        }
        void *mapped = mmap(place, image[i].byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, source->file, (off_t)offset);
        if (mapped == MAP_FAILED) return false;
    }
    return true;
}

wasmc_memory *wasmc_module_memory_create(wasmc_store *store, const wasmc_module *module, uint32_t index) {
    const wasmc_external_type *type = (const wasmc_external_type *)wasmc_at(module, module->artifact->memories.offset) + index;
    owned_memory *owned = allocate(store, (wasmc_memory_type){.pages = type->limits, .is_64bit = type->is_64bit, .is_shared = type->is_shared});
    if (!owned) return NULL;
    wasmc_memory *memory = &owned->memory;
    uint64_t byte_count = type->limits.minimum * WASMC_PAGE_BYTES;
    bool is_guarded = module->artifact->wants_guarded_memory;
    owned->index = index;
    if (wasmc_memory_pool_take(module, index, memory)) {
        if (!wasmc_take(store, WASMC_MEMORY_PAGES, type->limits.minimum)) return NULL;
        memory->byte_count = byte_count;
        memory->is_guarded = is_guarded;
    } else {
        bool is_special = module->artifact->memory_images.count || wasmc_module_memory_source(module)->capacity;
        bool reserves = is_special && atomic_load(&image_count) < MOST_MAPPED && has_address_space_to_spare();
        uint64_t most = reserves ? memory->maximum_byte_count : 0;
        if (!set_up(memory, byte_count, is_guarded, is_guarded, most) || !fill(owned, module, index)) return NULL;
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
        void *base = memory->reserved_byte_count ? mremap(memory->base, memory->reserved_byte_count, grown, MREMAP_MAYMOVE)
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
    uint64_t old = memory->byte_count;
    if (pages > (memory->maximum_byte_count - old) / WASMC_PAGE_BYTES) return UINT64_MAX;
    if (pages == 0) return old / WASMC_PAGE_BYTES;
    if (!wasmc_take(memory->store, WASMC_MEMORY_PAGES, pages)) return UINT64_MAX;
    if (extend(memory, old + pages * WASMC_PAGE_BYTES)) return old / WASMC_PAGE_BYTES;
    wasmc_give_back(memory->store, WASMC_MEMORY_PAGES, pages);
    return UINT64_MAX;
}

bool wasmc_store_reserves(const wasmc_store *store, uintptr_t address) {
    for (wasmc_owned *owned = ((const wasmc_store_storage *)store)->owned; owned; owned = owned->next) {
        if (owned->destroy != destroy_memory) continue;
        const wasmc_memory *memory = &((owned_memory *)owned)->memory;
        if (memory->is_guarded && address - (uintptr_t)memory->base < memory->reserved_byte_count) return true;
    }
    return false;
}
