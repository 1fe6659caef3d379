// Collections: everything that roots do not reach is free afterwards, of young objects or of all.
//
// Invariant: no object is made while a collection runs. What it frees, neither a root nor an object that stays refers
// to; only then is it taken for something else. One that is given up frees nothing and leaves the tables as they were,
// but for the marks of young large objects; the next one looks at all objects. It may have called young objects old in
// their headers, which costs a note that nobody reads when they change.

#include "state.h"

#include <string.h>

// Below this, old objects are not worth a full collection.
#define LEAST_FULL_BYTES (UINT64_C(16) << 20)

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void exchange_tables(wasmc_heap *heap) {
    uint64_t *marks = heap->marks;
    uint8_t *lines = heap->lines;
    heap->marks = heap->other_marks, heap->other_marks = marks;
    heap->lines = heap->other_lines, heap->other_lines = lines;
}

static void clear_other_tables(wasmc_heap *heap) {
    size_t line_count = heap->block_count * (size_t)BLOCK_LINES;
    memset(heap->other_marks, 0, line_count);
    memset(heap->other_lines, LINE_FREE, line_count);
    wasmc_heap_clear_large_marks(heap, heap->other_marks);
}

// Young objects have no marks, and lines of their own, as before it.
static void take_back_young_marks(wasmc_heap *heap) {
    heap->has_young_starts = true;
    wasmc_heap_forget_young_starts(heap);
    for (uint32_t i = 0; i < heap->young_count; i++)
        memset(heap->lines + heap->young[i].first, LINE_YOUNG, heap->young[i].count);
}

// False when it is given up.
static bool mark(wasmc_heap *heap) {
    heap->live_byte_count_before = heap->live_byte_count;
    heap->owner.visit_roots(heap->owner.context, heap);
    wasmc_heap_forget_young_starts(heap);
    if (heap->is_full) {
        // All that was old may be free.
        exchange_tables(heap);
        heap->remembered_count = 0;
        heap->live_byte_count = 0;
    } else {
        wasmc_heap_mark_remembered(heap);
    }
    wasmc_heap_mark_found(heap);
    if (heap->gives_up && heap->is_full) exchange_tables(heap);
    if (heap->gives_up && !heap->is_full) take_back_young_marks(heap);
    if (heap->is_full) clear_other_tables(heap);
    if (heap->gives_up) heap->live_byte_count = heap->live_byte_count_before;
    return !heap->gives_up;
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

static void note_pause(wasmc_heap *heap, uint64_t start) {
    wasmc_heap_statistics *statistics = &heap->statistics;
    uint64_t pause = now() - start;
    statistics->pause_total += pause;
    if (pause > statistics->longest_pause) statistics->longest_pause = pause;
}

// What was young is old or free.
static void end(wasmc_heap *heap) {
    wasmc_heap_statistics *statistics = &heap->statistics;
    statistics->collection_count++;
    statistics->full_collection_count += heap->is_full;
    statistics->allocated_byte_count += heap->young_byte_count;
    heap->young_byte_count = 0;
    if (!heap->is_full) return;
    heap->live_byte_count_when_full = heap->live_byte_count;
    heap->has_forgotten = false;
}

static bool collect(wasmc_heap *heap, bool is_full, bool keeps_blocks, bool may_give_up) {
    if (heap->is_busy) return true;
    heap->is_busy = true;
    heap->is_full = is_full;
    heap->may_give_up = may_give_up && heap->owner.must_stop;
    heap->gives_up = false;
    uint64_t start = now();
    bool has_marked = mark(heap);
    if (has_marked) {
        sweep(heap, keeps_blocks);
        end(heap);
    } else {
        heap->has_forgotten = true;
    }
    note_pause(heap, start);
    heap->is_busy = false;
    return has_marked;
}

void wasmc_heap_collect(wasmc_heap *heap) { collect(heap, true, false, false); }

bool wasmc_heap_collect_all(wasmc_heap *heap) { return collect(heap, true, false, true); }

bool wasmc_heap_collect_young(wasmc_heap *heap) {
    uint64_t live = heap->live_byte_count;
    bool has_grown = live > LEAST_FULL_BYTES && live > 2 * heap->live_byte_count_when_full;
    bool is_next = heap->stress && heap->statistics.collection_count % 4 == 3;
    return collect(heap, has_grown || heap->has_forgotten || is_next, true, true);
}
