// How much memory a heap takes, and what it does at its limits.

#include "trial.h"

#include <stdlib.h>

// Objects of one line in two, so that holes are of one line; then objects of several lines.
const char *heap_trial_holes(void) {
    trial self;
    trial_begin(&self);
    uint32_t list = trial_struct(&self, 128, 1, (uint16_t[]){1}), wide = trial_struct(&self, 1024, 0, NULL);
    uint8_t *last = NULL;
    for (int i = 0; i < 2048; i++) {
        uint8_t *object = trial_make(&self, list, 128);
        if (i % 2) continue;
        ((uint32_t *)object)[1] = trial_offset(&self, last);
        last = object;
    }
    self.roots[0] = trial_offset(&self, last), self.root_count = 1;
    wasmc_heap_collect(self.heap);
    const char *fault = NULL;
    uint64_t used = self.taken;
    if (used != 2048 * 128) fault = trial_fault("%llu bytes are used", (unsigned long long)used);
    for (int i = 0; i < 10; i++) wasmc_heap_allocate_struct(self.heap, wide);
    if (!fault && self.taken != used + BLOCK_BYTES)
        fault = trial_fault("wide objects took %llu bytes", (unsigned long long)(self.taken - used));
    // The holes are still there for small ones, and the block's rest.
    for (int i = 0; i < 1024 + 22 * 8; i++) {
        uint8_t *object = trial_make(&self, list, 128);
        for (int k = 4; k < 128 && !fault; k++)
            if (object[k]) fault = trial_fault("a hole is not zero");
    }
    if (!fault && self.taken != used + BLOCK_BYTES) fault = trial_fault("holes were passed over");
    trial_end(&self);
    return fault;
}

const char *heap_trial_limit(uint64_t limit) {
    trial self;
    trial_begin(&self);
    uint32_t list = trial_struct(&self, 32, 1, (uint16_t[]){1}), bytes = trial_array(&self, 0, false);
    self.limit = limit;
    const char *fault = NULL;
    for (int round = 0; round < 3 && !fault; round++) {
        uint64_t count = 0;
        self.roots[0] = 0, self.root_count = 1;
        for (;;) {
            uint8_t *object = trial_make(&self, list, 32);
            if (!object) break;
            trial_store(&self, object, 1, (uint32_t)self.roots[0]);
            self.roots[0] = trial_offset(&self, object);
            count++;
        }
        if (self.most_taken > limit) fault = trial_fault("%llu bytes were taken", (unsigned long long)self.most_taken);
        if (count * 32 != limit / BLOCK_BYTES * BLOCK_BYTES)
            fault = trial_fault("%llu objects had room in round %d", (unsigned long long)count, round);
        if (wasmc_heap_allocate_array(self.heap, bytes, 100000)) fault = trial_fault("a large array was made");
        // Nothing was lost meanwhile.
        for (uint32_t at = (uint32_t)self.roots[0]; at; at = header_of(self.heap, at)[1]) count--;
        if (count) fault = trial_fault("the list is shorter");
    }
    self.root_count = 0;
    if (!fault && !wasmc_heap_allocate_array(self.heap, bytes, (uint32_t)limit - 5000))
        fault = trial_fault("a large array finds no room, though all is free");
    const uint32_t too_long[] = {UINT32_MAX, UINT32_MAX - 8, WASMC_HEAP_END - WASMC_HEAP_START};
    for (int i = 0; i < 3; i++)
        if (wasmc_heap_allocate_array(self.heap, bytes, too_long[i])) fault = trial_fault("a huge array was made");
    if (!fault && wasmc_heap_get_statistics(self.heap).used_byte_count != self.taken)
        fault = trial_fault("what was taken and what is used differ");
    trial_end(&self);
    return fault;
}

const char *heap_trial_large_arrays(void) {
    trial self;
    trial_begin(&self);
    uint32_t bytes = trial_array(&self, 0, false), references = trial_array(&self, 2, true);
    uint64_t random = 1;
    const char *fault = NULL;
    for (int i = 0; i < 2000 && !fault; i++) {
        uint32_t length = 9000 + (uint32_t)(trial_random(&random) % (i % 50 ? 60000 : 3000000));
        uint8_t *object = wasmc_heap_allocate_array(self.heap, bytes, length);
        if (!object) return trial_fault("no array was made");
        for (uint32_t k = 0; k < length && !fault; k += 509)
            if (object[8 + k]) fault = trial_fault("array %d is not zero", i);
        if (object[8 + length - 1]) fault = trial_fault("array %d does not end with zero", i);
        for (uint32_t k = 0; k < length; k += 4096) object[8 + k] = 1;
        object[8 + length - 1] = 1;
        self.roots[i % 20] = trial_offset(&self, object), self.root_count = 20;
    }
    // An array that is old keeps what is stored in it.
    uint8_t *array = wasmc_heap_allocate_array(self.heap, references, 100000);
    self.roots[0] = trial_offset(&self, array), self.root_count = 1;
    wasmc_heap_collect(self.heap);
    uint8_t *element = wasmc_heap_allocate_array(self.heap, bytes, 20000);
    element[8] = 7;
    trial_store(&self, array, 2 + 99999, trial_offset(&self, element));
    wasmc_heap_collect_young(self.heap);
    if (element[8] != 7) fault = trial_fault("an element was freed");
    self.root_count = 0;
    wasmc_heap_collect(self.heap);
    if (!fault && (self.taken || self.heap->large_byte_count || self.heap->live_byte_count))
        fault = trial_fault("%llu bytes are used at the end", (unsigned long long)self.taken);
    trial_end(&self);
    return fault;
}

// Whatever generated code says where the next object goes.
const char *heap_trial_wrong_starts_of_holes(void) {
    trial self;
    trial_begin(&self);
    uint32_t node = trial_struct(&self, 16, 0, NULL), wide = trial_struct(&self, 1024, 0, NULL);
    const char *fault = NULL;
    wasmc_allocation *allocation = &self.allocation;
    for (int i = 0; i < 14 && !fault; i++) {
        trial_make(&self, node, 16);
        uint8_t *wrong[] = {
            NULL,
            allocation->limit + 16,
            allocation->limit + (UINT64_C(1) << 35),
            allocation->base - 16,
            allocation->base + (UINT64_C(1) << 32),
            allocation->bump + 8,
            (uint8_t *)UINTPTR_MAX - 15};
        allocation->bump = wrong[i / 2];
        uint8_t *object = wasmc_heap_allocate_struct(self.heap, i % 2 ? wide : node);
        bool is_inside = object && is_in_blocks(self.heap, trial_offset(&self, object))
            && (uint64_t)(object - allocation->base) < WASMC_HEAP_END;
        if (!is_inside || (uintptr_t)object % 16)
            fault = trial_fault("start %d: the object is at %p", i, (void *)object);
    }
    trial_end(&self);
    return fault;
}

// Until blocks and pages meet.
const char *heap_trial_whole_region(void) {
    trial self;
    trial_begin(&self);
    uint32_t bytes = trial_array(&self, 0, false), node = trial_struct(&self, 16, 0, NULL);
    const char *fault = NULL;
    uint64_t byte_count = 0, small_count = 0;
    for (uint32_t size = 512 << 20; size >= 16384; size /= 2) {
        for (uint8_t *object; (object = wasmc_heap_allocate_array(self.heap, bytes, size - 8)); byte_count += size)
            self.roots[self.root_count++] = trial_offset(&self, object);
    }
    if (byte_count < REGION_BYTES - (8 << 20))
        fault = trial_fault("only %llu bytes were made", (unsigned long long)byte_count);
    // What the pages have left, if it is that much.
    while (small_count < 4096 && trial_make(&self, node, 16)) small_count++;
    for (uint32_t i = 0; i < self.root_count; i++)
        if ((*header_of(self.heap, (uint32_t)self.roots[i]) & WASMC_OBJECT_ID_MASK) != bytes)
            fault = trial_fault("an array is gone");
    self.root_count = 0;
    for (int i = 0; i < 100000 && !fault; i++)
        if (!trial_make(&self, node, 16)) fault = trial_fault("nothing can be made any more");
    trial_end(&self);
    return fault;
}

uint64_t heap_trial_churn(uint64_t count) {
    trial self;
    trial_begin(&self);
    uint32_t node = trial_struct(&self, 16, 1, (uint16_t[]){1});
    self.root_count = 1000;
    for (uint64_t i = 0; i < count; i++) self.roots[i / 8 % 1000] = trial_offset(&self, trial_make(&self, node, 16));
    uint64_t most = self.most_taken;
    trial_end(&self);
    return most;
}

static uint32_t grow(trial *self, uint32_t node, uint32_t depth) {
    if (!depth) return 0;
    uint32_t slot = self->root_count++;
    self->roots[slot] = grow(self, node, depth - 1);
    self->roots[self->root_count++] = grow(self, node, depth - 1);
    uint8_t *object = trial_make(self, node, 16);
    ((uint32_t *)object)[1] = (uint32_t)self->roots[slot];
    ((uint32_t *)object)[2] = (uint32_t)self->roots[slot + 1];
    self->root_count = slot;
    return trial_offset(self, object);
}

void heap_trial_tree(uint32_t depth) {
    trial self;
    trial_begin(&self);
    uint32_t node = trial_struct(&self, 16, 2, (uint16_t[]){1, 2});
    self.roots[self.root_count++] = grow(&self, node, depth);
    wasmc_heap_collect(self.heap);
    trial_end(&self);
}

// Old objects that have changed, of which nothing more can be reached.
const char *heap_trial_many_changes(void) {
    trial self;
    trial_begin(&self);
    enum { OBJECTS = 300000, INTERVAL = QUESTION_INTERVAL };
    uint32_t list = trial_struct(&self, 16, 1, (uint16_t[]){1});
    self.root_count = 1;
    for (int i = 0; i < OBJECTS; i++) {
        uint8_t *object = trial_make(&self, list, 16);
        trial_store(&self, object, 1, (uint32_t)self.roots[0]);
        self.roots[0] = trial_offset(&self, object);
    }
    wasmc_heap_collect(self.heap);
    const char *fault = NULL;
    for (int stops = 1; stops >= 0 && !fault; stops--) {
        for (uint32_t at = (uint32_t)self.roots[0]; at;) {
            uint8_t *object = self.allocation.base + at;
            at = ((uint32_t *)object)[1];
            trial_store(&self, object, 1, at);
        }
        self.question_count = 0;
        self.questions_to_stop = (uint64_t)stops;
        bool has_ended = wasmc_heap_collect_young(self.heap);
        uint64_t asked = self.question_count, least = stops ? 1 : OBJECTS / INTERVAL - 2;
        if (has_ended == (bool)stops || asked < least)
            fault = trial_fault("%llu questions were asked", (unsigned long long)asked);
    }
    trial_end(&self);
    return fault;
}

// A heap that is full but for a little is looked at a few times, and then it is full; until something is let go.
const char *heap_trial_full_again_and_again(void) {
    trial self;
    trial_begin(&self);
    enum { OBJECTS = 200000, MOST = 40 };
    uint32_t list = trial_struct(&self, 16, 1, (uint16_t[]){1});
    self.root_count = 2;
    for (int i = 0; i < OBJECTS; i++) {
        uint8_t *object = trial_make(&self, list, 16);
        trial_store(&self, object, 1, (uint32_t)self.roots[0]);
        self.roots[0] = trial_offset(&self, object);
        if (i == OBJECTS / 2) self.roots[1] = self.roots[0];
    }
    wasmc_heap_collect(self.heap);
    self.limit = self.taken + BLOCK_BYTES;
    const char *fault = NULL;
    for (int round = 0; round < 3 && !fault; round++) {
        uint64_t before = wasmc_heap_get_statistics(self.heap).full_collection_count, made = 0;
        while (made < 10000000 && trial_make(&self, list, 16)) made++;
        uint64_t count = wasmc_heap_get_statistics(self.heap).full_collection_count - before;
        if (made == 10000000) fault = trial_fault("objects were made without end");
        if (count > MOST) fault = trial_fault("all objects were looked at %llu times", (unsigned long long)count);
    }
    self.roots[0] = self.roots[1];
    for (int i = 0; i < 1000000 && !fault; i++)
        if (!trial_make(&self, list, 16)) fault = trial_fault("object %d could not be made", i);
    trial_end(&self);
    return fault;
}

// Makes, and keeps, so many objects with pages of their own.
void heap_trial_pages(uint32_t count) {
    trial self;
    trial_begin(&self);
    uint32_t list = trial_struct(&self, 9008, 1, (uint16_t[]){1});
    self.root_count = 1;
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *object = wasmc_heap_allocate_struct(self.heap, list);
        trial_store(&self, object, 1, (uint32_t)self.roots[0]);
        self.roots[0] = trial_offset(&self, object);
    }
    trial_end(&self);
}

// A list, and an array of many references to its first object.
const char *heap_trial_giving_up(void) {
    trial self;
    trial_begin(&self);
    enum { OBJECTS = 300000, ELEMENTS = 1000000, INTERVAL = QUESTION_INTERVAL };
    uint32_t list = trial_struct(&self, 16, 1, (uint16_t[]){1}), array = trial_array(&self, 2, true);
    self.root_count = 2;
    self.roots[1] = trial_offset(&self, wasmc_heap_allocate_array(self.heap, array, ELEMENTS));
    for (int i = 0; i < OBJECTS; i++) {
        uint8_t *object = trial_make(&self, list, 16);
        trial_store(&self, object, 1, (uint32_t)self.roots[0]);
        self.roots[0] = trial_offset(&self, object);
    }
    uint8_t *elements = self.allocation.base + self.roots[1];
    for (int i = 0; i < ELEMENTS; i++) trial_store(&self, elements, 2 + (uint32_t)i, (uint32_t)self.roots[0]);
    wasmc_heap_collect(self.heap);
    uint64_t live = wasmc_heap_get_statistics(self.heap).live_byte_count;
    const char *fault = NULL;
    // There is no room for it, so that all is collected first.
    self.limit = self.taken;
    self.question_count = 0;
    if (wasmc_heap_allocate_array(self.heap, array, ELEMENTS)) fault = trial_fault("an array was made over the limit");
    // Each object is a step, and the array as many as it has elements.
    uint64_t steps = OBJECTS + ELEMENTS, asked = self.question_count;
    if (!fault && (asked < steps / INTERVAL - 2 || asked > steps / INTERVAL + 2))
        fault = trial_fault("%llu questions were asked", (unsigned long long)asked);
    for (uint64_t last = 1; last <= asked && !fault; last += 7) {
        self.questions_to_stop = last;
        self.question_count = 0;
        if (wasmc_heap_allocate_array(self.heap, array, ELEMENTS)) fault = trial_fault("an array was made");
        if (self.question_count != last)
            fault = trial_fault("a question was asked after number %llu", (unsigned long long)last);
        if (wasmc_heap_get_statistics(self.heap).live_byte_count != live) fault = trial_fault("the live bytes changed");
    }
    self.questions_to_stop = 0;
    self.limit = UINT64_MAX;
    if (!fault && !wasmc_heap_allocate_array(self.heap, array, ELEMENTS)) fault = trial_fault("no array was made");
    wasmc_heap_collect(self.heap);
    if (!fault && wasmc_heap_get_statistics(self.heap).live_byte_count != live)
        fault = trial_fault("objects were lost");
    trial_end(&self);
    return fault;
}
