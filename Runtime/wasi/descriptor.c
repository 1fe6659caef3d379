// fd_*: operations on open descriptors.
//
// Invariant: a guest's number is looked up in its world's table; host descriptors are never named by the guest.

#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

uint32_t file_type(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFBLK: return 1;
    case S_IFCHR: return 2;
    case S_IFDIR: return 3;
    case S_IFREG: return 4;
    case S_IFSOCK: return 6;
    case S_IFLNK: return 7;
    default: return 0;
    }
}

static uint64_t nanoseconds(struct timespec time) { return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec; }

bool store_filestat(wasmc_instance *caller, uint32_t pointer, const struct stat *status) {
    uint64_t record[8] = {
        status->st_dev, status->st_ino, file_type(status->st_mode), status->st_nlink, (uint64_t)status->st_size,
        nanoseconds(status->st_atim), nanoseconds(status->st_mtim), nanoseconds(status->st_ctim)};
    void *place = guest_bytes(caller, pointer, sizeof record);
    if (place) memcpy(place, record, sizeof record);
    return place;
}

// A guest's list of buffers as the host's; at most what the kernel takes at once, the rest is a short transfer.
static uint32_t buffers(wasmc_instance *caller, uint32_t list, uint32_t count, struct iovec out[IOV_MAX], int *out_count) {
    const uint8_t *entries = guest_bytes(caller, list, (uint64_t)count * 8);
    if (!entries) return WASI_FAULT;
    *out_count = 0;
    for (uint32_t i = 0; i < count && i < IOV_MAX; i++) {
        uint32_t pair[2];
        memcpy(pair, entries + (size_t)i * 8, sizeof pair);
        void *bytes = guest_bytes(caller, pair[0], pair[1]);
        if (!bytes) return WASI_FAULT;
        out[(*out_count)++] = (struct iovec){bytes, pair[1]};
    }
    return WASI_OK;
}

// `offset` -1: at the descriptor's own position.
static uint32_t transfer(wasmc_wasi *world, wasmc_instance *caller, wasmc_value *values, bool writes, int64_t offset, uint32_t count_at) {
    descriptor *found = open_descriptor(world, U32(0));
    if (!found) return WASI_BADF;
    if (writes ? !found->can_write : !found->can_read) return WASI_BADF;
    if (found->is_directory) return writes ? WASI_BADF : WASI_ISDIR;
    struct iovec list[IOV_MAX];
    int count;
    uint32_t error = buffers(caller, U32(1), U32(2), list, &count);
    if (error) return error;
    if (!guest_bytes(caller, count_at, 4)) return WASI_FAULT;
    if (!await_transfer(caller, found->file, writes, list, &count)) return WASI_INTR;
    ssize_t done;
    do {
        if (offset < 0) done = writes ? writev(found->file, list, count) : readv(found->file, list, count);
        else done = writes ? pwritev(found->file, list, count, offset) : preadv(found->file, list, count, offset);
    } while (done < 0 && errno == EINTR);
    if (done < 0) return wasi_errno(errno);
    store_u32(caller, count_at, (uint32_t)done);
    return WASI_OK;
}

WASI_FUNCTION(fd_read) { ANSWER(transfer(WORLD, caller, values, false, -1, U32(3))); }
WASI_FUNCTION(fd_write) { ANSWER(transfer(WORLD, caller, values, true, -1, U32(3))); }
WASI_FUNCTION(fd_pread) { ANSWER((int64_t)U64(3) < 0 ? WASI_INVAL : transfer(WORLD, caller, values, false, (int64_t)U64(3), U32(4))); }
WASI_FUNCTION(fd_pwrite) { ANSWER((int64_t)U64(3) < 0 ? WASI_INVAL : transfer(WORLD, caller, values, true, (int64_t)U64(3), U32(4))); }

static uint32_t seek(wasmc_wasi *world, wasmc_instance *caller, uint32_t number, int64_t offset, uint32_t whence, uint32_t result_at) {
    static const int origins[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    descriptor *found = open_descriptor(world, number);
    if (!found) return WASI_BADF;
    if (whence > 2) return WASI_INVAL;
    if (found->is_directory) return WASI_BADF;
    if (!guest_bytes(caller, result_at, 8)) return WASI_FAULT;
    off_t position = lseek(found->file, offset, origins[whence]);
    if (position < 0) return wasi_errno(errno);
    store_u64(caller, result_at, (uint64_t)position);
    return WASI_OK;
}

WASI_FUNCTION(fd_seek) { ANSWER(seek(WORLD, caller, U32(0), (int64_t)U64(1), U32(2), U32(3))); }
WASI_FUNCTION(fd_tell) { ANSWER(seek(WORLD, caller, U32(0), 0, 1, U32(1))); }

WASI_FUNCTION(fd_close) {
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found) ANSWER(WASI_BADF);
    close(found->file);
    free(found->preopen_name);
    *found = (descriptor){.file = -1};
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_renumber) {
    (void)caller;
    descriptor *from = open_descriptor(WORLD, U32(0)), *to = open_descriptor(WORLD, U32(1));
    if (!from || !to) ANSWER(WASI_BADF);
    if (from != to) {
        close(to->file);
        free(to->preopen_name);
        *to = *from;
        *from = (descriptor){.file = -1};
    }
    ANSWER(WASI_OK);
}

#define ALL_RIGHTS UINT64_C(0x1FFFFFFF)
#define RIGHTS_SEEK_TELL UINT64_C(0x24)
#define RIGHT_READ UINT64_C(0x2)
#define RIGHT_WRITE UINT64_C(0x40)

WASI_FUNCTION(fd_fdstat_get) {
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found) ANSWER(WASI_BADF);
    struct stat status;
    int flags = fcntl(found->file, F_GETFL);
    if (fstat(found->file, &status) || flags < 0) ANSWER(wasi_errno(errno));
    struct { uint8_t type, padding; uint16_t flags; uint32_t more_padding; uint64_t base, inheriting; } record = {
        .type = (uint8_t)file_type(status.st_mode),
        .flags = (uint16_t)((flags & O_APPEND ? 1 : 0) | (flags & O_NONBLOCK && !S_ISREG(status.st_mode) && !found->is_directory ? 4 : 0)),
        .base = ALL_RIGHTS,
        .inheriting = ALL_RIGHTS,
    };
    if (!found->is_directory && !found->can_read) record.base &= ~RIGHT_READ;
    if (!found->can_write) record.base &= ~RIGHT_WRITE;
    // wasi-libc takes a character device that can seek for something other than a terminal.
    if (record.type == 2) record.base &= ~RIGHTS_SEEK_TELL;
    void *place = guest_bytes(caller, U32(1), sizeof record);
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, &record, sizeof record);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_fdstat_set_flags) {
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found) ANSWER(WASI_BADF);
    if (U32(1) & ~UINT32_C(5)) ANSWER(WASI_INVAL);
    int flags = (U32(1) & 1 ? O_APPEND : 0) | (U32(1) & 4 ? O_NONBLOCK : 0);
    ANSWER(fcntl(found->file, F_SETFL, flags) ? wasi_errno(errno) : WASI_OK);
}

WASI_FUNCTION(fd_filestat_get) {
    descriptor *found = open_descriptor(WORLD, U32(0));
    struct stat status;
    if (!found) ANSWER(WASI_BADF);
    if (fstat(found->file, &status)) ANSWER(wasi_errno(errno));
    ANSWER(store_filestat(caller, U32(1), &status) ? WASI_OK : WASI_FAULT);
}

WASI_FUNCTION(fd_filestat_set_size) {
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found || !found->can_write) ANSWER(WASI_BADF);
    if ((int64_t)U64(1) < 0) ANSWER(WASI_INVAL);
    ANSWER(ftruncate(found->file, (off_t)U64(1)) ? wasi_errno(errno) : WASI_OK);
}

bool host_times(uint64_t access, uint64_t modification, uint32_t flags, struct timespec out[2]) {
    // Bits 0 and 1: access time given, access time now; bits 2 and 3: the same for modification.
    if (flags & ~15u || (flags & 3) == 3 || (flags & 12) == 12) return false;
    uint64_t given[2] = {access, modification};
    for (int i = 0; i < 2; i++, flags >>= 2)
        out[i] = flags & 1 ? (struct timespec){(time_t)(given[i] / 1000000000), (long)(given[i] % 1000000000)}
                           : (struct timespec){0, flags & 2 ? UTIME_NOW : UTIME_OMIT};
    return true;
}

WASI_FUNCTION(fd_filestat_set_times) {
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    struct timespec times[2];
    if (!found) ANSWER(WASI_BADF);
    if (!host_times(U64(1), U64(2), U32(3), times)) ANSWER(WASI_INVAL);
    ANSWER(futimens(found->file, times) ? wasi_errno(errno) : WASI_OK);
}

WASI_FUNCTION(fd_advise) {
    static const int advice[] = {
        POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM, POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found) ANSWER(WASI_BADF);
    if (U32(3) > 5 || (int64_t)U64(1) < 0 || (int64_t)U64(2) < 0) ANSWER(WASI_INVAL);
    ANSWER(wasi_errno(posix_fadvise(found->file, (off_t)U64(1), (off_t)U64(2), advice[U32(3)])));
}

WASI_FUNCTION(fd_allocate) {
    (void)caller;
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found || !found->can_write) ANSWER(WASI_BADF);
    if ((int64_t)U64(1) < 0 || (int64_t)U64(2) <= 0) ANSWER(WASI_INVAL);
    ANSWER(wasi_errno(posix_fallocate(found->file, (off_t)U64(1), (off_t)U64(2))));
}

static uint32_t synchronise(wasmc_wasi *world, uint32_t number, bool only_data) {
    descriptor *found = open_descriptor(world, number);
    if (!found) return WASI_BADF;
    return (only_data ? fdatasync(found->file) : fsync(found->file)) ? wasi_errno(errno) : WASI_OK;
}

WASI_FUNCTION(fd_sync) { (void)caller; ANSWER(synchronise(WORLD, U32(0), false)); }
WASI_FUNCTION(fd_datasync) { (void)caller; ANSWER(synchronise(WORLD, U32(0), true)); }

WASI_FUNCTION(fd_prestat_get) {
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found || !found->preopen_name) ANSWER(WASI_BADF);
    uint32_t record[2] = {0, (uint32_t)strlen(found->preopen_name)};
    void *place = guest_bytes(caller, U32(1), sizeof record);
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, record, sizeof record);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_prestat_dir_name) {
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found || !found->preopen_name) ANSWER(WASI_BADF);
    size_t length = strlen(found->preopen_name);
    if (U32(2) < length) ANSWER(WASI_NAMETOOLONG);
    void *place = guest_bytes(caller, U32(1), length);
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, found->preopen_name, length);
    ANSWER(WASI_OK);
}

// Cookies are the kernel's directory positions: stable, and a continued listing starts where it ended.
WASI_FUNCTION(fd_readdir) {
    descriptor *found = open_descriptor(WORLD, U32(0));
    if (!found) ANSWER(WASI_BADF);
    if (!found->is_directory) ANSWER(WASI_NOTDIR);
    uint32_t size = U32(2);
    uint8_t *out = guest_bytes(caller, U32(1), size);
    if (!out || !guest_bytes(caller, U32(4), 4)) ANSWER(WASI_FAULT);
    int copy = openat(found->file, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory) {
        uint32_t error = wasi_errno(errno);
        if (copy >= 0) close(copy);
        ANSWER(error);
    }
    if (U64(3)) seekdir(directory, (long)U64(3));
    uint32_t used = 0;
    const struct dirent *entry;
    while (used < size && (entry = readdir(directory))) {
        static const uint8_t types[16] = {[DT_BLK] = 1, [DT_CHR] = 2, [DT_DIR] = 3, [DT_REG] = 4, [DT_SOCK] = 6, [DT_LNK] = 7};
        uint32_t length = (uint32_t)strlen(entry->d_name);
        struct { uint64_t next, inode; uint32_t length; uint8_t type, padding[3]; } head = {
            (uint64_t)entry->d_off, entry->d_ino, length, types[entry->d_type & 15], {0}};
        uint32_t part = size - used < sizeof head ? size - used : (uint32_t)sizeof head;
        memcpy(out + used, &head, part);
        used += part;
        part = size - used < length ? size - used : length;
        memcpy(out + used, entry->d_name, part);
        used += part;
    }
    closedir(directory);
    store_u32(caller, U32(4), used);
    ANSWER(WASI_OK);
}

const wasmc_wasi_function descriptor_functions[] = {
    {"fd_advise", "iIIi", "i", fd_advise},
    {"fd_allocate", "iII", "i", fd_allocate},
    {"fd_close", "i", "i", fd_close},
    {"fd_datasync", "i", "i", fd_datasync},
    {"fd_fdstat_get", "ii", "i", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", "i", fd_fdstat_set_flags},
    {"fd_filestat_get", "ii", "i", fd_filestat_get},
    {"fd_filestat_set_size", "iI", "i", fd_filestat_set_size},
    {"fd_filestat_set_times", "iIIi", "i", fd_filestat_set_times},
    {"fd_pread", "iiiIi", "i", fd_pread},
    {"fd_prestat_dir_name", "iii", "i", fd_prestat_dir_name},
    {"fd_prestat_get", "ii", "i", fd_prestat_get},
    {"fd_pwrite", "iiiIi", "i", fd_pwrite},
    {"fd_read", "iiii", "i", fd_read},
    {"fd_readdir", "iiiIi", "i", fd_readdir},
    {"fd_renumber", "ii", "i", fd_renumber},
    {"fd_seek", "iIii", "i", fd_seek},
    {"fd_sync", "i", "i", fd_sync},
    {"fd_tell", "ii", "i", fd_tell},
    {"fd_write", "iiii", "i", fd_write},
    {0},
};
