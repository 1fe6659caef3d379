// Pages of large objects.
//
// Invariant: `pages` says of every page behind the first one whether an object has it, and an object's pages are zero
// when it is made. Free pages that are not dirty read as zero.

#include "state.h"

#include <string.h>
#include <sys/mman.h>

enum {
    REGION_PAGES = REGION_BYTES / PAGE_BYTES,
    COMMITTED_PAGES = 1 << 10,   // so many become accessible together
    MOST_DIRTY_BYTES = 8 << 20,  // of free pages that are kept for the next objects
};

static uint8_t *page_bytes(const wasmc_heap *heap, uint32_t page) {
    return heap->base + WASMC_HEAP_START + (size_t)page * PAGE_BYTES;
}

static uint32_t page_offset(uint32_t page) { return WASMC_HEAP_START + page * (uint32_t)PAGE_BYTES; }

// How many pages the object has that begins here; 0 for a free page.
static uint32_t object_pages(const wasmc_heap *heap, uint32_t page) {
    uint32_t entry = heap->pages[page];
    return entry & PAGE_IS_FIRST ? entry & ~PAGE_IS_FIRST : 0;
}

static bool make_accessible(wasmc_heap *heap, uint32_t page) {
    if (page >= heap->page_limit) return true;
    uint32_t least = (uint32_t)(heap->block_limit * (uint64_t)BLOCK_BYTES / PAGE_BYTES);
    if (page < least) return false;
    uint32_t start = heap->page_limit - least > COMMITTED_PAGES ? heap->page_limit - COMMITTED_PAGES : least;
    // The machine's pages may be as large as 16 of these.
    if (page < start) start = page / 16 * 16 > least ? page / 16 * 16 : least;
    size_t byte_count = (heap->page_limit - start) * (size_t)PAGE_BYTES;
    if (mprotect(page_bytes(heap, start), byte_count, PROT_READ | PROT_WRITE)) return false;
    heap->page_limit = start;
    return true;
}

// So many free pages between two others; REGION_PAGES when there are none.
static uint32_t find_between(const wasmc_heap *heap, uint32_t start, uint32_t end, uint32_t count) {
    uint32_t first = start;
    while (first < end) {
        uint32_t taken = object_pages(heap, first), page = first;
        while (!taken && page - first < count && ++page < end) taken = object_pages(heap, page);
        if (page - first >= count) return first;
        first = page + taken;
    }
    return REGION_PAGES;
}

static uint32_t find_pages(wasmc_heap *heap, uint32_t count) {
    uint32_t found = REGION_PAGES;
    // Nothing becomes free before the next sweep: what was not there is not looked for again, past all objects.
    if (count < heap->missing_page_count) {
        found = find_between(heap, heap->next_page, REGION_PAGES, count);
        if (found == REGION_PAGES) found = find_between(heap, heap->first_page, REGION_PAGES, count);
        if (found == REGION_PAGES) heap->missing_page_count = count;
    }
    if (found != REGION_PAGES || count > heap->first_page) return found;
    return make_accessible(heap, heap->first_page - count) ? heap->first_page - count : REGION_PAGES;
}

uint8_t *wasmc_heap_allocate_large(wasmc_heap *heap, uint64_t byte_count) {
    if (byte_count > REGION_BYTES) return NULL;
    uint32_t count = (uint32_t)(round_up_to(byte_count, PAGE_BYTES) / PAGE_BYTES);
    uint64_t whole = count * (uint64_t)PAGE_BYTES;
    uint32_t first = find_pages(heap, count);
    if (first == REGION_PAGES) return NULL;
    heap->is_busy = true;
    bool may_take = heap->owner.take(heap->owner.context, whole);
    heap->is_busy = false;
    if (!may_take) return NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (heap->pages[first + i] == PAGE_IS_DIRTY) {
            memset(page_bytes(heap, first + i), 0, PAGE_BYTES);
            heap->dirty_byte_count -= PAGE_BYTES;
        }
        heap->pages[first + i] = i ? i : count | PAGE_IS_FIRST;
    }
    if (first < heap->first_page) heap->first_page = first;
    heap->next_page = first + count;
    heap->large_byte_count += whole;
    heap->young_byte_count += whole;
    return page_bytes(heap, first);
}

void wasmc_heap_clear_large_marks(const wasmc_heap *heap, uint64_t *marks) {
    for (uint32_t page = heap->first_page, count; page < REGION_PAGES; page += count ? count : 1) {
        count = object_pages(heap, page);
        if (count) clear_bit(marks, granule_of(page_offset(page)));
    }
}

static void release(wasmc_heap *heap, uint32_t first, uint32_t count) {
    uint64_t byte_count = count * (uint64_t)PAGE_BYTES;
    bool is_kept = heap->stress || heap->dirty_byte_count + byte_count <= MOST_DIRTY_BYTES;
    if (heap->stress) memset(page_bytes(heap, first), POISON, byte_count);
    else if (!is_kept) is_kept = madvise(page_bytes(heap, first), byte_count, MADV_DONTNEED) != 0;
    if (is_kept) heap->dirty_byte_count += byte_count;
    for (uint32_t i = 0; i < count; i++) heap->pages[first + i] = is_kept ? PAGE_IS_DIRTY : PAGE_FREE;
    heap->large_byte_count -= byte_count;
    heap->owner.give_back(heap->owner.context, byte_count);
}

void wasmc_heap_sweep_pages(wasmc_heap *heap) {
    for (uint32_t page = heap->first_page, count; page < REGION_PAGES; page += count ? count : 1) {
        count = object_pages(heap, page);
        if (count && !has_bit(heap->marks, granule_of(page_offset(page)))) release(heap, page, count);
    }
    while (heap->first_page < REGION_PAGES && !object_pages(heap, heap->first_page)) heap->first_page++;
    heap->next_page = heap->first_page;
    heap->missing_page_count = UINT32_MAX;
}

// Leaves the pages in front of all objects to blocks, but for a few.
void wasmc_heap_release_pages(wasmc_heap *heap) {
    uint32_t end = heap->first_page / COMMITTED_PAGES * COMMITTED_PAGES, start = heap->page_limit;
    if (end <= start + COMMITTED_PAGES) return;
    size_t byte_count = (end - start) * (size_t)PAGE_BYTES;
    if (madvise(page_bytes(heap, start), byte_count, MADV_DONTNEED)) return;
    if (mprotect(page_bytes(heap, start), byte_count, PROT_NONE)) return;
    for (uint32_t page = start; page < end; page++)
        if (heap->pages[page] == PAGE_IS_DIRTY) heap->dirty_byte_count -= PAGE_BYTES;
    memset(heap->pages + start, 0, (end - start) * sizeof *heap->pages);
    heap->page_limit = end;
}
