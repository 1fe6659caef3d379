// What the WASI functions share.
//
// Invariant: guest_bytes is the only way from a guest's pointer to host memory; it checks the whole range against the
// caller's memory. Its result is used before the next call into the guest.

#ifndef WASMC_WASI_WORLD_H
#define WASMC_WASI_WORLD_H

#include "../internal.h"
#include "wasmc_wasi.h"

#include <sys/stat.h>
#include <sys/uio.h>

// Errno values of WASI that the functions return on their own account.
enum {
    WASI_OK = 0,
    WASI_ACCES = 2,
    WASI_BADF = 8,
    WASI_FAULT = 21,
    WASI_ILSEQ = 25,
    WASI_INTR = 27,
    WASI_INVAL = 28,
    WASI_IO = 29,
    WASI_ISDIR = 31,
    WASI_LOOP = 32,
    WASI_MFILE = 33,
    WASI_NAMETOOLONG = 37,
    WASI_NOENT = 44,
    WASI_NOMEM = 48,
    WASI_NOTDIR = 54,
    WASI_NOTSUP = 58,
    WASI_OVERFLOW = 61,
    WASI_PERM = 63,
    WASI_NOTCAPABLE = 76,
};

typedef struct descriptor {
    int file;  // -1: free
    bool is_directory;
    bool can_read, can_write;
    char *preopen_name;  // null unless preopened
} descriptor;

typedef struct strings {
    char **items;
    uint32_t count;
    uint64_t byte_count;  // terminators included
} strings;

struct wasmc_wasi {
    strings arguments, environment;
    descriptor *descriptors;
    uint32_t descriptor_count;
};

#define WASI_DESCRIPTOR_LIMIT 4096

// `count` bytes of the caller's memory at `pointer`, or null if they are not all inside.
void *guest_bytes(wasmc_instance *caller, uint32_t pointer, uint64_t count);
bool store_u32(wasmc_instance *caller, uint32_t pointer, uint32_t value);
bool store_u64(wasmc_instance *caller, uint32_t pointer, uint64_t value);

// The WASI errno of a host errno.
uint32_t wasi_errno(int host);

descriptor *open_descriptor(wasmc_wasi *world, uint32_t number);
// Takes ownership of the file; UINT32_MAX (and the file closed) when no descriptor is left.
uint32_t add_descriptor(wasmc_wasi *world, descriptor made);

uint32_t file_type(mode_t mode);
// Before reading or writing: waits until that does not block, and makes the list shorter if it has to. False when the
// guest was interrupted meanwhile; the runtime stops it when the function returns.
bool await_transfer(wasmc_instance *caller, int file, bool writes, struct iovec *list, int *count);
bool store_filestat(wasmc_instance *caller, uint32_t pointer, const struct stat *status);

// WASI's times and flags as the host's; false for contradictory flags.
bool host_times(uint64_t access, uint64_t modification, uint32_t flags, struct timespec out[2]);

// A guest's path, relative to a directory, as a terminated copy; an errno when it is not usable.
#define WASI_PATH_LIMIT 4096
uint32_t copy_path(wasmc_instance *caller, uint32_t pointer, uint32_t count, char out[WASI_PATH_LIMIT + 1]);
// Opens beneath `directory`, never above it, whatever links and races there are; -1 with errno.
int open_beneath(int directory, const char *path, int flags, mode_t mode, bool follows_last);
// Splits off the last name and opens what holds it; -1 with errno. `*name` points into `path`.
int open_parent(int directory, char *path, const char **name);

extern const wasmc_wasi_function argument_functions[], clock_functions[], descriptor_functions[], path_functions[], poll_functions[], process_functions[];

#define U32(i) values[i].i32
#define U64(i) values[i].i64
#define WASI_FUNCTION(name) static int32_t name(void *data, wasmc_instance *caller, wasmc_value *values)
#define WORLD ((wasmc_wasi *)data)
#define ANSWER(code) do { values[0].i32 = (code); return WASMC_RETURNED; } while (0)

#endif
