// Which objects the words of roots mean.
//
// Invariant: what is found is where an object begins, old or young; nothing that was freed is found. An object is found
// once in a collection, so the list has room for all. Nothing is marked before all roots have been looked at: where old
// objects begin is known by their marks.

#include "state.h"

#include <string.h>

// The nearest granule in the block, at this one or before, that an object is known to begin at; none.
static bool find_mark(const wasmc_heap *heap, uint32_t granule, uint32_t *found) {
    const uint32_t first_word = granule / (BLOCK_BYTES / GRANULE_BYTES) * (BLOCK_BYTES / GRANULE_BYTES / 64);
    uint32_t word = granule / 64;
    uint64_t bits = heap->marks[word] & (UINT64_MAX >> (63 - granule % 64));
    while (!bits && word > first_word) bits = heap->marks[--word];
    if (bits) *found = word * 64 + 63 - (uint32_t)__builtin_clzll(bits);
    return bits != 0;
}

// Where the object begins that reaches over this byte, if that is marked; 0 if it is not.
static uint32_t find_marked(const wasmc_heap *heap, uint32_t offset) {
    uint32_t granule;
    if (!find_mark(heap, granule_of(offset), &granule)) return 0;
    uint32_t start = WASMC_HEAP_START + granule * (uint32_t)GRANULE_BYTES;
    const wasmc_descriptor *type = descriptor_of(heap, *header_of(heap, start));
    return type && offset - start < object_byte_count(heap, start, type) ? start : 0;
}

// The hole's objects lie one behind the other from its start on; a header of 0 ends them.
static void mark_young_starts(wasmc_heap *heap, uint32_t offset) {
    uint32_t first = line_of(offset), block_first = first / BLOCK_LINES * BLOCK_LINES;
    while (first > block_first && heap->lines[first - 1] == LINE_YOUNG) first--;
    uint32_t start = WASMC_HEAP_START + first * (uint32_t)LINE_BYTES;
    if (has_bit(heap->marks, granule_of(start))) return;
    uint32_t block_end = WASMC_HEAP_START + (block_first + BLOCK_LINES) * (uint32_t)LINE_BYTES;
    while (start < block_end && heap->lines[line_of(start)] == LINE_YOUNG) {
        const wasmc_descriptor *type = descriptor_of(heap, *header_of(heap, start));
        uint32_t byte_count = type ? (uint32_t)object_byte_count(heap, start, type) : 0;
        if (!byte_count) return;
        set_bit(heap->marks, granule_of(start));
        heap->has_young_starts = true;
        start += byte_count;
    }
}

void wasmc_heap_forget_young_starts(wasmc_heap *heap) {
    if (!heap->has_young_starts) return;
    _Static_assert(LINE_BYTES / GRANULE_BYTES == 8, "a line's marks are a byte");
    for (uint32_t i = 0; i < heap->young_count; i++)
        memset((uint8_t *)heap->marks + heap->young[i].first, 0, heap->young[i].count);
    heap->has_young_starts = false;
}

static void note(wasmc_heap *heap, uint32_t start) {
    if (!start || has_bit(heap->pins, granule_of(start))) return;
    set_bit(heap->pins, granule_of(start));
    heap->found[heap->found_count++] = start;
}

static void find_in_blocks(wasmc_heap *heap, uint32_t offset) {
    uint8_t line = heap->lines[line_of(offset)];
    if (line == LINE_FREE || (line == LINE_OLD && !heap->is_full)) return;
    uint32_t start = find_marked(heap, offset);
    if (!start && line == LINE_YOUNG) {
        mark_young_starts(heap, offset);
        start = find_marked(heap, offset);
    }
    note(heap, start);
}

static void find_in_pages(wasmc_heap *heap, uint32_t offset) {
    uint32_t page = page_of(offset), entry = heap->pages[page];
    if (entry == PAGE_FREE || entry == PAGE_IS_DIRTY) return;
    if (!(entry & PAGE_IS_FIRST)) page -= entry;
    uint32_t start = WASMC_HEAP_START + page * (uint32_t)PAGE_BYTES;
    if (has_bit(heap->marks, granule_of(start)) && !heap->is_full) return;
    const wasmc_descriptor *type = descriptor_of(heap, *header_of(heap, start));
    if (type && offset - start < object_byte_count(heap, start, type)) note(heap, start);
}

static inline void find(wasmc_heap *heap, uint32_t offset) {
    if (is_in_blocks(heap, offset)) find_in_blocks(heap, offset);
    else if (is_in_pages(heap, offset)) find_in_pages(heap, offset);
}

void wasmc_heap_root(wasmc_heap *heap, uint64_t word) {
    uint32_t high = (uint32_t)(word >> 32);
    if (!high || high == (uint32_t)((uintptr_t)heap->base >> 32)) find(heap, (uint32_t)word);
    if (!high) tell_host_number(heap, (uint32_t)word);
}

// What a stack holds is read whatever the sanitizers know of it.
__attribute__((no_sanitize("address", "thread"))) void
wasmc_heap_scan(wasmc_heap *heap, const void *low, const void *high) {
    uintptr_t end = (uintptr_t)high / sizeof(uint64_t) * sizeof(uint64_t);
    for (uintptr_t at = round_up_to((uintptr_t)low, sizeof(uint64_t)); at < end; at += sizeof(uint64_t)) {
        uint64_t word = *(const uint64_t *)at;
        find(heap, (uint32_t)word);
        find(heap, (uint32_t)(word >> 32));
        tell_host_number(heap, (uint32_t)word);
        tell_host_number(heap, (uint32_t)(word >> 32));
    }
}

const wasmc_descriptor *wasmc_heap_type(const wasmc_heap *heap, uint32_t offset) {
    if (!may_begin_object(heap, offset)) return NULL;
    const wasmc_descriptor *type = descriptor_of(heap, *header_of(heap, offset));
    return type && object_byte_count(heap, offset, type) ? type : NULL;
}
