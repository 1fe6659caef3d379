// What the WASI functions share.
//
// Invariant: wasmc_guest_bytes is the only way from a guest's pointer to host memory; it checks the whole range
// against the caller's memory. Its result is used before the next call into the guest or into a stream of the host's.

#ifndef WASMC_WASI_WORLD_H
#define WASMC_WASI_WORLD_H

#include "../execution/execution.h"
#include "wasmc_wasi.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

// Errno values of WASI that the functions return on their own account.
enum {
    WASI_OK = 0,
    WASI_ACCES = 2,
    WASI_AGAIN = 6,
    WASI_BADF = 8,
    WASI_EXIST = 20,
    WASI_FAULT = 21,
    WASI_FBIG = 22,
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
    WASI_NOSPC = 51,
    WASI_NOTDIR = 54,
    WASI_NOTSOCK = 57,
    WASI_NOTSUP = 58,
    WASI_NXIO = 60,
    WASI_OVERFLOW = 61,
    WASI_PERM = 63,
    WASI_ROFS = 69,
    WASI_SPIPE = 70,
    WASI_NOTCAPABLE = 76,
};
// The WASI errno of a host errno.
uint32_t wasmc_wasi_errno(int host);

enum {
    RIGHT_FD_DATASYNC = 1 << 0,
    RIGHT_FD_READ = 1 << 1,
    RIGHT_FD_SEEK = 1 << 2,
    RIGHT_FD_FDSTAT_SET_FLAGS = 1 << 3,
    RIGHT_FD_SYNC = 1 << 4,
    RIGHT_FD_TELL = 1 << 5,
    RIGHT_FD_WRITE = 1 << 6,
    RIGHT_FD_ADVISE = 1 << 7,
    RIGHT_FD_ALLOCATE = 1 << 8,
    RIGHT_PATH_CREATE_DIRECTORY = 1 << 9,
    RIGHT_PATH_CREATE_FILE = 1 << 10,
    RIGHT_PATH_LINK_SOURCE = 1 << 11,
    RIGHT_PATH_LINK_TARGET = 1 << 12,
    RIGHT_PATH_OPEN = 1 << 13,
    RIGHT_FD_READDIR = 1 << 14,
    RIGHT_PATH_READLINK = 1 << 15,
    RIGHT_PATH_RENAME_SOURCE = 1 << 16,
    RIGHT_PATH_RENAME_TARGET = 1 << 17,
    RIGHT_PATH_FILESTAT_GET = 1 << 18,
    RIGHT_PATH_FILESTAT_SET_SIZE = 1 << 19,
    RIGHT_PATH_FILESTAT_SET_TIMES = 1 << 20,
    RIGHT_FD_FILESTAT_GET = 1 << 21,
    RIGHT_FD_FILESTAT_SET_SIZE = 1 << 22,
    RIGHT_FD_FILESTAT_SET_TIMES = 1 << 23,
    RIGHT_PATH_SYMLINK = 1 << 24,
    RIGHT_PATH_REMOVE_DIRECTORY = 1 << 25,
    RIGHT_PATH_UNLINK_FILE = 1 << 26,
    RIGHT_POLL_FD_READWRITE = 1 << 27,
    RIGHT_SOCK_SHUTDOWN = 1 << 28,
    RIGHT_SOCK_ACCEPT = 1 << 29,
    RIGHTS_ALL = (1 << 30) - 1,
    RIGHTS_WRITING = RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE,
    RIGHTS_OF_DIRECTORY = RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC | RIGHT_FD_DATASYNC | RIGHT_FD_ADVISE
        | RIGHT_FD_READDIR | RIGHT_FD_FILESTAT_GET | RIGHT_FD_FILESTAT_SET_TIMES | RIGHT_POLL_FD_READWRITE
        | RIGHT_PATH_CREATE_DIRECTORY | RIGHT_PATH_CREATE_FILE | RIGHT_PATH_LINK_SOURCE | RIGHT_PATH_LINK_TARGET
        | RIGHT_PATH_OPEN | RIGHT_PATH_READLINK | RIGHT_PATH_RENAME_SOURCE | RIGHT_PATH_RENAME_TARGET
        | RIGHT_PATH_FILESTAT_GET | RIGHT_PATH_FILESTAT_SET_SIZE | RIGHT_PATH_FILESTAT_SET_TIMES | RIGHT_PATH_SYMLINK
        | RIGHT_PATH_REMOVE_DIRECTORY | RIGHT_PATH_UNLINK_FILE,
    RIGHTS_OF_FILE = RIGHT_FD_DATASYNC | RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC
        | RIGHT_FD_TELL | RIGHT_FD_ADVISE | RIGHT_FD_FILESTAT_GET | RIGHT_FD_FILESTAT_SET_TIMES
        | RIGHT_POLL_FD_READWRITE | RIGHTS_WRITING,
};

enum { FLAG_APPEND = 1, FLAG_DSYNC = 2, FLAG_NONBLOCK = 4, FLAG_RSYNC = 8, FLAG_SYNC = 16, FLAGS_ALL = 31 };

enum { POSITION_LIMIT = 1 << 24 };  // 128 MiB of the host's memory

typedef struct descriptor {
    bool is_open;
    int file;  // -1 for a stream
    wasmc_wasi_stream stream;
    bool is_directory;
    bool is_read_only;    // nothing beneath this directory may be changed
    bool is_shared;       // the host has the same open file: its flags are the host's
    bool never_blocks;    // the guest asked for FLAG_NONBLOCK; a file that is not shared has it set
    bool raises_signals;  // a pipe or socket: writing may raise SIGPIPE
    uint32_t rights, inheriting, dropped;
    char *preopen_name;         // null unless preopened
    wasmc_wasi_folder *folder;  // what lies in memory; null elsewhere
    int64_t *positions;         // of a directory, after each entry that was listed: see directory.c
    uint32_t position_count;
} descriptor;

typedef struct strings {
    char **items;
    uint32_t count;
    uint64_t byte_count;  // terminators included
} strings;

struct wasmc_wasi {
    strings arguments, environment;
    descriptor *descriptors;
    uint32_t descriptor_count, descriptor_limit;
    uint32_t position_count;    // of all directories; at most POSITION_LIMIT
    bool walks;                 // resolves paths name by name
    bool writes_raise_signals;  // a limit on file sizes is set: every write may raise SIGXFSZ
    bool has_threads;           // one at a time holds the lock
    pthread_mutex_t lock;
    wasmc_wasi_clock clock;    // `now` null: the machine's
    wasmc_wasi_random random;  // `fill` null: the machine's
};

// `count` bytes of the caller's memory at `pointer`, or null if they are not all inside.
void *wasmc_guest_bytes(wasmc_instance *caller, uint32_t pointer, uint64_t count);
bool wasmc_store_u32(wasmc_instance *caller, uint32_t pointer, uint32_t value);
bool wasmc_store_u64(wasmc_instance *caller, uint32_t pointer, uint64_t value);

// An open descriptor that has these rights. A right that the guest gave up is "not capable", one that the descriptor
// never had "bad file descriptor", as native programs know it.
uint32_t wasmc_find_descriptor(wasmc_wasi *context, uint32_t number, uint32_t rights, descriptor **found);
uint32_t wasmc_find_directory(wasmc_wasi *context, uint32_t number, uint32_t rights, descriptor **found);
// Takes the largest number that was given back, or a new one, and ownership of the file; UINT32_MAX, and the file
// closed, when none is left. The largest: a program that lost its standard output would write into its next file.
uint32_t wasmc_add_descriptor(wasmc_wasi *context, descriptor made);
void wasmc_close_descriptor(wasmc_wasi *context, descriptor *closed);

uint8_t wasmc_file_type(int file, mode_t mode);  // `file` tells kinds of sockets apart; -1 if there is none
// As preview 1 lays it out, or as wasi_unstable does.
bool wasmc_store_filestat(
    wasmc_instance *caller, uint32_t pointer, int file, const struct stat *status, bool is_unstable);
// WASI's times and flags as the host's; false for contradictory flags.
bool wasmc_host_times(uint64_t access, uint64_t modification, uint32_t flags, struct timespec out[2]);
uint64_t wasmc_nanoseconds(struct timespec time);
bool wasmc_wasi_time(wasmc_wasi *context, uint32_t clock, uint64_t *time);

// A guest's list of buffers as the host's; at most what the kernel takes at once, the rest is a short transfer.
enum { BUFFER_LIMIT = 1024 };
uint32_t wasmc_copy_buffers(
    wasmc_instance *caller, uint32_t list, uint32_t count, struct iovec out[BUFFER_LIMIT], int *out_count);

// Drops what goes beyond so many bytes.
void wasmc_shorten_buffers(struct iovec *list, int *count, uint64_t byte_count);
// Whether a file is a socket for messages, which go whole or not at all.
bool wasmc_takes_messages(int file);
// Before reading or writing: waits until that does not block, and makes the list shorter if it has to. False when the
// guest was interrupted meanwhile; the runtime stops it when the function returns.
bool wasmc_await_transfer(wasmc_instance *caller, int file, bool writes, struct iovec *list, int *count);

// Around what writes: see signals.c.
typedef struct held_signals {
    sigset_t before;
    bool holds, had_pending;
} held_signals;
void wasmc_hold_signals(const wasmc_wasi *context, const descriptor *written, held_signals *held);
void wasmc_release_signals(const held_signals *held);  // keeps errno

// ---- The families of functions, each list ended by a null name ------------------------------------------------------

extern const wasmc_wasi_function wasmc_wasi_argument_functions[], wasmc_wasi_clock_functions[],
    wasmc_wasi_random_functions[], wasmc_wasi_descriptor_functions[], wasmc_wasi_transfer_functions[],
    wasmc_wasi_file_functions[], wasmc_wasi_directory_functions[], wasmc_wasi_path_functions[],
    wasmc_wasi_poll_functions[], wasmc_wasi_process_functions[], wasmc_wasi_socket_functions[];

// What wasi_unstable has in other layouts or with other numbers.
int32_t wasmc_wasi_unstable_fd_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t wasmc_wasi_unstable_fd_seek(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t wasmc_wasi_unstable_path_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t wasmc_wasi_unstable_poll_oneoff(void *data, wasmc_instance *caller, wasmc_value *values);

// Around what waits, and may keep nothing of the context meanwhile: other threads may use it.
void wasmc_wasi_begin_wait(wasmc_wasi *context);
void wasmc_wasi_end_wait(wasmc_wasi *context);

#define WASI_FUNCTION(name) static int32_t name(void *data, wasmc_instance *caller, wasmc_value *values)
#define U32(i) values[i].i32
#define U64(i) values[i].i64
#define CONTEXT ((wasmc_wasi *)data)
#define ANSWER(code) do { values[0].i32 = (code); return WASMC_RETURNED; } while (0)
// Declares `found`, or answers why there is no such descriptor.
#define FIND(number, rights) \
    descriptor *found; \
    uint32_t unfound = wasmc_find_descriptor(CONTEXT, number, rights, &found); \
    (void)caller; \
    if (unfound) ANSWER(unfound)
#define DONE_OR_ERRNO(failed) ANSWER((failed) ? wasmc_wasi_errno(errno) : WASI_OK)

#endif
