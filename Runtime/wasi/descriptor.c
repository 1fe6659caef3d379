// fd_*: descriptors themselves: closing, renumbering, flags, rights, and the names of preopened directories.
//
// Invariant: a guest's number is looked up in its context's table; host descriptors are never named by the guest.
// Flags of an open file that the host shares are never changed.

#include "context.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint8_t wasmc_file_type(int file, mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFBLK: return 1;
    case S_IFCHR: return 2;
    case S_IFDIR: return 3;
    case S_IFREG: return 4;
    case S_IFSOCK: {
        int kind = SOCK_STREAM;
        socklen_t size = sizeof kind;
        if (file >= 0) getsockopt(file, SOL_SOCKET, SO_TYPE, &kind, &size);
        return kind == SOCK_DGRAM ? 5 : 6;
    }
    case S_IFLNK: return 7;
    default: return 0;
    }
}

WASI_FUNCTION(fd_close) {
    FIND(U32(0), 0);
    wasmc_close_descriptor(CONTEXT, found);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_renumber) {
    FIND(U32(0), 0);
    descriptor *to;
    uint32_t error = wasmc_find_descriptor(CONTEXT, U32(1), 0, &to);
    if (error) ANSWER(error);
    if (found != to) {
        wasmc_close_descriptor(CONTEXT, to);
        *to = *found;
        *found = (descriptor){.file = -1};
    }
    ANSWER(WASI_OK);
}

static uint16_t wasi_flags(const descriptor *found, int flags, mode_t mode) {
    bool may_block = !S_ISREG(mode) && !S_ISDIR(mode);  // path_open opens everything so that it cannot block
    return (uint16_t)((flags & O_APPEND ? FLAG_APPEND : 0) | (found->never_blocks && may_block ? FLAG_NONBLOCK : 0)
                      | ((flags & O_SYNC) == O_SYNC ? FLAG_SYNC | FLAG_RSYNC
                             : flags & O_DSYNC      ? FLAG_DSYNC
                                                    : 0));
}

WASI_FUNCTION(fd_fdstat_get) {
    FIND(U32(0), 0);
    struct {
        uint8_t type, padding;
        uint16_t flags;
        uint32_t more_padding;
        uint64_t base, inheriting;
    } record = {.base = found->rights, .inheriting = found->inheriting};
    if (found->file >= 0) {
        struct stat status;
        int flags = fcntl(found->file, F_GETFL);
        if (fstat(found->file, &status) || flags < 0) ANSWER(wasmc_wasi_errno(errno));
        record.type = wasmc_file_type(found->file, status.st_mode);
        record.flags = wasi_flags(found, flags, status.st_mode);
        // wasi-libc takes a character device that can not seek for a terminal, and every other for none.
        if (S_ISCHR(status.st_mode) && isatty(found->file)) record.base &= ~(uint64_t)(RIGHT_FD_SEEK | RIGHT_FD_TELL);
    }
    void *place = wasmc_guest_bytes(caller, U32(1), sizeof record);
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, &record, sizeof record);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_fdstat_set_flags) {
    FIND(U32(0), RIGHT_FD_FDSTAT_SET_FLAGS);
    uint32_t wanted = U32(1);
    int flags = fcntl(found->file, F_GETFL);
    if (flags < 0) ANSWER(wasmc_wasi_errno(errno));
    if (wanted & ~(uint32_t)FLAGS_ALL) ANSWER(WASI_INVAL);
    // The kernel fixes these when a file is opened.
    uint32_t fixed = (flags & O_SYNC) == O_SYNC ? FLAG_SYNC | FLAG_RSYNC : flags & O_DSYNC ? FLAG_DSYNC : 0;
    if (wanted & (FLAG_SYNC | FLAG_RSYNC | FLAG_DSYNC) & ~fixed) ANSWER(WASI_INVAL);
    if (found->is_shared) {
        if (!(wanted & FLAG_APPEND) != !(flags & O_APPEND)) ANSWER(WASI_NOTSUP);
    } else {
        flags = (wanted & FLAG_APPEND ? O_APPEND : 0) | (wanted & FLAG_NONBLOCK ? O_NONBLOCK : 0);
        if (fcntl(found->file, F_SETFL, flags)) ANSWER(wasmc_wasi_errno(errno));
    }
    found->never_blocks = wanted & FLAG_NONBLOCK;
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_fdstat_set_rights) {
    FIND(U32(0), 0);
    uint64_t base = U64(1), inheriting = U64(2);
    if (base & ~(uint64_t)found->rights || inheriting & ~(uint64_t)found->inheriting) ANSWER(WASI_NOTCAPABLE);
    found->dropped |= found->rights & ~(uint32_t)base;
    found->rights = (uint32_t)base;
    found->inheriting = (uint32_t)inheriting;
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_prestat_get) {
    FIND(U32(0), 0);
    if (!found->preopen_name) ANSWER(WASI_BADF);
    uint32_t record[2] = {0, (uint32_t)strlen(found->preopen_name)};
    void *place = wasmc_guest_bytes(caller, U32(1), sizeof record);
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, record, sizeof record);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_prestat_dir_name) {
    FIND(U32(0), 0);
    if (!found->preopen_name) ANSWER(WASI_BADF);
    size_t length = strlen(found->preopen_name);
    if (U32(2) < length) ANSWER(WASI_NAMETOOLONG);
    void *place = wasmc_guest_bytes(caller, U32(1), U32(2));
    if (!place) ANSWER(WASI_FAULT);
    memcpy(place, found->preopen_name, length);
    ANSWER(WASI_OK);
}

const wasmc_wasi_function wasmc_wasi_descriptor_functions[] = {
    {"fd_close", "i", "i", fd_close},
    {"fd_fdstat_get", "ii", "i", fd_fdstat_get},
    {"fd_fdstat_set_flags", "ii", "i", fd_fdstat_set_flags},
    {"fd_fdstat_set_rights", "iII", "i", fd_fdstat_set_rights},
    {"fd_prestat_dir_name", "iii", "i", fd_prestat_dir_name},
    {"fd_prestat_get", "ii", "i", fd_prestat_get},
    {"fd_renumber", "ii", "i", fd_renumber},
    {0},
};
