// The region of a heap, and what is kept of its objects.
//
// Invariant: the region begins at a multiple of WASMC_HEAP_ALIGNMENT. It is the heap's alone, with
// WASMC_HEAP_BEFORE_BYTES in front of it and WASMC_HEAP_RESERVED_BYTES from its start on; nothing of all that is
// accessible in front of WASMC_HEAP_START or from WASMC_HEAP_END on. What is kept of objects has room for as many as
// the region can hold.

#include "state.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
    MOST_LINES = REGION_BYTES / LINE_BYTES,
    MOST_BLOCKS = REGION_BYTES / BLOCK_BYTES,
    MOST_PAGES = REGION_BYTES / PAGE_BYTES,
    MOST_OBJECTS = REGION_BYTES / GRANULE_BYTES,
};

static uint8_t *map(uint64_t byte_count, int protection) {
    void *start = mmap(NULL, byte_count, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

#define WHOLE_RESERVATION (WASMC_HEAP_BEFORE_BYTES + WASMC_HEAP_RESERVED_BYTES)

static uint8_t *map_region(void) {
    const uint64_t byte_count = WHOLE_RESERVATION + WASMC_HEAP_ALIGNMENT;
    uint8_t *start = map(byte_count, PROT_NONE);
    if (!start) return NULL;
    uint8_t *base = (uint8_t *)round_up_to((uintptr_t)start + WASMC_HEAP_BEFORE_BYTES, WASMC_HEAP_ALIGNMENT);
    uint8_t *first = base - WASMC_HEAP_BEFORE_BYTES, *end = first + WHOLE_RESERVATION;
    if (first != start) munmap(start, (size_t)(first - start));
    if (end != start + byte_count) munmap(end, (size_t)(start + byte_count - end));
    return base;
}

// Where each table begins when the first one begins at an address; where the last one ends. Only what is used of them
// takes memory.
static uintptr_t lay_out(wasmc_heap *heap, uintptr_t start) {
#define TABLE(name, count) \
    heap->name = (void *)start; \
    start += (count) * sizeof *heap->name;
    TABLE(marks, MOST_OBJECTS / 64)
    TABLE(other_marks, MOST_OBJECTS / 64)
    TABLE(pins, MOST_OBJECTS / 64)
    TABLE(young, MOST_LINES)
    TABLE(found, 2 * (uint64_t)MOST_OBJECTS)  // from roots, and all that can be reached from there
    TABLE(pages, MOST_PAGES)
    TABLE(lines, MOST_LINES)
    TABLE(other_lines, MOST_LINES)
    TABLE(is_used, MOST_BLOCKS)
#undef TABLE
    return start;
}

// How often to collect under stress: WASMC_GC_STRESS is the number of allocations between two collections.
static uint32_t chosen_stress(void) {
    const char *text = getenv("WASMC_GC_STRESS");
    long interval = text ? strtol(text, NULL, 10) : 0;
    return interval > 0 && interval <= INT32_MAX ? (uint32_t)interval : 0;
}

wasmc_heap *wasmc_heap_create(wasmc_allocation *allocation, const uint8_t *descriptors, wasmc_heap_owner owner) {
    wasmc_heap *heap = calloc(1, sizeof *heap);
    if (!heap) return NULL;
    heap->base = map_region();
    heap->tables_byte_count = lay_out(heap, 0);
    heap->tables = map(heap->tables_byte_count, PROT_READ | PROT_WRITE);
    if (!heap->base || !heap->tables) {
        wasmc_heap_destroy(heap);
        return NULL;
    }
    lay_out(heap, (uintptr_t)heap->tables);
    heap->descriptors = descriptors;
    heap->owner = owner;
    heap->stress = chosen_stress();
    heap->nursery_byte_count = NURSERY_BYTES;
    heap->question_interval = QUESTION_INTERVAL;
    heap->first_page = heap->page_limit = heap->next_page = MOST_PAGES;
    heap->missing_page_count = UINT32_MAX;
    heap->allocation = allocation;
    *allocation = (wasmc_allocation){.base = heap->base};
    return heap;
}

void wasmc_heap_destroy(wasmc_heap *heap) {
    if (!heap) return;
    if (heap->base) munmap(heap->base - WASMC_HEAP_BEFORE_BYTES, WHOLE_RESERVATION);
    if (heap->tables) munmap(heap->tables, heap->tables_byte_count);
    free(heap->remembered);
    free(heap);
}

bool wasmc_heap_holds(const wasmc_heap *heap, uintptr_t address) {
    return address - ((uintptr_t)heap->base - WASMC_HEAP_BEFORE_BYTES) < WHOLE_RESERVATION;
}

wasmc_heap_statistics wasmc_heap_get_statistics(const wasmc_heap *heap) {
    wasmc_heap_statistics statistics = heap->statistics;
    statistics.live_byte_count = heap->live_byte_count;
    statistics.used_byte_count = heap->used_block_count * (uint64_t)BLOCK_BYTES + heap->large_byte_count;
    statistics.allocated_byte_count += heap->young_byte_count;
    return statistics;
}
