// What words of roots find, and what damaged objects do to the collector: nothing.

#include "trial.h"

#include <stdlib.h>
#include <string.h>

// Where the object begins that a full collection finds when this word is a root; 0 for none.
static uint64_t found_from(trial *self, uint64_t word, bool is_on_stack) {
    uint64_t words[2] = {word, 0};
    self->root_count = is_on_stack ? 0 : 1;
    self->roots[0] = word;
    self->low = words;
    self->high = is_on_stack ? words + 1 : words;
    self->heap->is_full = true;
    self->heap->owner.visit_roots(self, self->heap);
    uint64_t count = self->heap->found_count;
    uint32_t found = count ? self->heap->found[0] : 0;
    for (uint64_t i = 0; i < count; i++) clear_bit(self->heap->pins, granule_of(self->heap->found[i]));
    self->heap->found_count = 0;
    self->low = self->high = NULL;
    self->root_count = 0;
    return count == 1 ? found : count ? UINT64_MAX : 0;
}

static const char *try_object(trial *self, const uint8_t *object, uint32_t byte_count, uint32_t used) {
    uint32_t start = trial_offset(self, object);
    uint64_t base = (uint64_t)(uintptr_t)self->allocation.base;
    for (uint32_t i = 0; i < byte_count; i += i < 64 || i + 64 >= byte_count ? 1 : 61) {
        uint32_t expected = i < used ? start : 0;
        uint64_t words[] = {start + i, base + start + i, (uint64_t)(start + i) << 32 | 1};
        for (int k = 0; k < 3; k++) {
            bool is_on_stack = k == 2;
            uint64_t found = found_from(self, words[k], is_on_stack);
            if (found != expected)
                return trial_fault(
                    "byte %u of %u finds %llx, not %x", i, byte_count, (unsigned long long)found, expected);
        }
    }
    return NULL;
}

const char *heap_trial_every_byte_of_an_object(void) {
    trial self;
    trial_begin(&self);
    uint32_t small = trial_struct(&self, 48, 0, NULL), array = trial_array(&self, 0, false);
    // In front and behind others, one that ends with its block, and one with pages of its own.
    uint8_t *objects[6];
    uint32_t sizes[] = {48, 48, 3008, 48, 8192, 100000}, used[] = {48, 48, 3008, 48, 8192, 100000};
    objects[0] = wasmc_heap_allocate_struct(self.heap, small);
    objects[1] = wasmc_heap_allocate_struct(self.heap, small);
    objects[2] = wasmc_heap_allocate_array(self.heap, array, 3000);
    objects[3] = wasmc_heap_allocate_struct(self.heap, small);
    uint64_t room = (uint64_t)(self.allocation.limit - self.allocation.bump);
    while (room > 8192) room -= (wasmc_heap_allocate_array(self.heap, array, 8), 16);
    sizes[4] = used[4] = (uint32_t)room;
    objects[4] = wasmc_heap_allocate_array(self.heap, array, (uint32_t)room - 8);
    if (self.allocation.bump != self.allocation.limit) return trial_fault("the block has room");
    objects[5] = wasmc_heap_allocate_array(self.heap, array, 100000 - 8);
    const char *fault = NULL;
    for (int generation = 0; generation < 2 && !fault; generation++) {
        for (int i = 0; i < 6 && !fault; i++) fault = try_object(&self, objects[i], sizes[i], used[i]);
        // Old ones are found, too, though not where nothing is behind them.
        for (int i = 0; i < 6; i++) self.roots[i] = trial_offset(&self, objects[i]);
        self.root_count = 6;
        wasmc_heap_forget_young_starts(self.heap);
        wasmc_heap_collect(self.heap);
    }
    if (!fault && found_from(&self, trial_offset(&self, objects[5]) + 100000, false))
        fault = trial_fault("what lies behind all objects finds one");
    trial_end(&self);
    return fault;
}

const char *heap_trial_words_that_are_no_references(void) {
    trial self;
    trial_begin(&self);
    uint32_t type = trial_struct(&self, 16, 2, (uint16_t[]){1, 2});
    uint8_t *object = wasmc_heap_allocate_struct(self.heap, type);
    uint32_t start = trial_offset(&self, object);
    uint64_t base = (uint64_t)(uintptr_t)self.allocation.base;
    const uint64_t words[] = {
        0,
        1,
        base,
        base + 8,
        WASMC_HEAP_START - 1,
        WASMC_HEAP_END,
        WASMC_HEAP_END - 1,
        UINT64_MAX,
        start - 1,
        start + 16,
        start + 32,
        start + BLOCK_BYTES,
        base + start + 16,
        base + (UINT64_C(1) << 32) + start,
        (UINT64_C(1) << 32) + start,
        (uint64_t)(uintptr_t)&self,
    };
    const char *fault = NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words && !fault; i++)
        if (found_from(&self, words[i], false))
            fault = trial_fault("%llx is taken for a reference", (unsigned long long)words[i]);
    // As references in an object: i31 and numbers of host objects whose bits are an object's offset, and others.
    const uint32_t references[] = {start + 16, start + 17,     start + 18,
                                   start + 20, start + 24,     WASMC_HEAP_START - 16,
                                   8,          WASMC_HEAP_END, 0xFFFFFFF0};
    uint8_t *other = wasmc_heap_allocate_struct(self.heap, type);
    if (trial_offset(&self, other) != start + 16) fault = trial_fault("the second object lies elsewhere");
    for (size_t i = 0; i < sizeof references / sizeof *references && !fault; i++) {
        ((uint32_t *)object)[1] = references[i];
        self.roots[0] = start, self.root_count = 1;
        wasmc_heap_collect(self.heap);
        uint64_t live = wasmc_heap_get_statistics(self.heap).live_byte_count, expected = i == 0 ? 32 : 16;
        if (live != expected) fault = trial_fault("%x leaves %llu bytes", references[i], (unsigned long long)live);
    }
    trial_end(&self);
    return fault;
}

// A word keeps one object, mostly none: numbers of everyday size are below and above all offsets.
const char *heap_trial_random_words(uint64_t seed) {
    trial self;
    trial_begin(&self);
    uint32_t type = trial_struct(&self, 16, 0, NULL);
    for (int i = 0; i < 100000; i++) trial_make(&self, type, 16);
    enum { WORDS = 4096 };
    uint64_t words[WORDS], random = seed * 2 + 1;
    const char *fault = NULL;
    self.low = words;
    self.high = words + WORDS;
    for (int i = 0; i < WORDS; i++) {
        double number = (double)(int32_t)trial_random(&random) / 1024;
        uint64_t small = trial_random(&random) % WASMC_HEAP_START;
        memcpy(&words[i], &number, sizeof number);
        if (i % 2) words[i] = i % 4 == 1 ? small | small << 32 : (uint64_t)-(int64_t)(small % 0x10000000);
        // The low half of a number with a fraction may be anything.
        else words[i] &= ~(uint64_t)UINT32_MAX;
    }
    wasmc_heap_collect(self.heap);
    uint64_t live = wasmc_heap_get_statistics(self.heap).live_byte_count;
    if (live) fault = trial_fault("everyday numbers keep %llu bytes", (unsigned long long)live);
    for (int i = 0; i < 100000; i++) trial_make(&self, type, 16);
    for (int i = 0; i < WORDS; i++) words[i] = trial_random(&random);
    wasmc_heap_collect(self.heap);
    live = wasmc_heap_get_statistics(self.heap).live_byte_count;
    // 1.6 MB of 4 GiB: 3 of 8,192 halves.
    if (live > 16 * 32) fault = trial_fault("random words keep %llu bytes", (unsigned long long)live);
    trial_end(&self);
    return fault;
}

const char *heap_trial_damaged_objects(uint64_t seed, uint32_t rounds) {
    trial self;
    trial_begin(&self);
    uint32_t types[] = {
        trial_struct(&self, 32, 3, (uint16_t[]){2, 4, 7}), trial_array(&self, 2, true), trial_array(&self, 0, false)};
    uint64_t random = seed * 2 + 1, words[256] = {0};
    self.heap->nursery_byte_count = 200000;
    self.low = words;
    self.high = words + 256;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 1000; i++) {
            uint32_t kind = (uint32_t)trial_random(&random) % 3;
            uint8_t *object = kind == 0
                ? trial_make(&self, types[0], 32)
                : wasmc_heap_allocate_array(
                      self.heap, types[kind], (uint32_t)trial_random(&random) % (i % 100 ? 100 : 20000));
            if (!object) return trial_fault("no object could be made");
            words[trial_random(&random) % 256] = (uint64_t)(uintptr_t)object;
        }
        // Anything, anywhere: headers, lengths and references, in objects and in free lines.
        uint32_t end = self.heap->block_count * (uint32_t)BLOCK_BYTES;
        for (int i = 0; i < 2000; i++) {
            uint64_t value = trial_random(&random), at = trial_random(&random) % (end / 16);
            const uint32_t values[] = {
                (uint32_t)value,
                WASMC_HEAP_START + (uint32_t)(value % end),
                WASMC_HEAP_START + (uint32_t)(value % (end / 16)) * 16,
                types[value % 3],
                types[value % 3] | 1,
                (uint32_t)(value % 16) * 16,
                UINT32_MAX,
                WASMC_HEAP_END - 4096 * (uint32_t)(value % 100 + 1)};
            uint32_t *object = (uint32_t *)(self.allocation.base + WASMC_HEAP_START + at * 16);
            object[trial_random(&random) % 4] = values[trial_random(&random) % 8];
            if (i % 50 == 0) wasmc_heap_remember(self.heap, (uint8_t *)object);
        }
        if (round % 3 == 0) wasmc_heap_collect(self.heap);
        else wasmc_heap_collect_young(self.heap);
    }
    uint64_t used = wasmc_heap_get_statistics(self.heap).used_byte_count;
    const char *fault = used == self.taken ? NULL : trial_fault("what was taken and what is used differ");
    trial_end(&self);
    return fault;
}
