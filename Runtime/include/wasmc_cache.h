// The cache of compiled modules: a directory of artifacts, each named by a digest of all that decided its content.
//
// Invariant: a directory or a file that another user could have written is never used, and an entry runs only when its
// checksum is right and it was made from the very module that is asked for.

#ifndef WASMC_CACHE_H
#define WASMC_CACHE_H

#include "wasmc_runtime.h"

#define WASMC_CACHE_NAME_BYTES 72  // 64 digits, ".cwasm", and the end
#define WASMC_CACHE_PATH_BYTES 4096

// What `settings` is for code made with default options for this machine.
#define WASMC_CACHE_DEFAULT_SETTINGS "default"

typedef struct wasmc_cache_key {
    uint8_t module_digest[32];
    char name[WASMC_CACHE_NAME_BYTES];
} wasmc_cache_key;

typedef enum wasmc_cache_state {
    WASMC_CACHE_HIT,
    WASMC_CACHE_ABSENT,    // no such entry, or no such directory yet
    WASMC_CACHE_BROKEN,    // there is an entry that cannot be used
    WASMC_CACHE_UNUSABLE,  // the directory cannot be used
} wasmc_cache_state;

// $WASMC_CACHE, else $XDG_CACHE_HOME/wasmc, else $HOME/.cache/wasmc. False when there is none, and when $WASMC_CACHE is
// "off" or empty.
bool wasmc_cache_directory(char path[WASMC_CACHE_PATH_BYTES]);

// What tells a build of the compiler from others: size, time and number of its file. False when it cannot be read.
bool wasmc_file_identity(const char *path, char *identity, size_t identity_size);

// The same of the program that runs, and of the shared library that holds this runtime, if one does.
bool wasmc_own_identity(char *identity, size_t identity_size);

// The entry of a module that the compiler with this identity makes with these settings on this machine.
void wasmc_cache_find(
    const void *module, size_t byte_count, const char *settings, const char *compiler_identity, wasmc_cache_key *key);

// The same of a module with this SHA-256.
void wasmc_cache_find_digest(
    const uint8_t module_digest[32], const char *settings, const char *compiler_identity, wasmc_cache_key *key);

// Maps an entry and marks it as used. `module` is set for a hit only; in the last two states `reason` says why not.
wasmc_cache_state wasmc_cache_load(
    const char *directory, const wasmc_cache_key *key, wasmc_module **module, char *reason, size_t reason_size);

// Whether a directory may hold entries: it is this user's and nobody else may write to it.
wasmc_cache_state wasmc_cache_check(const char *directory, char *reason, size_t reason_size);

#endif
