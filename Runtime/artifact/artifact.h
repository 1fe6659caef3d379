// What the artifact layer has for those above.
//
// Invariant: see wasmc_artifact.h.

#ifndef WASMC_ARTIFACT_LAYER_H
#define WASMC_ARTIFACT_LAYER_H

#include "../platform/platform.h"

// Whether the bytes, aligned to 8, are a whole artifact of this version; `verifies_all` reads them all.
bool wasmc_artifact_is_valid(const uint8_t *image, uint64_t byte_count, bool verifies_all, wasmc_failure out);
// Whether this machine can run a valid one.
bool wasmc_artifact_runs_here(const uint8_t *image, wasmc_failure out);

// ---- Descriptors of types ------------------------------------------------------------------------------------------

// The region that they lie in; null when there is no address space for it.
const uint8_t *wasmc_descriptors(void);
// A new one with its id and room for so many references, else zero; null when no memory is left. For one thread at a
// time, as the next.
wasmc_descriptor *wasmc_descriptor_make(uint16_t reference_count);
// Nothing may hold its id any more. A `reference_count` of an array, 1, is the one that it was made with.
void wasmc_descriptor_free(wasmc_descriptor *descriptor);

#endif
