// A heap with types, roots and a limit of its own.

#ifndef HEAP_TRIAL_H
#define HEAP_TRIAL_H

#include "heap_trials.h"

#include "heap/state.h"

enum { MOST_ROOTS = 4096 };

typedef struct trial {
    wasmc_heap *heap;
    wasmc_allocation allocation;
    uint8_t *descriptors;
    uint32_t next_id;
    uint64_t roots[MOST_ROOTS];  // words, each of which may be a reference
    uint32_t root_count;
    const void *low, *high;  // of words that are scanned like a stack
    uint64_t taken, most_taken, limit;
    uint64_t question_count,
        questions_to_stop;  // a collection is given up at each question with this number; 0: none is
} trial;

void trial_begin(trial *self);
void trial_end(trial *self);
// The ids of types.
uint32_t trial_struct(trial *self, uint32_t byte_count, uint32_t reference_count, const uint16_t *references);
uint32_t trial_array(trial *self, uint32_t element_shift, bool has_references);

const wasmc_descriptor *trial_type(const trial *self, uint32_t id);

// As generated code makes a struct.
static inline uint8_t *trial_make(trial *self, uint32_t id, uint32_t byte_count) {
    uint8_t *object = self->allocation.bump;
    if (byte_count > (uint64_t)(self->allocation.limit - object)) return wasmc_heap_allocate_struct(self->heap, id);
    self->allocation.bump += byte_count;
    *(uint32_t *)object = id;
    return object;
}

static inline uint32_t trial_offset(const trial *self, const uint8_t *object) {
    return object ? (uint32_t)(object - self->allocation.base) : 0;
}

// As generated code stores a reference, in a word of the object.
static inline void trial_store(trial *self, uint8_t *object, uint32_t word, uint32_t reference) {
    if (*(uint32_t *)object & WASMC_OBJECT_IS_OLD) wasmc_heap_remember(self->heap, object);
    ((uint32_t *)object)[word] = reference;
}

static inline uint64_t trial_random(uint64_t *state) {
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

// Keeps a sentence for the caller of a trial.
const char *trial_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
