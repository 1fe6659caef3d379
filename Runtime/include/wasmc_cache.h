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
// The same of the baseline tier, whose functions are compiled when they are called.
#define WASMC_CACHE_BASELINE_SETTINGS "default, baseline when called"

// What is beside an entry, after its name: of the baseline, what runs compiled at first calls; of the entry with all
// of the module optimized, what they optimized.
#define WASMC_CACHE_FIRST_CODE_SUFFIX ".calls"
#define WASMC_CACHE_HOT_CODE_SUFFIX ".hot"
// After the name of an entry that is made in the background: a byte for each try.
#define WASMC_CACHE_TRIES_SUFFIX ".tries.tmp"
// Locked by the one process that compiles in the background.
#define WASMC_CACHE_BACKGROUND_LOCK "background.lock"

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

// The SHA-256 of a regular file of so many bytes. Of a large one that was read before and cannot have changed since, it
// is known (Decisions/Artifacts/KnownFiles.md): nothing is noted of one that changed later than `seconds_of_rest` ago.
// False when the file is empty or cannot be read.
bool wasmc_cache_digest_file(
    const char *directory, int file, uint64_t byte_count, uint32_t seconds_of_rest, uint8_t digest[32]);
// What is asked for: until a file that was written is written back by itself.
#define WASMC_SECONDS_OF_REST 60

// The module itself, which is kept with the baseline's entry: its file may change while it runs, and its code is made
// then. -1 when it is not there; else the caller closes it. Whoever reads it compares it with its digest.
int wasmc_cache_open_module(const char *directory, const uint8_t module_digest[32]);
void wasmc_cache_module_name(const uint8_t module_digest[32], char name[WASMC_CACHE_NAME_BYTES]);

// Whether a process is to be started that makes this entry in the background: WASMC_BACKGROUND is not "off", none is at
// work, and it has not failed a few times.
bool wasmc_cache_wants_background(const char *directory, const char *entry);

// ---- Kept code -----------------------------------------------------------------------------------------------------

// A file of code that runs made of some functions and loops, a batch at a time. A batch is appended as a whole and
// never changed; one process appends at a time (KeptCodeFile.swift). However many there are, they are one mapping.
typedef struct wasmc_kept_code {
    int file;
    uint8_t *bytes;
    uint64_t mapped_byte_count;
    wasmc_shared_mapping *mapping;  // which has the bytes then; or null
    uint64_t end;                   // of the last whole batch
    uint64_t next;
} wasmc_kept_code;

typedef struct wasmc_kept_batch {
    const uint64_t *functions;
    uint64_t function_count;
    const uint64_t *loops;  // of each its function and its number
    uint64_t loop_count;
    wasmc_module *code;  // null when it is not asked for or cannot be used; whoever reads the batch releases it
} wasmc_kept_batch;

// Opens a file that nobody but this user may have written, and in which nothing is damaged; one that is goes. False
// when there is nothing to be used. Beside another process that appends, what was whole is read. Without `wants_code`
// the batches say only what they have.
bool wasmc_kept_code_open(const char *path, bool wants_code, wasmc_kept_code *kept);
// The next batch, in use until the file is closed, its code longer. False at the end.
bool wasmc_kept_code_next(wasmc_kept_code *kept, wasmc_kept_batch *batch);
void wasmc_kept_code_close(wasmc_kept_code *kept);
// What the file with this path begins with: its name is a part of it, so that no other's code is taken for its own.
#define WASMC_KEPT_CODE_START_BYTES 4096
void wasmc_kept_code_start(const char *path, uint8_t start[WASMC_KEPT_CODE_START_BYTES]);
// Up to where a file of so many bytes has whole batches, damaged or not; 0 when even its start is not right.
uint64_t wasmc_kept_code_end(const char *path, int file, uint64_t byte_count);

// Whether a directory may hold entries: it is this user's and nobody else may write to it.
wasmc_cache_state wasmc_cache_check(const char *directory, char *reason, size_t reason_size);

#endif
