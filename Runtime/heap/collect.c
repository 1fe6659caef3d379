// Collections: everything that roots do not reach is free afterwards, of young objects or of all.
//
// Invariant: no object is made while a collection runs. What it frees, neither a root nor an object that stays refers
// to; only then is it taken for something else.

#include "state.h"

#include <string.h>

// Below this, old objects are not worth a full collection.
#define LEAST_FULL_BYTES (UINT64_C(16) << 20)

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// All that was old may be free.
static void forget_old_objects(wasmc_heap *heap) {
    size_t line_count = heap->block_count * (size_t)BLOCK_LINES;
    memset(heap->marks, 0, line_count);
    memset(heap->lines, LINE_FREE, line_count);
    wasmc_heap_clear_large_marks(heap);
    heap->remembered_count = 0;
    heap->live_byte_count = 0;
}

static void mark(wasmc_heap *heap) {
    heap->owner.visit_roots(heap->owner.context, heap);
    wasmc_heap_forget_young_starts(heap);
    if (heap->is_full) forget_old_objects(heap);
    else wasmc_heap_mark_remembered(heap);
    wasmc_heap_mark_found(heap);
}

// As many free blocks stay as will be filled before the next collection, and a quarter of the others' number.
static uint32_t blocks_to_keep(const wasmc_heap *heap) {
    return (uint32_t)(heap->nursery_byte_count / BLOCK_BYTES) + wasmc_heap_full_block_count(heap) / 4;
}

static void sweep(wasmc_heap *heap, bool keeps_blocks) {
    if (!heap->is_full) wasmc_heap_free_young_lines(heap);
    wasmc_heap_sweep_pages(heap);
    wasmc_heap_begin_holes(heap);
    if (heap->is_full) {
        wasmc_heap_release_blocks(heap, keeps_blocks ? blocks_to_keep(heap) : 0);
        wasmc_heap_release_pages(heap);
    }
    if (heap->stress) wasmc_heap_poison_lines(heap);
}

static void note(wasmc_heap *heap, uint64_t start) {
    wasmc_heap_statistics *statistics = &heap->statistics;
    uint64_t pause = now() - start;
    statistics->collection_count++;
    statistics->full_collection_count += heap->is_full;
    statistics->pause_total += pause;
    if (pause > statistics->longest_pause) statistics->longest_pause = pause;
    statistics->allocated_byte_count += heap->young_byte_count;
}

static void collect(wasmc_heap *heap, bool is_full, bool keeps_blocks) {
    if (heap->is_busy) return;
    heap->is_busy = true;
    heap->is_full = is_full;
    uint64_t start = now();
    mark(heap);
    sweep(heap, keeps_blocks);
    note(heap, start);
    heap->young_byte_count = 0;
    if (is_full) heap->live_byte_count_when_full = heap->live_byte_count;
    if (is_full) heap->has_forgotten = false;
    heap->is_busy = false;
}

void wasmc_heap_collect(wasmc_heap *heap) { collect(heap, true, false); }

void wasmc_heap_collect_young(wasmc_heap *heap) {
    uint64_t live = heap->live_byte_count;
    bool has_grown = live > LEAST_FULL_BYTES && live > 2 * heap->live_byte_count_when_full;
    bool is_next = heap->stress && heap->statistics.collection_count % 4 == 3;
    collect(heap, has_grown || heap->has_forgotten || is_next, true);
}
