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

#endif
