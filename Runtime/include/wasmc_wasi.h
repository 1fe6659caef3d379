// WASI preview 1: a context of arguments, environment and descriptors, and the functions that act on it.
//
// Invariant: a guest reaches only what the context was given: its streams and sockets, and what lies beneath the
// preopened directories.

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
    wasmc_host_callback callback;  // user data: the context
} wasmc_wasi_function;

// The functions of wasi_snapshot_preview1, by family, each list ended by a null name; null after the last family.
const wasmc_wasi_function *wasmc_wasi_functions(size_t family);
// Those that wasi_unstable has with other layouts or numbers; all others are the same there. Ended by a null name.
const wasmc_wasi_function *wasmc_wasi_unstable_functions(void);

// A context without arguments, environment and descriptors. One thread at a time uses it.
wasmc_wasi *wasmc_wasi_create(void);
void wasmc_wasi_destroy(wasmc_wasi *context);

// Lets the threads of one program use the context, whose functions are then called through wasmc_wasi_call_shared.
// False when there is no lock for it.
bool wasmc_wasi_share(wasmc_wasi *context);
// The user data of wasmc_wasi_call_shared.
typedef struct wasmc_wasi_shared_call {
    wasmc_wasi *context;
    wasmc_host_callback callback;
} wasmc_wasi_shared_call;
int32_t wasmc_wasi_call_shared(void *data, wasmc_instance *caller, wasmc_value *values);
bool wasmc_wasi_add_argument(wasmc_wasi *context, const char *argument);
bool wasmc_wasi_add_variable(wasmc_wasi *context, const char *name_and_value);

// ---- Descriptors: each call gives the guest its next number; the streams 0, 1 and 2 come first ----------------------

// A duplicate of a host descriptor, which the guest may read or write; a closed one becomes /dev/null. The guest can
// not change the flags that it shares with the host.
bool wasmc_wasi_add_file(wasmc_wasi *context, int file, bool can_read, bool can_write);
// Opens a host directory for the guest under a name. False with errno set when it cannot be opened.
bool wasmc_wasi_preopen(wasmc_wasi *context, const char *host_path, const char *guest_name, bool is_read_only);
// The same with a folder in memory, which must outlive the context.
typedef struct wasmc_wasi_folder wasmc_wasi_folder;
bool wasmc_wasi_preopen_folder(
    wasmc_wasi *context, wasmc_wasi_folder *folder, const char *guest_name, bool is_read_only);

// A stream that the host implements. `caller` may be used to stop the guest. The bytes are never the guest's own
// memory, so a stream may call back into the guest.
enum { WASMC_WASI_STREAM_BYTES = 16384 };  // the most that is asked for or given at once
#define WASMC_WASI_STREAM_STOPS INT64_MIN  // stop the guest; the error waits with the host
typedef struct wasmc_wasi_stream {
    void *context;
    // The number of bytes read, 0 at the end, or a WASI errno negated. Null: not readable.
    int64_t (*read)(void *context, wasmc_instance *caller, uint8_t *bytes, size_t byte_count);
    // The number of bytes written, or a WASI errno negated. Null: not writable.
    int64_t (*write)(void *context, wasmc_instance *caller, const uint8_t *bytes, size_t byte_count);
} wasmc_wasi_stream;
bool wasmc_wasi_add_stream(wasmc_wasi *context, wasmc_wasi_stream stream);

// ---- What a context takes instead of the machine's own --------------------------------------------------------------

typedef struct wasmc_wasi_clock {
    void *context;
    uint64_t (*now)(void *context, uint32_t clock);  // nanoseconds; WASI's clock numbers 0 to 3
    void (*sleep)(void *context, uint64_t nanoseconds);
    uint64_t resolution;  // nanoseconds
} wasmc_wasi_clock;
void wasmc_wasi_set_clock(wasmc_wasi *context, wasmc_wasi_clock clock);

typedef struct wasmc_wasi_random {
    void *context;
    void (*fill)(void *context, uint8_t *bytes, size_t byte_count);
} wasmc_wasi_random;
void wasmc_wasi_set_random(wasmc_wasi *context, wasmc_wasi_random random);

// The most descriptors that may be open at once; 4,096 if nothing is said.
void wasmc_wasi_set_descriptor_limit(wasmc_wasi *context, uint32_t count);
// Resolves paths name by name even where the kernel could do it in one step: for the tests of that fallback.
void wasmc_wasi_resolve_by_walking(wasmc_wasi *context);

// ---- Folders in memory ----------------------------------------------------------------------------------------------

// A new folder that guests may fill with so many bytes: contents in whole pages, and 4 KiB for each name. Null with
// errno set when none can be made.
wasmc_wasi_folder *wasmc_wasi_folder_create(uint64_t byte_limit);
// Removes the folder, too. Without it, that happens at the process's exit.
void wasmc_wasi_folder_destroy(wasmc_wasi_folder *folder);
const char *wasmc_wasi_folder_path(const wasmc_wasi_folder *folder);
// Opens a file for reading by its path in the folder; -1 with errno set: EINVAL for "..", ELOOP or ENOTDIR for a link.
int wasmc_wasi_folder_open(wasmc_wasi_folder *folder, const char *name);
// Writes a file, over one of the same name, and makes the folders in its path. False with errno set, as above and
// ENOSPC.
bool wasmc_wasi_folder_write(wasmc_wasi_folder *folder, const char *name, const void *bytes, size_t byte_count);

// Removes a folder and all that a guest has put into it, however deep. False if something stayed.
bool wasmc_wasi_remove_folder(const char *path);

#ifdef __cplusplus
}
#endif

#endif
