// fd_*: what is known of an open file, and its size, times and storage.
//
// Invariant: sizes and offsets that a guest gives are signed on the host, and refused when they do not fit.

#include "memory_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

// Memory takes a moment for this.
#define ALLOCATED_BYTES (UINT64_C(64) << 20)

bool wasmc_store_filestat(
    wasmc_instance *caller, uint32_t pointer, int file, const struct stat *status, bool is_unstable) {
    struct {
        uint64_t device, inode;
        uint8_t type, padding[7];
        uint64_t links, size, access, modification, change;
    } record = {
        .device = status->st_dev,
        .inode = status->st_ino,
        .type = wasmc_file_type(file, status->st_mode),
        .links = status->st_nlink,
        .size = (uint64_t)status->st_size,
        .access = wasmc_nanoseconds(status->st_atim),
        .modification = wasmc_nanoseconds(status->st_mtim),
        .change = wasmc_nanoseconds(status->st_ctim)};
    struct {
        uint64_t device, inode;
        uint8_t type, padding[3];
        uint32_t links;
        uint64_t size, access, modification, change;
    } old = {
        .device = record.device,
        .inode = record.inode,
        .type = record.type,
        .links = record.links < UINT32_MAX ? (uint32_t)record.links : UINT32_MAX,
        .size = record.size,
        .access = record.access,
        .modification = record.modification,
        .change = record.change};
    size_t byte_count = is_unstable ? sizeof old : sizeof record;
    void *place = wasmc_guest_bytes(caller, pointer, byte_count);
    if (place) memcpy(place, is_unstable ? (const void *)&old : &record, byte_count);
    return place;
}

static int32_t filestat(void *data, wasmc_instance *caller, wasmc_value *values, bool is_unstable) {
    FIND(U32(0), RIGHT_FD_FILESTAT_GET);
    struct stat status = {0};
    if (found->file >= 0 && fstat(found->file, &status)) ANSWER(wasmc_wasi_errno(errno));
    ANSWER(wasmc_store_filestat(caller, U32(1), found->file, &status, is_unstable) ? WASI_OK : WASI_FAULT);
}

WASI_FUNCTION(fd_filestat_get) { return filestat(data, caller, values, false); }
int32_t wasmc_wasi_unstable_fd_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values) {
    return filestat(data, caller, values, true);
}

WASI_FUNCTION(fd_filestat_set_size) {
    FIND(U32(0), RIGHT_FD_FILESTAT_SET_SIZE);
    if ((int64_t)U64(1) < 0) ANSWER(WASI_INVAL);
    if (found->folder && U64(1) > found->folder->byte_limit) ANSWER(WASI_FBIG);
    held_signals held;
    wasmc_hold_signals(CONTEXT, found, &held);
    int failed = ftruncate(found->file, (off_t)U64(1));
    wasmc_release_signals(&held);
    DONE_OR_ERRNO(failed);
}

bool wasmc_host_times(uint64_t access, uint64_t modification, uint32_t flags, struct timespec out[2]) {
    // Bits 0 and 1: access time given, access time now; bits 2 and 3: the same for modification.
    if (flags & ~15u || (flags & 3) == 3 || (flags & 12) == 12) return false;
    uint64_t given[2] = {access, modification};
    for (int i = 0; i < 2; i++, flags >>= 2)
        out[i] = flags & 1 ? (struct timespec){(time_t)(given[i] / 1000000000), (long)(given[i] % 1000000000)}
                           : (struct timespec){0, flags & 2 ? UTIME_NOW : UTIME_OMIT};
    return true;
}

WASI_FUNCTION(fd_filestat_set_times) {
    FIND(U32(0), RIGHT_FD_FILESTAT_SET_TIMES);
    struct timespec times[2];
    if (!wasmc_host_times(U64(1), U64(2), U32(3), times)) ANSWER(WASI_INVAL);
    if (found->is_read_only) ANSWER(WASI_ROFS);
    DONE_OR_ERRNO(futimens(found->file, times));
}

WASI_FUNCTION(fd_advise) {
    static const int advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                 POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
    FIND(U32(0), RIGHT_FD_ADVISE);
    if (U32(3) > 5 || (int64_t)U64(1) < 0 || (int64_t)U64(2) < 0) ANSWER(WASI_INVAL);
    if (found->is_directory) ANSWER(WASI_BADF);
    ANSWER(wasmc_wasi_errno(posix_fadvise(found->file, (off_t)U64(1), (off_t)U64(2), advice[U32(3)])));
}

// Whether the file system has no room for so many bytes in this file, whatever it has of them already.
static bool is_too_much(int file, uint64_t count) {
    struct stat status;
    struct statvfs system;
    if (fstat(file, &status) || fstatvfs(file, &system) || system.f_blocks == 0 || system.f_frsize == 0) return false;
    uint64_t own_count = (uint64_t)status.st_blocks * 512;
    return count > own_count && (count - own_count) / system.f_frsize > system.f_bfree;
}

// Memory takes a second for a few gigabytes, and nothing wakes the kernel meanwhile: a guest that can be interrupted
// gets part after part. The last part is the first, since there the kernel says whether a file may be so long; what
// there is no room for is refused before a part of it is taken.
static int allocate(wasmc_instance *caller, int file, uint64_t offset, uint64_t count) {
    bool has_parts =
        caller && wasmc_wake_file(caller->store) >= 0 && count > ALLOCATED_BYTES && offset + count <= INT64_MAX;
    if (has_parts && is_too_much(file, count)) return errno = ENOSPC, -1;
    while (count > 0) {
        uint64_t part = has_parts && count > ALLOCATED_BYTES ? ALLOCATED_BYTES : count;
        // Not posix_fallocate: where the file system cannot allocate, that writes to every block, however many there
        // are.
        bool is_done = fallocate(file, 0, (off_t)(offset + count - part), (off_t)part) == 0;
        if (is_done) count -= part;
        else if (errno != EINTR) return -1;
        if (caller && wasmc_is_interrupted(caller->store)) return errno = EINTR, -1;
    }
    return 0;
}

WASI_FUNCTION(fd_allocate) {
    FIND(U32(0), RIGHT_FD_ALLOCATE);
    if ((int64_t)U64(1) < 0 || (int64_t)U64(2) <= 0) ANSWER(WASI_INVAL);
    if (found->folder && wasmc_take_room_in_file(found->folder, caller, found->file, U64(1), U64(2)) < U64(2))
        ANSWER(U64(1) + U64(2) > found->folder->byte_limit ? WASI_FBIG : wasmc_wasi_errno(errno));
    held_signals held;
    wasmc_hold_signals(CONTEXT, found, &held);
    int failed = allocate(caller, found->file, U64(1), U64(2));
    wasmc_release_signals(&held);
    DONE_OR_ERRNO(failed);
}

WASI_FUNCTION(fd_sync) {
    FIND(U32(0), RIGHT_FD_SYNC);
    DONE_OR_ERRNO(fsync(found->file));
}

WASI_FUNCTION(fd_datasync) {
    FIND(U32(0), RIGHT_FD_DATASYNC);
    DONE_OR_ERRNO(fdatasync(found->file));
}

const wasmc_wasi_function wasmc_wasi_file_functions[] = {
    {"fd_advise", "iIIi", "i", fd_advise},
    {"fd_allocate", "iII", "i", fd_allocate},
    {"fd_datasync", "i", "i", fd_datasync},
    {"fd_filestat_get", "ii", "i", fd_filestat_get},
    {"fd_filestat_set_size", "iI", "i", fd_filestat_set_size},
    {"fd_filestat_set_times", "iIIi", "i", fd_filestat_set_times},
    {"fd_sync", "i", "i", fd_sync},
    {0},
};
