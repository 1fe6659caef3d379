// path_*: operations on names beneath a directory.
//
// Invariant: a path is resolved by wasmc_open_beneath only; everything but opening acts on one name inside a directory
// that was resolved so, by calls that follow no link.

#include "beneath.h"
#include "fifo.h"
#include "memory_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

// A path of a call with its last name split off.
typedef struct location {
    char path[PATH_LIMIT + 1];
    const char *name;
    int parent;  // -1 until it was found
} location;

static uint32_t find_base(
    wasmc_wasi *context, wasmc_instance *caller, uint32_t number, uint32_t rights, uint32_t pointer, uint32_t count,
    char path[PATH_LIMIT + 1], descriptor **found) {
    uint32_t error = wasmc_find_directory(context, number, rights, found);
    return error ? error : wasmc_copy_path(caller, pointer, count, path);
}

static uint32_t locate(
    wasmc_wasi *context, wasmc_instance *caller, uint32_t number, uint32_t rights, uint32_t pointer, uint32_t count,
    location *at) {
    descriptor *base;
    uint32_t error = find_base(context, caller, number, rights, pointer, count, at->path, &base);
    if (error) return error;
    return wasmc_open_parent(context, base->file, at->path, &at->parent, &at->name);
}

// As `locate`, for what changes a directory.
static uint32_t locate_change(
    wasmc_wasi *context, wasmc_instance *caller, uint32_t number, uint32_t rights, uint32_t pointer, uint32_t count,
    location *at) {
    uint32_t error = locate(context, caller, number, rights, pointer, count, at);
    if (error || !context->descriptors[number].is_read_only) return error;
    close(at->parent);
    return WASI_ROFS;
}

// As `locate_change`, for a new name.
static uint32_t locate_new(
    wasmc_wasi *context, wasmc_instance *caller, uint32_t number, uint32_t rights, uint32_t pointer, uint32_t count,
    location *at) {
    uint32_t error = locate_change(context, caller, number, rights, pointer, count, at);
    wasmc_wasi_folder *folder = error ? NULL : context->descriptors[number].folder;
    if (!folder || wasmc_take_room(folder, caller, ENTRY_BYTES)) return error;
    error = wasmc_wasi_errno(errno);
    close(at->parent);
    return error;
}

static uint32_t finish(int file, int result) {
    uint32_t error = result < 0 ? wasmc_wasi_errno(errno) : WASI_OK;
    close(file);
    return error;
}

// With a trailing slash some calls of the kernel follow a link. What such a name stands for is a directory, so the
// answer is known: `refusal`, unless there is no such directory.
static uint32_t refuse_slash(wasmc_wasi *context, const location *at, uint32_t refusal) {
    if (!strchr(at->name, '/')) return WASI_OK;
    int file;
    uint32_t error = wasmc_open_beneath(context, at->parent, at->name, O_PATH | O_DIRECTORY, false, &file);
    if (!error) close(file);
    return error ? error : refusal;
}

enum { OPEN_CREATE = 1, OPEN_DIRECTORY = 2, OPEN_EXCLUSIVE = 4, OPEN_TRUNCATE = 8, OPEN_ALL = 15 };

// Opens what is there already; `refusal` is why nothing can be made.
static uint32_t open_existing(
    wasmc_wasi *context, int directory, const char *path, uint32_t options, int flags, bool follows, uint32_t refusal,
    int *file) {
    uint32_t error = wasmc_open_beneath(context, directory, path, flags & ~(O_CREAT | O_EXCL), follows, file);
    if (error == WASI_NOENT && options & OPEN_CREATE) return refusal;
    if (error || !(options & OPEN_CREATE && options & OPEN_EXCLUSIVE)) return error;
    close(*file);
    return WASI_EXIST;
}

static uint32_t open_read_only(
    wasmc_wasi *context, int directory, const char *path, uint32_t options, int flags, bool follows, int *file) {
    int plain = (flags & ~(O_TRUNC | O_ACCMODE)) | O_RDONLY;
    uint32_t error = open_existing(context, directory, path, options, plain, follows, WASI_ROFS, file);
    if (error || !(options & OPEN_TRUNCATE || (flags & O_ACCMODE) != O_RDONLY)) return error;
    close(*file);
    return WASI_ROFS;
}

// /proc holds the host's own memory, whichever directory leads to it.
static bool is_forbidden(int file, const struct stat *status) {
    struct statfs system;
    return !S_ISDIR(status->st_mode) && (fstatfs(file, &system) || system.f_type == PROC_SUPER_MAGIC);
}

WASI_FUNCTION(path_open) {
    uint32_t options = U32(4), fdflags = U32(7), result_at = U32(8), rights = (uint32_t)U64(5);
    char path[PATH_LIMIT + 1];
    descriptor *base;
    uint32_t needed = RIGHT_PATH_OPEN | (options & OPEN_CREATE ? RIGHT_PATH_CREATE_FILE : 0)
        | (options & OPEN_TRUNCATE ? RIGHT_PATH_FILESTAT_SET_SIZE : 0);
    uint32_t error = find_base(CONTEXT, caller, U32(0), needed, U32(2), U32(3), path, &base);
    if (!error && !wasmc_guest_bytes(caller, result_at, 4)) error = WASI_FAULT;
    if (!error && (options & ~(uint32_t)OPEN_ALL || fdflags & ~(uint32_t)FLAGS_ALL || U32(1) > 1)) error = WASI_INVAL;
    if (!error && options & OPEN_DIRECTORY && options != OPEN_DIRECTORY) error = WASI_INVAL;
    // As other engines do it, the rights that are asked for choose how the file is opened, and nothing else. Only the
    // right to write asks for writing: Go asks for the one to set sizes whenever it opens a file.
    bool reads = rights & (RIGHT_FD_READ | RIGHT_FD_READDIR), writes = rights & RIGHT_FD_WRITE;
    if (!error && writes && !(base->inheriting & RIGHT_FD_WRITE)) error = WASI_NOTCAPABLE;
    if (error) ANSWER(error);
    uint32_t no_room = WASI_OK;
    if (base->folder && options & OPEN_CREATE && !wasmc_take_room(base->folder, caller, ENTRY_BYTES))
        no_room = wasmc_wasi_errno(errno);
    bool opens_for_writing = writes || options & OPEN_TRUNCATE;
    int flags = (options & OPEN_CREATE ? O_CREAT : 0) | (options & OPEN_EXCLUSIVE ? O_EXCL : 0)
        | (options & OPEN_TRUNCATE ? O_TRUNC : 0) | (options & OPEN_DIRECTORY ? O_DIRECTORY : 0)
        | (fdflags & FLAG_APPEND ? O_APPEND : 0) | (fdflags & (FLAG_SYNC | FLAG_RSYNC) ? O_SYNC : 0)
        | (fdflags & FLAG_DSYNC ? O_DSYNC : 0) | (opens_for_writing ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY)
        | O_NONBLOCK | O_NOCTTY;  // a pipe or a device must not make opening block
    int file;
    bool waits = !(fdflags & FLAG_NONBLOCK);
    if (base->is_read_only) error = open_read_only(CONTEXT, base->file, path, options, flags, U32(1), &file);
    else if (no_room) error = open_existing(CONTEXT, base->file, path, options, flags, U32(1), no_room, &file);
    else error = wasmc_open_beneath(CONTEXT, base->file, path, flags, U32(1), &file);
    if (error == WASI_NXIO && waits)
        error = wasmc_open_fifo_for_writing(CONTEXT, caller, base->file, path, flags, U32(1), &file);
    if (error) ANSWER(error);
    struct stat status;
    if (fstat(file, &status)) error = wasmc_wasi_errno(errno);
    else if (is_forbidden(file, &status)) error = WASI_NOTCAPABLE;
    else if (S_ISFIFO(status.st_mode) && reads && !opens_for_writing && waits)
        error = wasmc_await_fifo_writer(caller, file);
    if (error) {
        close(file);
        ANSWER(error);
    }
    descriptor made = {
        .file = file,
        .is_directory = S_ISDIR(status.st_mode),
        .is_read_only = base->is_read_only,
        .folder = base->folder,
        .never_blocks = fdflags & FLAG_NONBLOCK};
    made.rights = base->inheriting & (made.is_directory ? RIGHTS_OF_DIRECTORY : RIGHTS_OF_FILE);
    made.inheriting = made.is_directory ? base->inheriting : 0;
    if (!made.is_directory && !reads) made.rights &= ~(uint32_t)RIGHT_FD_READ;
    if (!writes) made.rights &= ~(uint32_t)RIGHTS_WRITING;
    // A regular file does not block; what else was opened blocks only if the guest did not ask otherwise.
    if (!S_ISREG(status.st_mode) && !made.is_directory && !(fdflags & FLAG_NONBLOCK))
        fcntl(file, F_SETFL, flags & O_APPEND);
    uint32_t number = wasmc_add_descriptor(CONTEXT, made);
    if (number == UINT32_MAX) ANSWER(WASI_MFILE);
    wasmc_store_u32(caller, result_at, number);
    ANSWER(WASI_OK);
}

static int32_t filestat(void *data, wasmc_instance *caller, wasmc_value *values, bool is_unstable) {
    char path[PATH_LIMIT + 1];
    descriptor *base;
    struct stat status;
    uint32_t error = find_base(CONTEXT, caller, U32(0), RIGHT_PATH_FILESTAT_GET, U32(2), U32(3), path, &base);
    if (!error && U32(1) > 1) error = WASI_INVAL;
    int file;
    if (!error) error = wasmc_open_beneath(CONTEXT, base->file, path, O_PATH, U32(1), &file);
    if (!error) error = finish(file, fstat(file, &status));
    if (!error && !wasmc_store_filestat(caller, U32(4), -1, &status, is_unstable)) error = WASI_FAULT;
    ANSWER(error);
}

WASI_FUNCTION(path_filestat_get) { return filestat(data, caller, values, false); }
int32_t wasmc_wasi_unstable_path_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values) {
    return filestat(data, caller, values, true);
}

WASI_FUNCTION(path_filestat_set_times) {
    char path[PATH_LIMIT + 1];
    descriptor *base;
    struct timespec times[2];
    uint32_t error = find_base(CONTEXT, caller, U32(0), RIGHT_PATH_FILESTAT_SET_TIMES, U32(2), U32(3), path, &base);
    if (!error && (U32(1) > 1 || !wasmc_host_times(U64(4), U64(5), U32(6), times))) error = WASI_INVAL;
    int file;
    if (!error) error = wasmc_open_beneath(CONTEXT, base->file, path, O_PATH, U32(1), &file);
    if (error) ANSWER(error);
    if (base->is_read_only) {
        close(file);
        ANSWER(WASI_ROFS);
    }
    // Times are set through a descriptor that only names the file, so nothing is opened, let alone followed, again.
    // What an old kernel cannot do so, it can by the descriptor's name in /proc, unless the file is a link.
    struct stat status;
    int failed = utimensat(file, "", times, AT_EMPTY_PATH);
    if (failed && errno == EINVAL && fstat(file, &status) == 0 && !S_ISLNK(status.st_mode)) {
        char name[32];
        snprintf(name, sizeof name, "/proc/self/fd/%d", file);
        failed = utimensat(AT_FDCWD, name, times, 0);
    }
    ANSWER(finish(file, failed));
}

WASI_FUNCTION(path_create_directory) {
    location at;
    uint32_t error = locate_new(CONTEXT, caller, U32(0), RIGHT_PATH_CREATE_DIRECTORY, U32(1), U32(2), &at);
    ANSWER(error ? error : finish(at.parent, mkdirat(at.parent, at.name, 0777)));
}

WASI_FUNCTION(path_remove_directory) {
    location at;
    uint32_t error = locate_change(CONTEXT, caller, U32(0), RIGHT_PATH_REMOVE_DIRECTORY, U32(1), U32(2), &at);
    ANSWER(error ? error : finish(at.parent, unlinkat(at.parent, at.name, AT_REMOVEDIR)));
}

WASI_FUNCTION(path_unlink_file) {
    location at;
    uint32_t error = locate_change(CONTEXT, caller, U32(0), RIGHT_PATH_UNLINK_FILE, U32(1), U32(2), &at);
    ANSWER(error ? error : finish(at.parent, unlinkat(at.parent, at.name, 0)));
}

WASI_FUNCTION(path_rename) {
    location from, to;
    uint32_t error = locate_change(CONTEXT, caller, U32(0), RIGHT_PATH_RENAME_SOURCE, U32(1), U32(2), &from);
    if (error) ANSWER(error);
    error = locate_change(CONTEXT, caller, U32(3), RIGHT_PATH_RENAME_TARGET, U32(4), U32(5), &to);
    if (!error) error = finish(to.parent, renameat(from.parent, from.name, to.parent, to.name));
    close(from.parent);
    ANSWER(error);
}

WASI_FUNCTION(path_readlink) {
    location at;
    char target[PATH_LIMIT];
    uint32_t error = locate(CONTEXT, caller, U32(0), RIGHT_PATH_READLINK, U32(1), U32(2), &at);
    if (error) ANSWER(error);
    void *out = wasmc_guest_bytes(caller, U32(3), U32(4));
    error = !out || !wasmc_guest_bytes(caller, U32(5), 4) ? WASI_FAULT : refuse_slash(CONTEXT, &at, WASI_INVAL);
    if (error) {
        close(at.parent);
        ANSWER(error);
    }
    ssize_t length = readlinkat(at.parent, at.name, target, sizeof target);
    error = finish(at.parent, length < 0 ? -1 : 0);
    if (error) ANSWER(error);
    uint32_t copied = (size_t)length < U32(4) ? (uint32_t)length : U32(4);
    memcpy(out, target, copied);
    wasmc_store_u32(caller, U32(5), copied);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(path_symlink) {
    char target[PATH_LIMIT + 1];
    location at;
    // An absolute target would mean something else on the host than for the guest; wasmc_copy_path refuses it.
    uint32_t error = wasmc_copy_path(caller, U32(0), U32(1), target);
    if (!error) error = locate_new(CONTEXT, caller, U32(2), RIGHT_PATH_SYMLINK, U32(3), U32(4), &at);
    ANSWER(error ? error : finish(at.parent, symlinkat(target, at.parent, at.name)));
}

WASI_FUNCTION(path_link) {
    location from, to;
    if (U32(1)) ANSWER(WASI_INVAL);  // following the last link: as other engines, not offered
    uint32_t error = locate_change(CONTEXT, caller, U32(0), RIGHT_PATH_LINK_SOURCE, U32(2), U32(3), &from);
    if (error) ANSWER(error);
    error = refuse_slash(CONTEXT, &from, WASI_PERM);
    if (!error) error = locate_new(CONTEXT, caller, U32(4), RIGHT_PATH_LINK_TARGET, U32(5), U32(6), &to);
    if (!error) error = finish(to.parent, linkat(from.parent, from.name, to.parent, to.name, 0));
    close(from.parent);
    ANSWER(error);
}

const wasmc_wasi_function wasmc_wasi_path_functions[] = {
    {"path_create_directory", "iii", "i", path_create_directory},
    {"path_filestat_get", "iiiii", "i", path_filestat_get},
    {"path_filestat_set_times", "iiiiIIi", "i", path_filestat_set_times},
    {"path_link", "iiiiiii", "i", path_link},
    {"path_open", "iiiiiIIii", "i", path_open},
    {"path_readlink", "iiiiii", "i", path_readlink},
    {"path_remove_directory", "iii", "i", path_remove_directory},
    {"path_rename", "iiiiii", "i", path_rename},
    {"path_symlink", "iiiii", "i", path_symlink},
    {"path_unlink_file", "iii", "i", path_unlink_file},
    {0},
};
