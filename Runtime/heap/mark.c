// Marking: what is found, and what can be reached from there, becomes old.
//
// Invariant: an offset is followed only if it is one in a used block or on a large object's first page, and begins with
// a header that a descriptor confirms. Each object is marked once in a collection, before it is looked at, so the list
// has room for all.

#include "state.h"

static bool must_give_up(wasmc_heap *heap) {
    if (!heap->gives_up && heap->may_give_up) heap->gives_up = heap->owner.must_stop(heap->owner.context);
    return heap->gives_up;
}

bool wasmc_heap_goes_on(wasmc_heap *heap) { return !must_give_up(heap); }

// A reference that a root or an object holds.
static inline void mark(wasmc_heap *heap, uint32_t reference) {
    if (!may_begin_object(heap, reference)) {
        tell_host_number(heap, reference);
        return;
    }
    uint32_t granule = granule_of(reference);
    uint64_t bit = UINT64_C(1) << granule % 64, *word = &heap->marks[granule / 64];
    if (*word & bit) return;
    *word |= bit;
    heap->found[heap->found_count++] = reference;
}

// An array's, as long as the collection goes on. Returns how many of its elements count as steps.
static size_t mark_elements(wasmc_heap *heap, uint32_t offset, const wasmc_descriptor *type) {
    const uint32_t *elements = (const uint32_t *)(heap->base + offset + type->byte_count);
    const size_t count = length_of(heap, offset);
    // The reference is the low half of an element that is larger.
    uint32_t shift = type->element_shift - 2u;
    for (size_t i = 0; i < count;) {
        size_t end = count - i > heap->question_interval ? i + heap->question_interval : count;
        for (; i < end; i++) mark(heap, elements[i << shift]);
        if (i < count && must_give_up(heap)) break;
    }
    return count;
}

// Of an object of so many bytes. Where references stand in it is believed only as far as that. Returns how many steps
// that was.
static inline size_t
mark_references(wasmc_heap *heap, uint32_t offset, const wasmc_descriptor *type, uint64_t byte_count) {
    const uint32_t *words = (const uint32_t *)(heap->base + offset);
    if (type->kind == WASMC_KIND_STRUCT) {
        for (uint32_t i = 0; i < type->reference_count; i++)
            if (type->references[i] < byte_count / sizeof *words) mark(heap, words[type->references[i]]);
    } else if (type->reference_count && type->element_shift >= 2) {
        return mark_elements(heap, offset, type);
    }
    return 1;
}

// What has just been marked. Returns how many steps that was.
static inline size_t look_at(wasmc_heap *heap, uint32_t offset) {
    uint32_t *header = header_of(heap, offset);
    const wasmc_descriptor *type = descriptor_of(heap, *header);
    uint64_t byte_count = type ? object_byte_count(heap, offset, type) : 0;
    if (__builtin_expect(!byte_count, 0)) {
        clear_bit(heap->marks, granule_of(offset));
        return 1;
    }
    *header |= WASMC_OBJECT_IS_OLD;
    heap->live_byte_count += byte_count;
    if (__builtin_expect(is_in_blocks(heap, offset), 1)) {
        uint32_t line = line_of(offset), last = line_of(offset + (uint32_t)byte_count - 1);
        do heap->lines[line] = LINE_OLD;
        while (line++ < last);
    }
    return mark_references(heap, offset, type, byte_count);
}

// Objects wait in a ring from when they are asked of the memory until they have come.
static void mark_reachable(wasmc_heap *heap, size_t end) {
    enum { RING = 8 };
    uint32_t ring[RING] = {0}, at = 0, waiting = 0;
    for (size_t steps = 0;;) {
        uint32_t next = 0;
        if (heap->found_count > end) {
            next = heap->found[--heap->found_count];
            __builtin_prefetch(heap->base + next, 1);
            waiting++;
        } else if (!waiting) {
            return;
        }
        uint32_t offset = ring[at];
        ring[at] = next;
        at = (at + 1) % RING;
        if (!offset) continue;
        waiting--;
        steps += look_at(heap, offset);
        if (__builtin_expect(steps < heap->question_interval, 1)) continue;
        if (must_give_up(heap)) return;
        steps = 0;
    }
}

void wasmc_heap_mark_found(wasmc_heap *heap) {
    size_t count = heap->found_count;
    for (size_t i = 0; i < count; i++) {
        clear_bit(heap->pins, granule_of(heap->found[i]));
        mark(heap, heap->found[i]);
    }
    if (!heap->gives_up) mark_reachable(heap, count);
    heap->found_count = 0;
}

void wasmc_heap_mark_remembered(wasmc_heap *heap) {
    size_t count = heap->found_count;
    for (size_t i = 0; i < heap->remembered_count && !heap->gives_up; i++) {
        if ((i + 1) % heap->question_interval == 0 && must_give_up(heap)) break;
        uint32_t offset = heap->remembered[i];
        if (!may_begin_object(heap, offset) || !has_bit(heap->marks, granule_of(offset))) continue;
        uint32_t *header = header_of(heap, offset);
        const wasmc_descriptor *type = descriptor_of(heap, *header);
        uint64_t byte_count = type ? object_byte_count(heap, offset, type) : 0;
        if (!byte_count) continue;
        *header |= WASMC_OBJECT_IS_OLD;
        mark_references(heap, offset, type, byte_count);
        mark_reachable(heap, count);
    }
    heap->remembered_count = 0;
}
