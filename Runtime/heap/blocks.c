// Blocks of lines, and the holes in them that small objects are made in.
//
// Invariant: a hole is a run of lines that were free, all of it zero when it is taken, and it ends where its block
// does. What is given back is not accessed again before it has been taken again, and reads as zero then.

#include "state.h"

#include <string.h>
#include <sys/mman.h>

// So many blocks become accessible together.
enum { COMMITTED_BLOCKS = 128 };

static uint8_t *line_bytes(const wasmc_heap *heap, uint32_t line) {
    return heap->base + WASMC_HEAP_START + (size_t)line * LINE_BYTES;
}

static bool make_accessible(wasmc_heap *heap, uint32_t block) {
    if (block < heap->block_limit) return true;
    uint64_t start = heap->block_limit * (uint64_t)BLOCK_BYTES, end = heap->page_limit * (uint64_t)PAGE_BYTES;
    uint64_t byte_count = COMMITTED_BLOCKS * (uint64_t)BLOCK_BYTES;
    if (byte_count > end - start) byte_count = (end - start) / BLOCK_BYTES * BLOCK_BYTES;
    if (!byte_count || mprotect(heap->base + WASMC_HEAP_START + start, byte_count, PROT_READ | PROT_WRITE))
        return false;
    heap->block_limit += (uint32_t)(byte_count / BLOCK_BYTES);
    return true;
}

// A block that is not used, all of it free and zero.
static bool take_block(wasmc_heap *heap, line_range *range) {
    uint32_t block = heap->unused_block;
    if (!make_accessible(heap, block)) return false;
    heap->is_busy = true;
    bool may_take = heap->owner.take(heap->owner.context, BLOCK_BYTES);
    heap->is_busy = false;
    if (!may_take) return false;
    heap->is_used[block] = 1;
    heap->used_block_count++;
    if (block == heap->block_count) heap->block_count++;
    while (heap->unused_block < heap->block_count && heap->is_used[heap->unused_block]) heap->unused_block++;
    *range = (line_range){block * BLOCK_LINES, BLOCK_LINES};
    return true;
}

// The lines from here to the block's end, or the next one that is not free.
static uint32_t count_free(const uint8_t *lines, uint32_t line) {
    uint32_t end = line;
    for (uint64_t eight; end + 8 <= BLOCK_LINES; end += 8) {
        memcpy(&eight, lines + end, 8);
        if (eight) break;
    }
    while (end < BLOCK_LINES && lines[end] == LINE_FREE) end++;
    return end - line;
}

// The next free lines in blocks that are used, at least so many together.
static bool find_lines(wasmc_heap *heap, place *at, uint32_t least, line_range *range) {
    for (; at->block < heap->block_count; at->block++, at->line = 0) {
        if (!heap->is_used[at->block]) continue;
        const uint8_t *lines = heap->lines + (size_t)at->block * BLOCK_LINES;
        while (at->line < BLOCK_LINES) {
            const uint8_t *first = memchr(lines + at->line, LINE_FREE, BLOCK_LINES - at->line);
            if (!first) break;
            uint32_t start = (uint32_t)(first - lines), count = count_free(lines, start);
            at->line = start + count;
            if (count < least) continue;
            *range = (line_range){at->block * BLOCK_LINES + start, count};
            return true;
        }
    }
    return false;
}

static bool take_hole(wasmc_heap *heap, place *at, uint32_t least, hole *taken) {
    line_range range;
    bool is_clean = !find_lines(heap, at, least, &range);
    if (is_clean && !take_block(heap, &range)) return false;
    size_t byte_count = range.count * (size_t)LINE_BYTES;
    taken->bump = line_bytes(heap, range.first);
    taken->limit = taken->bump + byte_count;
    if (!is_clean) memset(taken->bump, 0, byte_count);
    memset(heap->lines + range.first, LINE_YOUNG, range.count);
    heap->young[heap->young_count++] = range;
    heap->young_byte_count += byte_count;
    return true;
}

static uint8_t *take_from(uint8_t **bump, const uint8_t *limit, uint32_t byte_count) {
    if (byte_count > (uint64_t)(limit - *bump)) return NULL;
    uint8_t *object = *bump;
    *bump += byte_count;
    return object;
}

static void set_hole(wasmc_heap *heap, hole taken) {
    heap->hole_start = taken.bump;
    *heap->allocation = (wasmc_allocation){taken.bump, taken.limit, heap->base};
}

// Objects of several lines do not make the hole's rest, and the small holes that come next, useless: they go elsewhere.
static bool take_spare_hole(wasmc_heap *heap, uint32_t byte_count) {
    uint32_t least = (uint32_t)(round_up_to(byte_count, LINE_BYTES) / LINE_BYTES);
    hole taken;
    if (!take_hole(heap, &heap->next_spare, least, &taken)) return false;
    wasmc_allocation *allocation = heap->allocation;
    bool is_larger = taken.limit - taken.bump > allocation->limit - allocation->bump;
    heap->spare = is_larger ? (hole){allocation->bump, allocation->limit} : taken;
    if (is_larger) set_hole(heap, taken);
    return true;
}

// What generated code says where it has come to is believed if that is in the hole.
static void check_hole(wasmc_heap *heap) {
    wasmc_allocation *allocation = heap->allocation;
    bool is_inside = allocation->bump >= heap->hole_start && allocation->bump <= allocation->limit;
    if (!is_inside || (uintptr_t)allocation->bump % GRANULE_BYTES) allocation->bump = allocation->limit;
}

uint8_t *wasmc_heap_allocate_small(wasmc_heap *heap, uint32_t byte_count) {
    wasmc_allocation *allocation = heap->allocation;
    check_hole(heap);
    for (;;) {
        uint8_t *object = take_from(&allocation->bump, allocation->limit, byte_count);
        if (object) return object;
        if (byte_count > LINE_BYTES) {
            object = take_from(&heap->spare.bump, heap->spare.limit, byte_count);
            if (object) return object;
            if (!take_spare_hole(heap, byte_count)) return NULL;
        } else {
            hole taken;
            if (!take_hole(heap, &heap->next_hole, 1, &taken)) return NULL;
            set_hole(heap, taken);
        }
    }
}

void wasmc_heap_begin_holes(wasmc_heap *heap) {
    set_hole(heap, (hole){NULL, NULL});
    heap->spare = (hole){NULL, NULL};
    heap->next_hole = heap->next_spare = (place){0, 0};
    heap->young_count = 0;
}

void wasmc_heap_free_young_lines(wasmc_heap *heap) {
    for (uint32_t i = 0; i < heap->young_count; i++) {
        uint8_t *lines = heap->lines + heap->young[i].first;
        for (uint32_t line = 0; line < heap->young[i].count; line++) lines[line] &= LINE_OLD;
    }
}

static bool is_free(const wasmc_heap *heap, uint32_t block) {
    return count_free(heap->lines + (size_t)block * BLOCK_LINES, 0) == BLOCK_LINES;
}

static void release(wasmc_heap *heap, uint32_t first, uint32_t count) {
    if (!count) return;
    // Pages of the machine may be larger than blocks; then these stay.
    if (madvise(line_bytes(heap, first * BLOCK_LINES), count * (size_t)BLOCK_BYTES, MADV_DONTNEED)) return;
    memset(heap->is_used + first, 0, count);
    heap->used_block_count -= count;
    if (first < heap->unused_block) heap->unused_block = first;
    heap->owner.give_back(heap->owner.context, count * (uint64_t)BLOCK_BYTES);
}

// Leaves what lies behind all blocks to pages, but for a little.
static void release_region(wasmc_heap *heap) {
    uint32_t kept = (uint32_t)round_up_to(heap->block_count + COMMITTED_BLOCKS, COMMITTED_BLOCKS);
    if (heap->block_limit <= kept) return;
    size_t byte_count = (heap->block_limit - kept) * (size_t)BLOCK_BYTES;
    if (!mprotect(line_bytes(heap, kept * BLOCK_LINES), byte_count, PROT_NONE)) heap->block_limit = kept;
}

uint32_t wasmc_heap_full_block_count(const wasmc_heap *heap) {
    uint32_t count = 0;
    for (uint32_t block = 0; block < heap->block_count; block++) count += heap->is_used[block] && !is_free(heap, block);
    return count;
}

void wasmc_heap_release_blocks(wasmc_heap *heap, uint32_t kept) {
    uint32_t first = 0, count = 0;
    for (uint32_t block = 0; block < heap->block_count; block++) {
        bool is_released = heap->is_used[block] && is_free(heap, block);
        if (is_released && kept) {
            is_released = false;
            kept--;
        }
        if (is_released && !count++) first = block;
        if (is_released) continue;
        release(heap, first, count);
        count = 0;
    }
    release(heap, first, count);
    while (heap->block_count && !heap->is_used[heap->block_count - 1]) heap->block_count--;
    if (heap->unused_block > heap->block_count) heap->unused_block = heap->block_count;
    release_region(heap);
}

void wasmc_heap_poison_lines(wasmc_heap *heap) {
    for (uint32_t line = 0; line < heap->block_count * (uint32_t)BLOCK_LINES; line++)
        if (heap->is_used[line / BLOCK_LINES] && heap->lines[line] == LINE_FREE)
            memset(line_bytes(heap, line), POISON, LINE_BYTES);
}
