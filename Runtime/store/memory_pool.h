// Memories of instances that are gone, ready for the next instance of the same module.
//
// Invariant: a memory that is taken holds exactly what a new one would.

#ifndef WASMC_MEMORY_POOL_H
#define WASMC_MEMORY_POOL_H

#include "../internal.h"

// Restores a guarded memory's initial content and keeps it. False when there is no room, or it cannot be restored.
bool wasmc_memory_pool_put(const wasmc_module *module, uint32_t index, const wasmc_memory *memory);
// The base of one that waits, in its reservation, which the caller then owns; null when none does.
uint8_t *wasmc_memory_pool_take(const wasmc_module *module, uint32_t index);

#endif
