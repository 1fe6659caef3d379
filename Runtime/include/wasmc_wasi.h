// WASI preview 1: a world of arguments, environment and descriptors, and the functions that act on it.
//
// Invariant: a guest reaches only what the world was given: the standard streams, and what lies beneath the preopened
// directories.

#ifndef WASMC_WASI_H
#define WASMC_WASI_H

#include "wasmc_layout.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasmc_wasi wasmc_wasi;

typedef struct wasmc_wasi_function {
    const char *name;
    const char *parameters;  // one letter each: i for i32, I for i64
    const char *results;
    wasmc_host_callback callback;  // user data: the world
} wasmc_wasi_function;

// The functions of wasi_snapshot_preview1 that are offered, by family, each list ended by a null name; null after the
// last family.
const wasmc_wasi_function *wasmc_wasi_functions(size_t family);

// A world without arguments, environment and directories, whose descriptors 0, 1 and 2 are duplicates of these three.
wasmc_wasi *wasmc_wasi_create(int standard_input, int standard_output, int standard_error);
void wasmc_wasi_destroy(wasmc_wasi *world);
bool wasmc_wasi_add_argument(wasmc_wasi *world, const char *argument);
bool wasmc_wasi_add_variable(wasmc_wasi *world, const char *name_and_value);
// Opens a host directory for the guest under a name. False with errno set when it cannot be opened.
bool wasmc_wasi_preopen(wasmc_wasi *world, const char *host_path, const char *guest_name);

#ifdef __cplusplus
}
#endif

#endif
