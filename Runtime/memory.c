// Linear memories.
//
// Invariant: bytes base[0 ..< byte_count] are accessible and belong to this memory alone; byte_count never shrinks. A
// guarded memory reserves every address that a 32-bit index plus a 32-bit offset can form, and what lies beyond
// byte_count faults.

#include "internal.h"

#include <string.h>
#include <sys/mman.h>

typedef struct owned_memory {
    wasmc_owned owned;
    wasmc_memory memory;
} owned_memory;

// 4 GiB of index, 4 GiB of offset, and one page for an access that straddles the end.
#define GUARDED_RESERVATION ((UINT64_C(8) << 30) + WASMC_PAGE_BYTES)

static void destroy_memory(wasmc_owned *owned) {
    wasmc_memory *memory = &((owned_memory *)owned)->memory;
    if (memory->reserved_byte_count) munmap(memory->base, memory->reserved_byte_count);
}

static void *reserve(uint64_t byte_count) {
    void *base = mmap(NULL, byte_count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? NULL : base;
}

wasmc_memory *wasmc_memory_create(wasmc_store *store, wasmc_memory_type type, bool want_guarded, bool must_be_guarded) {
    uint64_t maximum = type.pages.maximum < 65536 ? type.pages.maximum : 65536;
    if (type.is_64bit || type.pages.minimum > maximum) return NULL;
    owned_memory *owned = wasmc_store_allocate(store, sizeof *owned, destroy_memory);
    if (!owned) return NULL;
    wasmc_memory *memory = &owned->memory;
    memory->store = store;
    memory->maximum_byte_count = maximum * WASMC_PAGE_BYTES;
    uint64_t byte_count = type.pages.minimum * WASMC_PAGE_BYTES;
    if (want_guarded || must_be_guarded) {
        if ((memory->base = reserve(GUARDED_RESERVATION))) {
            memory->reserved_byte_count = GUARDED_RESERVATION;
            memory->is_guarded = true;
        } else if (must_be_guarded) {
            return NULL;
        }
    }
    if (!memory->is_guarded && byte_count) {
        if (!(memory->base = reserve(byte_count))) return NULL;
        memory->reserved_byte_count = byte_count;
    }
    if (!wasmc_take(store, WASMC_MEMORY_PAGES, type.pages.minimum)) return NULL;
    if (byte_count && mprotect(memory->base, byte_count, PROT_READ | PROT_WRITE)) {
        wasmc_give_back(store, WASMC_MEMORY_PAGES, type.pages.minimum);
        return NULL;
    }
    memory->byte_count = byte_count;
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
