// The pool of memories whose instances are gone.
//
// Invariant: dropping the private pages of a mapping brings back what was mapped: the image's bytes, and zeros
// elsewhere. Only guarded memories wait, whose place never changes; beyond a memory's initial bytes its reservation is
// inaccessible again.

#include "store.h"

#include <stdlib.h>
#include <sys/mman.h>

bool wasmc_memory_pool_put(const wasmc_module *module, uint32_t index, const wasmc_memory *memory) {
    wasmc_memory_source *source = module->memories;
    const wasmc_external_type *type =
        (const wasmc_external_type *)wasmc_at(module, module->artifact->memories.offset) + index;
    uint64_t initial = type->limits.minimum * WASMC_PAGE_BYTES;  // guarded memories have no others
    if (!source->capacity) return false;
    if (memory->byte_count && madvise(memory->base, memory->byte_count, MADV_DONTNEED)) return false;
    if (memory->byte_count > initial && mprotect(memory->base + initial, memory->byte_count - initial, PROT_NONE))
        return false;
    pthread_mutex_lock(&source->lock);
    bool has_room = source->count < source->capacity;
    if (has_room) source->pool[source->count++] = (struct wasmc_pooled_memory){index, memory->base};
    pthread_mutex_unlock(&source->lock);
    return has_room;
}

uint8_t *wasmc_memory_pool_take(const wasmc_module *module, uint32_t index) {
    wasmc_memory_source *source = module->memories;
    if (!source->capacity) return NULL;
    pthread_mutex_lock(&source->lock);
    uint8_t *base = NULL;
    uint32_t i = source->count;
    while (i > 0 && source->pool[i - 1].memory != index) i--;
    if (i > 0) {
        base = source->pool[i - 1].base;
        source->pool[i - 1] = source->pool[--source->count];
    }
    pthread_mutex_unlock(&source->lock);
    return base;
}

void wasmc_memory_pool_empty(const wasmc_module *module) {
    wasmc_memory_source *source = module->memories;
    for (uint32_t i = 0; i < source->count; i++) wasmc_free_reservation(source->pool[i].base);
    free(source->pool);
}

void wasmc_module_set_pool(wasmc_module *module, uint32_t memory_count) {
    wasmc_memory_source *source = module->memories;
    pthread_mutex_lock(&source->lock);
    // Only ever larger: who shares the module may count on what it asked for.
    if (memory_count > source->capacity) {
        struct wasmc_pooled_memory *pool = realloc(source->pool, memory_count * sizeof *pool);
        if (pool) {
            source->pool = pool;
            source->capacity = memory_count;
        }
    }
    pthread_mutex_unlock(&source->lock);
}
