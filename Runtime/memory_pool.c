// See memory_pool.h.
//
// Invariant: dropping the private pages of a mapping brings back what was mapped: the image's bytes, and zeros elsewhere.

#include "memory_pool.h"

#include <stdlib.h>
#include <sys/mman.h>

// What a memory that may wait has reserved: only those whose place never changes do.
static uint64_t reservation(const wasmc_module *module, const wasmc_memory *memory) {
    return module->artifact->wants_guarded_memory ? memory->reserved_byte_count : memory->maximum_byte_count;
}

bool wasmc_memory_pool_put(const wasmc_module *module, uint32_t index, const wasmc_memory *memory) {
    wasmc_memory_source *source = wasmc_module_memory_source(module);
    const wasmc_external_type *type = (const wasmc_external_type *)wasmc_at(module, module->artifact->memories.offset) + index;
    uint64_t initial = type->limits.minimum * WASMC_PAGE_BYTES;
    if (!source->capacity || memory->reserved_byte_count != reservation(module, memory)) return false;
    if (memory->byte_count && madvise(memory->base, memory->byte_count, MADV_DONTNEED)) return false;
    if (memory->byte_count > initial && mprotect(memory->base + initial, memory->byte_count - initial, PROT_NONE)) return false;
    pthread_mutex_lock(&source->lock);
    bool has_room = source->count < source->capacity;
    if (has_room) source->pool[source->count++] = (struct pooled_memory){index, memory->base, memory->reserved_byte_count};
    pthread_mutex_unlock(&source->lock);
    return has_room;
}

bool wasmc_memory_pool_take(const wasmc_module *module, uint32_t index, wasmc_memory *memory) {
    wasmc_memory_source *source = wasmc_module_memory_source(module);
    if (!source->capacity) return false;
    pthread_mutex_lock(&source->lock);
    uint32_t i = source->count;
    while (i > 0 && source->pool[i - 1].memory != index) i--;
    if (i > 0) {
        memory->base = source->pool[i - 1].base;
        memory->reserved_byte_count = source->pool[i - 1].reserved_byte_count;
        source->pool[i - 1] = source->pool[--source->count];
    }
    pthread_mutex_unlock(&source->lock);
    return i > 0;
}

void wasmc_memory_pool_empty(const wasmc_module *module) {
    wasmc_memory_source *source = wasmc_module_memory_source(module);
    for (uint32_t i = 0; i < source->count; i++) munmap(source->pool[i].base, source->pool[i].reserved_byte_count);
    free(source->pool);
}

void wasmc_module_set_pool(wasmc_module *module, uint32_t memory_count) {
    wasmc_memory_source *source = wasmc_module_memory_source(module);
    pthread_mutex_lock(&source->lock);
    // Only ever larger: who shares the module may count on what it asked for.
    if (memory_count > source->capacity) {
        struct pooled_memory *pool = realloc(source->pool, memory_count * sizeof *pool);
        if (pool) {
            source->pool = pool;
            source->capacity = memory_count;
        }
    }
    pthread_mutex_unlock(&source->lock);
}
