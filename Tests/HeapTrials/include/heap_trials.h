// Trials of the runtime's heap, which Swift cannot reach into. Each returns null, or a sentence that says what is
// wrong.

#ifndef HEAP_TRIALS_H
#define HEAP_TRIALS_H

#include <stdint.h>

// - Parameter stress: how many allocations are between two collections; 0: as many as fill what is for them.
// - Parameter questions: a collection is given up at each question with this number; 0: none is.
const char *heap_trial_random_graphs(uint64_t seed, uint32_t steps, uint32_t stress, uint32_t questions);
const char *heap_trial_giving_up(void);
const char *heap_trial_many_changes(void);
const char *heap_trial_full_again_and_again(void);
const char *heap_trial_every_byte_of_an_object(void);
const char *heap_trial_words_that_are_no_references(void);
const char *heap_trial_random_words(uint64_t seed);
const char *heap_trial_damaged_objects(uint64_t seed, uint32_t rounds);
const char *heap_trial_holes(void);
const char *heap_trial_wrong_starts_of_holes(void);
const char *heap_trial_limit(uint64_t limit);
const char *heap_trial_large_arrays(void);
const char *heap_trial_whole_region(void);
const char *heap_trial_stacks(void);
const char *heap_trial_stores(uint32_t thread_count, uint64_t object_count);
// The most bytes that the heap had taken while it made so many objects, of which few stay.
uint64_t heap_trial_churn(uint64_t count);
// Makes, and keeps, a tree of 1 << depth objects.
void heap_trial_tree(uint32_t depth);
void heap_trial_pages(uint32_t count);

#endif
