// path_*: operations on names beneath a directory.
//
// Invariant: a path is resolved by the kernel with RESOLVE_BENEATH, or name by name without following a link that could
// leave; everything but opening acts on one name inside a directory that was resolved so.

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

uint32_t copy_path(wasmc_instance *caller, uint32_t pointer, uint32_t count, char out[WASI_PATH_LIMIT + 1]) {
    const char *bytes = guest_bytes(caller, pointer, count);
    if (!bytes) return WASI_FAULT;
    if (count > WASI_PATH_LIMIT) return WASI_NAMETOOLONG;
    if (memchr(bytes, 0, count)) return WASI_ILSEQ;  // the kernel would see another, shorter name
    if (count == 0) return WASI_NOENT;
    memcpy(out, bytes, count);
    out[count] = 0;
    return out[0] == '/' ? WASI_NOTCAPABLE : WASI_OK;
}

// Without openat2: one name at a time, no links at all, and never above the start.
static int walk_beneath(int directory, const char *path, int flags, mode_t mode) {
    char copy[WASI_PATH_LIMIT + 1];
    if (strlen(path) > WASI_PATH_LIMIT) return errno = ENAMETOOLONG, -1;
    strcpy(copy, path);
    int depth = 0, current = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    for (char *name = copy; current >= 0;) {
        char *end = strchrnul(name, '/');
        char *rest = end;
        while (*rest == '/') rest++;
        bool is_last = *rest == 0;
        if (is_last && end != rest) flags |= O_DIRECTORY;
        *end = 0;
        if (!strcmp(name, "..") && --depth < 0) {
            close(current);
            return errno = EXDEV, -1;
        }
        if (strcmp(name, "..") && strcmp(name, ".") && *name) depth++;
        int next = openat(
            current, *name ? name : ".", is_last ? flags | O_NOFOLLOW | O_CLOEXEC : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, mode);
        int error = errno;
        close(current);
        errno = error;
        current = next;
        if (is_last) break;
        name = rest;
    }
    return current;
}

int open_beneath(int directory, const char *path, int flags, mode_t mode, bool follows_last) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | (follows_last ? 0 : O_NOFOLLOW)),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (int attempt = 0; attempt < 128; attempt++) {
        long file = syscall(SYS_openat2, directory, path, &how, sizeof how);
        if (file >= 0) return (int)file;
        if (errno == ENOSYS) return walk_beneath(directory, path, flags, mode);
        if (errno != EAGAIN) break;  // EAGAIN: something was renamed during the look-up
    }
    return -1;
}

int open_parent(int directory, char *path, const char **name) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') path[--length] = 0;
    char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    if (!strcmp(*name, "..") || !strcmp(*name, ".")) return errno = EINVAL, -1;
    if (!slash) return fcntl(directory, F_DUPFD_CLOEXEC, 0);
    *slash = 0;
    return open_beneath(directory, path, O_PATH | O_DIRECTORY, 0, true);
}

// The directory that a path starts from.
static uint32_t base(wasmc_wasi *world, uint32_t number, int *file) {
    descriptor *found = open_descriptor(world, number);
    if (!found) return WASI_BADF;
    if (!found->is_directory) return WASI_NOTDIR;
    *file = found->file;
    return WASI_OK;
}

// Descriptor and path of a call, the path's last name split off: the caller closes `*parent`.
static uint32_t locate(
    wasmc_wasi *world, wasmc_instance *caller, uint32_t number, uint32_t pointer, uint32_t count,
    char path[WASI_PATH_LIMIT + 1], int *parent, const char **name) {
    int directory;
    uint32_t error = base(world, number, &directory);
    if (!error) error = copy_path(caller, pointer, count, path);
    if (error) return error;
    *parent = open_parent(directory, path, name);
    return *parent < 0 ? wasi_errno(errno) : WASI_OK;
}

static uint32_t finish(int parent, int result) {
    uint32_t error = result < 0 ? wasi_errno(errno) : WASI_OK;
    close(parent);
    return error;
}

enum { OPEN_CREATE = 1, OPEN_DIRECTORY = 2, OPEN_EXCLUSIVE = 4, OPEN_TRUNCATE = 8 };

WASI_FUNCTION(path_open) {
    uint32_t follows = U32(1), options = U32(4), fdflags = U32(7), result_at = U32(8);
    uint64_t rights = U64(5);
    char path[WASI_PATH_LIMIT + 1];
    int directory;
    uint32_t error = base(WORLD, U32(0), &directory);
    if (!error) error = copy_path(caller, U32(2), U32(3), path);
    if (!error && !guest_bytes(caller, result_at, 4)) error = WASI_FAULT;
    if (!error && (options & ~15u || fdflags & ~31u)) error = WASI_INVAL;
    if (error) ANSWER(error);
    bool reads = rights & 0x4002, writes = rights & 0x400040;  // fd_read, fd_readdir; fd_write, fd_filestat_set_size
    if (options & OPEN_TRUNCATE) writes = true;
    int flags = (options & OPEN_CREATE ? O_CREAT : 0) | (options & OPEN_EXCLUSIVE ? O_EXCL : 0)
        | (options & OPEN_TRUNCATE ? O_TRUNC : 0) | (fdflags & 1 ? O_APPEND : 0) | O_NONBLOCK | O_NOCTTY;
    if (options & OPEN_DIRECTORY) {
        if (options & (OPEN_CREATE | OPEN_TRUNCATE)) ANSWER(WASI_INVAL);
        flags = O_DIRECTORY | O_RDONLY;
        writes = false;
    } else {
        flags |= writes ? (reads ? O_RDWR : O_WRONLY) : O_RDONLY;
    }
    int file = open_beneath(directory, path, flags, 0666, follows & 1);
    // wasi-libc asks for writing whenever it may; a directory is then opened for reading.
    if (file < 0 && errno == EISDIR && !(options & (OPEN_CREATE | OPEN_TRUNCATE)))
        file = open_beneath(directory, path, O_RDONLY | O_DIRECTORY, 0, follows & 1);
    if (file < 0) ANSWER(wasi_errno(errno));
    struct stat status;
    if (fstat(file, &status)) {
        close(file);
        ANSWER(WASI_IO);
    }
    bool is_directory = S_ISDIR(status.st_mode);
    // A regular file does not block; what else was opened blocks only if the guest did not ask otherwise.
    if (!is_directory && !(fdflags & 4)) fcntl(file, F_SETFL, flags & O_APPEND);
    uint32_t number = add_descriptor(
        WORLD, (descriptor){.file = file, .is_directory = is_directory, .can_read = reads || is_directory, .can_write = writes && !is_directory});
    if (number == UINT32_MAX) ANSWER(WASI_MFILE);
    store_u32(caller, result_at, number);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(path_filestat_get) {
    char path[WASI_PATH_LIMIT + 1];
    int directory;
    struct stat status;
    uint32_t error = base(WORLD, U32(0), &directory);
    if (!error) error = copy_path(caller, U32(2), U32(3), path);
    if (error) ANSWER(error);
    int file = open_beneath(directory, path, O_PATH, 0, U32(1) & 1);
    if (file < 0) ANSWER(wasi_errno(errno));
    int failed = fstatat(file, "", &status, AT_EMPTY_PATH);
    error = failed ? wasi_errno(errno) : WASI_OK;
    close(file);
    if (!error && !store_filestat(caller, U32(4), &status)) error = WASI_FAULT;
    ANSWER(error);
}

WASI_FUNCTION(path_create_directory) {
    char path[WASI_PATH_LIMIT + 1];
    const char *name;
    int parent;
    uint32_t error = locate(WORLD, caller, U32(0), U32(1), U32(2), path, &parent, &name);
    ANSWER(error ? error : finish(parent, mkdirat(parent, name, 0777)));
}

WASI_FUNCTION(path_remove_directory) {
    char path[WASI_PATH_LIMIT + 1];
    const char *name;
    int parent;
    uint32_t error = locate(WORLD, caller, U32(0), U32(1), U32(2), path, &parent, &name);
    ANSWER(error ? error : finish(parent, unlinkat(parent, name, AT_REMOVEDIR)));
}

WASI_FUNCTION(path_unlink_file) {
    char path[WASI_PATH_LIMIT + 1];
    const char *name;
    int parent;
    uint32_t count = U32(2);
    const char *bytes = guest_bytes(caller, U32(1), count);
    bool names_directory = bytes && count > 0 && bytes[count - 1] == '/';
    uint32_t error = locate(WORLD, caller, U32(0), U32(1), count, path, &parent, &name);
    if (error) ANSWER(error);
    if (names_directory) {
        struct stat status;
        int failed = fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW);
        close(parent);
        ANSWER(failed ? WASI_NOENT : S_ISDIR(status.st_mode) ? WASI_ISDIR : WASI_NOTDIR);
    }
    ANSWER(finish(parent, unlinkat(parent, name, 0)));
}

WASI_FUNCTION(path_rename) {
    char from[WASI_PATH_LIMIT + 1], to[WASI_PATH_LIMIT + 1];
    const char *old_name, *new_name;
    int old_parent, new_parent;
    uint32_t error = locate(WORLD, caller, U32(0), U32(1), U32(2), from, &old_parent, &old_name);
    if (error) ANSWER(error);
    error = locate(WORLD, caller, U32(3), U32(4), U32(5), to, &new_parent, &new_name);
    if (!error) error = finish(new_parent, renameat(old_parent, old_name, new_parent, new_name));
    close(old_parent);
    ANSWER(error);
}

WASI_FUNCTION(path_readlink) {
    char path[WASI_PATH_LIMIT + 1];
    const char *name;
    int parent;
    void *out = guest_bytes(caller, U32(3), U32(4));
    if (!out || !guest_bytes(caller, U32(5), 4)) ANSWER(WASI_FAULT);
    uint32_t error = locate(WORLD, caller, U32(0), U32(1), U32(2), path, &parent, &name);
    if (error) ANSWER(error);
    char target[WASI_PATH_LIMIT];
    ssize_t length = readlinkat(parent, name, target, sizeof target);
    error = finish(parent, (int)length);
    if (error) ANSWER(error);
    uint32_t copied = (size_t)length < U32(4) ? (uint32_t)length : U32(4);
    memcpy(out, target, copied);
    store_u32(caller, U32(5), copied);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(path_filestat_set_times) {
    char path[WASI_PATH_LIMIT + 1], name[32];
    int directory;
    struct timespec times[2];
    uint32_t error = base(WORLD, U32(0), &directory);
    if (!error) error = copy_path(caller, U32(2), U32(3), path);
    if (!error && !host_times(U64(4), U64(5), U32(6), times)) error = WASI_INVAL;
    if (error) ANSWER(error);
    int file = open_beneath(directory, path, O_PATH, 0, U32(1) & 1);
    if (file < 0) ANSWER(wasi_errno(errno));
    // Times are set through a descriptor that only names the file, so nothing is opened, let alone followed, again.
    struct stat status;
    bool is_link = fstatat(file, "", &status, AT_EMPTY_PATH) == 0 && S_ISLNK(status.st_mode);
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    int failed = is_link ? utimensat(file, "", times, AT_EMPTY_PATH) : utimensat(AT_FDCWD, name, times, 0);
    ANSWER(finish(file, failed));
}

WASI_FUNCTION(path_symlink) {
    char target[WASI_PATH_LIMIT + 1], path[WASI_PATH_LIMIT + 1];
    const char *name;
    int parent;
    // An absolute target would mean something else on the host than for the guest; copy_path refuses it.
    uint32_t error = copy_path(caller, U32(0), U32(1), target);
    if (error) ANSWER(error);
    error = locate(WORLD, caller, U32(2), U32(3), U32(4), path, &parent, &name);
    ANSWER(error ? error : finish(parent, symlinkat(target, parent, name)));
}

WASI_FUNCTION(path_link) {
    char from[WASI_PATH_LIMIT + 1], to[WASI_PATH_LIMIT + 1];
    const char *old_name, *new_name;
    int old_parent, new_parent;
    if (U32(1) & 1) ANSWER(WASI_INVAL);  // following the last link: as current engines, not offered
    uint32_t error = locate(WORLD, caller, U32(0), U32(2), U32(3), from, &old_parent, &old_name);
    if (error) ANSWER(error);
    error = locate(WORLD, caller, U32(4), U32(5), U32(6), to, &new_parent, &new_name);
    if (!error) error = finish(new_parent, linkat(old_parent, old_name, new_parent, new_name, 0));
    close(old_parent);
    ANSWER(error);
}

const wasmc_wasi_function path_functions[] = {
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
