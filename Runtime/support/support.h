// What the support layer has for those above: it knows nothing of WebAssembly.
//
// Invariant: a reason is written into the caller's buffer only, and always ends within it.

#ifndef WASMC_SUPPORT_H
#define WASMC_SUPPORT_H

#include "wasmc_runtime.h"

#include <stdio.h>

// In the order of wasmc_external_names.
extern const uintptr_t wasmc_external_addresses[];

// Where the caller wants to read why something failed.
typedef struct wasmc_failure {
    char *message;
    size_t size;
} wasmc_failure;

static inline bool wasmc_fail(wasmc_failure out, const char *what) {
    snprintf(out.message, out.size, "%s", what);
    return false;
}

#endif
