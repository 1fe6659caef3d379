// How objects are made that generated code does not make itself, and remembered when they have changed.
//
// Invariant: a new object is zero but for its header and its length, which agree with its size.

#include "state.h"

#include <stdlib.h>

// See may_collect_all: a part of what lives, and how often it may be less.
enum { LEAST_GAIN = 64, MOST_POOR_COLLECTIONS = 16 };

static uint8_t *make_room(wasmc_heap *heap, uint64_t byte_count) {
    return byte_count > MOST_SMALL_BYTES ? wasmc_heap_allocate_large(heap, byte_count)
                                         : wasmc_heap_allocate_small(heap, (uint32_t)byte_count);
}

// Whether all objects may be looked at for want of room. That costs as much as there is; where it lets make next to
// nothing again and again, the heap is full, or few instructions of a guest would take any amount of time.
static bool may_collect_all(wasmc_heap *heap) {
    uint64_t allocated = heap->statistics.allocated_byte_count + heap->young_byte_count;
    bool is_poor = allocated - heap->allocated_before_last < heap->live_byte_count / LEAST_GAIN;
    heap->allocated_before_last = allocated;
    heap->poor_count = is_poor ? heap->poor_count + 1 : 0;
    if (heap->poor_count <= MOST_POOR_COLLECTIONS) return true;
    // Somebody may have let go of something until the next time.
    heap->poor_count = 0;
    return false;
}

static uint8_t *allocate(wasmc_heap *heap, uint64_t byte_count) {
    if (heap->is_busy) return NULL;
    bool is_due = heap->young_byte_count >= heap->nursery_byte_count;
    if (heap->stress && ++heap->allocation_count % heap->stress == 0) is_due = true;
    if (is_due && !wasmc_heap_collect_young(heap)) return NULL;
    uint8_t *object = make_room(heap, byte_count);
    if (!object && byte_count <= REGION_BYTES) {
        if (!may_collect_all(heap) || !wasmc_heap_collect_all(heap)) return NULL;
        object = make_room(heap, byte_count);
        // Who gets nothing stops.
        if (!object) heap->poor_count = 0;
    }
    // Generated code calls again for the next one.
    if (heap->stress) heap->allocation->limit = heap->allocation->bump;
    return object;
}

uint8_t *wasmc_heap_allocate_struct(wasmc_heap *heap, uint32_t id) {
    const wasmc_descriptor *type = (const wasmc_descriptor *)(heap->descriptors + id);
    uint8_t *object = allocate(heap, type->byte_count);
    if (object) *(uint32_t *)object = id;
    return object;
}

uint8_t *wasmc_heap_allocate_array(wasmc_heap *heap, uint32_t id, uint32_t length) {
    const wasmc_descriptor *type = (const wasmc_descriptor *)(heap->descriptors + id);
    uint8_t *object = allocate(heap, array_byte_count(type, length));
    if (!object) return NULL;
    *(uint32_t *)object = id;
    *(uint32_t *)(object + WASMC_ARRAY_LENGTH_OFFSET) = length;
    return object;
}

void wasmc_heap_remember(wasmc_heap *heap, uint8_t *object) {
    uint64_t offset = (uint64_t)(object - heap->base);
    if (offset >= WASMC_HEAP_ALIGNMENT || !may_begin_object(heap, (uint32_t)offset)) return;
    if (heap->remembered_count == heap->remembered_capacity) {
        size_t capacity = heap->remembered_capacity ? heap->remembered_capacity * 2 : 1024;
        uint32_t *remembered = realloc(heap->remembered, capacity * sizeof *remembered);
        // The next collection looks at all objects.
        if (!remembered) heap->has_forgotten = true;
        if (!remembered) return;
        heap->remembered = remembered;
        heap->remembered_capacity = capacity;
    }
    // Once is enough.
    *(uint32_t *)object &= ~(uint32_t)WASMC_OBJECT_IS_OLD;
    heap->remembered[heap->remembered_count++] = offset_of(heap, object);
}
