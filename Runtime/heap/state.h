// What the files of the heap layer share.
//
// Small objects lie in blocks, which are made of lines; large ones have pages of their own. Blocks fill the region from
// its start, pages from its end.
//
// Invariant: a granule has a mark exactly if an old object begins there. A line is old if an old object reaches into
// it, young if it belongs to a hole that objects have been made in since the last collection, else free. No line has
// old and young objects; a free line has no marks. What an object refers to has a mark or lies in a young hole.

#ifndef WASMC_HEAP_STATE_H
#define WASMC_HEAP_STATE_H

#include "heap.h"

enum {
    BLOCK_BYTES = 1 << 15,
    LINE_BYTES = 1 << 7,
    PAGE_BYTES = 1 << 12,
    GRANULE_BYTES = WASMC_OBJECT_ALIGNMENT,
    BLOCK_LINES = BLOCK_BYTES / LINE_BYTES,
    MOST_SMALL_BYTES = WASMC_MOST_SMALL_BYTES,  // less than a block: larger objects have pages
    NURSERY_BYTES = 4 << 20,                    // so much is made between two collections
    QUESTION_INTERVAL = 1 << 14,                // see wasmc_heap.question_interval
};
#define REGION_BYTES (WASMC_HEAP_END - WASMC_HEAP_START)

// What overwrites free bytes under stress: as a reference, it is an offset behind all objects; as a header, none.
enum { POISON = 0xF4 };

enum { LINE_FREE = 0, LINE_OLD = 1, LINE_YOUNG = 2 };

// Of a page of a large object: on its first one how many it has, on the others how far away the first one is. Other
// pages are free: zero, or dirty.
enum { PAGE_FREE = 0, PAGE_IS_FIRST = 1u << 31, PAGE_IS_DIRTY = 1u << 30 };

typedef struct place {
    uint32_t block, line;
} place;  // where a search goes on
typedef struct hole {
    uint8_t *bump, *limit;
} hole;
typedef struct line_range {
    uint32_t first, count;
} line_range;

struct wasmc_heap {
    wasmc_allocation *allocation;  // its hole is the one that generated code allocates in
    const uint8_t *descriptors;
    wasmc_heap_owner owner;
    uint8_t *base;
    bool is_busy;                // in the owner's functions
    bool is_full;                // the collection that runs looks at all objects
    bool may_give_up;            // the collection that runs ends early when the owner wants its guest to stop
    bool gives_up;               // which it does
    uint32_t question_interval;  // after so many objects and references it asks the owner
    uint32_t stress;  // collects at every allocation with this number, and overwrites what is free; 0: does not

    // By line, by granule, by block, by page; from WASMC_HEAP_START on.
    uint8_t *lines;
    uint64_t *marks, *pins;
    // While a full collection marks, what `lines` and `marks` were before; else all zero.
    uint8_t *other_lines;
    uint64_t *other_marks;
    uint8_t *is_used;
    uint32_t *pages;

    uint32_t block_count;                     // blocks behind these have never been used
    uint32_t used_block_count, unused_block;  // all in front of `unused_block` are used
    uint32_t block_limit;                     // up to here the region can be accessed
    place next_hole, next_spare;
    uint8_t *hole_start;  // of the allocation's hole, from which generated code moves on
    hole spare;           // where objects go that do not fit the hole
    line_range *young;    // the holes that have been taken
    uint32_t young_count;
    bool has_young_starts;  // marks say where objects of some young holes begin

    uint32_t first_page, page_limit, next_page;  // of large objects; from where on they can be accessed
    uint32_t missing_page_count;                 // so many free pages, or more, lie nowhere between objects
    uint64_t large_byte_count, dirty_byte_count;

    uint32_t *found;  // objects that are to be looked at: reached from roots, then from objects
    size_t found_count;
    uint32_t *remembered;
    size_t remembered_count, remembered_capacity;
    bool has_forgotten;  // not all are known that changed: the next collection has to be a full one

    uint64_t nursery_byte_count, young_byte_count;
    uint64_t live_byte_count, live_byte_count_when_full, live_byte_count_before;
    uint64_t allocation_count;  // that generated code did not make itself
    // Of collections because there was no room: what had been made before the last one, and how many in a row let make
    // hardly anything.
    uint64_t allocated_before_last;
    uint32_t poor_count;
    wasmc_heap_statistics statistics;
    uint8_t *tables;  // the mapping that those above lie in
    uint64_t tables_byte_count;
};

static inline uint32_t offset_of(const wasmc_heap *heap, const uint8_t *object) {
    return (uint32_t)(object - heap->base);
}

static inline bool is_in_blocks(const wasmc_heap *heap, uint32_t offset) {
    return offset - WASMC_HEAP_START < heap->block_count * (uint32_t)BLOCK_BYTES;
}

static inline bool is_in_pages(const wasmc_heap *heap, uint32_t offset) {
    return offset - WASMC_HEAP_START >= heap->first_page * (uint32_t)PAGE_BYTES && offset < WASMC_HEAP_END
        && offset >= WASMC_HEAP_START;
}

static inline uint32_t line_of(uint32_t offset) { return (offset - WASMC_HEAP_START) / LINE_BYTES; }
static inline uint32_t page_of(uint32_t offset) { return (offset - WASMC_HEAP_START) / PAGE_BYTES; }

// ---- Bits by granule -----------------------------------------------------------------------------------------------

static inline uint32_t granule_of(uint32_t offset) { return (offset - WASMC_HEAP_START) / GRANULE_BYTES; }

static inline bool has_bit(const uint64_t *bits, uint32_t granule) { return bits[granule / 64] >> granule % 64 & 1; }
static inline void set_bit(uint64_t *bits, uint32_t granule) { bits[granule / 64] |= UINT64_C(1) << granule % 64; }
static inline void clear_bit(uint64_t *bits, uint32_t granule) { bits[granule / 64] &= ~(UINT64_C(1) << granule % 64); }

// ---- Objects -------------------------------------------------------------------------------------------------------

static inline uint32_t *header_of(const wasmc_heap *heap, uint32_t offset) { return (uint32_t *)(heap->base + offset); }

static inline uint32_t length_of(const wasmc_heap *heap, uint32_t offset) {
    return *(const uint32_t *)(heap->base + offset + WASMC_ARRAY_LENGTH_OFFSET);
}

// Null for what is no header.
static inline const wasmc_descriptor *descriptor_of(const wasmc_heap *heap, uint32_t header) {
    return wasmc_type_of_header(heap->descriptors, header);
}

static inline uint64_t round_up_to(uint64_t value, uint64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

static inline uint64_t array_byte_count(const wasmc_descriptor *type, uint32_t length) {
    return round_up_to(type->byte_count + ((uint64_t)length << type->element_shift), GRANULE_BYTES);
}

static inline bool may_begin_object(const wasmc_heap *heap, uint32_t offset) {
    if (offset % GRANULE_BYTES) return false;
    if (__builtin_expect(is_in_blocks(heap, offset), 1)) return true;
    return is_in_pages(heap, offset) && (offset - WASMC_HEAP_START) % PAGE_BYTES == 0
        && heap->pages[page_of(offset)] & PAGE_IS_FIRST;
}

// How many bytes the object has that begins here, which lies in blocks or on an object's first page; 0 if there cannot
// be one, in the room that is there.
static inline uint64_t object_byte_count(const wasmc_heap *heap, uint32_t offset, const wasmc_descriptor *type) {
    uint64_t room = BLOCK_BYTES - (offset - WASMC_HEAP_START) % BLOCK_BYTES;
    if (__builtin_expect(!is_in_blocks(heap, offset), 0))
        room = (heap->pages[page_of(offset)] & ~PAGE_IS_FIRST) * (uint64_t)PAGE_BYTES;
    uint64_t byte_count = type->kind == WASMC_KIND_ARRAY ? array_byte_count(type, length_of(heap, offset))
                                                         : round_up_to(type->byte_count, GRANULE_BYTES);
    return byte_count <= room ? byte_count : 0;
}

// A word that may be one of the host's numbers; of those that no reference in 32 bits has room for, nothing is told.
static inline void tell_host_number(const wasmc_heap *heap, uint32_t word) {
    if ((word & 3) != WASMC_REFERENCE_IS_HOST || !heap->is_full || !heap->owner.tell_host_number) return;
    heap->owner.tell_host_number(heap->owner.context, word >> 2);
}

// ---- blocks.c ------------------------------------------------------------------------------------------------------

// Room for a small object, zero; null when there is none.
uint8_t *wasmc_heap_allocate_small(wasmc_heap *heap, uint32_t byte_count);
// Forgets the holes, so that the next objects are made in the first free lines.
void wasmc_heap_begin_holes(wasmc_heap *heap);
// What is young and has not become old is free.
void wasmc_heap_free_young_lines(wasmc_heap *heap);
// How many used blocks have objects.
uint32_t wasmc_heap_full_block_count(const wasmc_heap *heap);
// Gives back used blocks that have none, but for so many.
void wasmc_heap_release_blocks(wasmc_heap *heap, uint32_t kept);
void wasmc_heap_poison_lines(wasmc_heap *heap);

// ---- pages.c -------------------------------------------------------------------------------------------------------

uint8_t *wasmc_heap_allocate_large(wasmc_heap *heap, uint64_t byte_count);
// Those of all objects that have pages, in one of the tables.
void wasmc_heap_clear_large_marks(const wasmc_heap *heap, uint64_t *marks);
// Frees the large objects that have no marks.
void wasmc_heap_sweep_pages(wasmc_heap *heap);
// Gives back pages that no objects have.
void wasmc_heap_release_pages(wasmc_heap *heap);

// ---- find.c, mark.c, collect.c -------------------------------------------------------------------------------------

// The marks of young objects, which finding them has made, are gone.
void wasmc_heap_forget_young_starts(wasmc_heap *heap);
// Marks what can be reached from old objects that have changed.
void wasmc_heap_mark_remembered(wasmc_heap *heap);
// Marks what was found, and what can be reached from there. Both end early when the collection is given up.
void wasmc_heap_mark_found(wasmc_heap *heap);
// Frees young objects, and others when many have become old. False when the collection was given up.
bool wasmc_heap_collect_young(wasmc_heap *heap);
// Frees all objects that cannot be reached, and keeps no memory for others. Likewise.
bool wasmc_heap_collect_all(wasmc_heap *heap);

#endif
