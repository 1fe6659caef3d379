// fd_read, fd_write, fd_pread, fd_pwrite, fd_seek, fd_tell.
//
// Invariant: every buffer is checked before the kernel sees any; a stream of the host's never sees guest memory; no
// signal that a write raises reaches the host.

#include "memory_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static ssize_t
transfer_once(const descriptor *found, bool writes, const struct iovec *list, int count, int64_t offset) {
    if (offset >= 0)
        return writes ? pwritev(found->file, list, count, offset) : preadv(found->file, list, count, offset);
    if (count == 1)
        return writes ? write(found->file, list->iov_base, list->iov_len)
                      : read(found->file, list->iov_base, list->iov_len);
    return writes ? writev(found->file, list, count) : readv(found->file, list, count);
}

// The host's own flags stay as they are, so a file that it shares is asked first whether it would block.
static bool would_block(const descriptor *found, bool writes, struct iovec *list, int *count) {
    if (!found->never_blocks || !found->is_shared) return false;
    struct pollfd asked = {.fd = found->file, .events = writes ? POLLOUT : POLLIN};
    if (poll(&asked, 1, 0) == 0) return true;
    // A ready pipe takes this much without blocking.
    if (writes && *count > 0) {
        *count = 1;
        if (list->iov_len > PIPE_BUF) list->iov_len = PIPE_BUF;
    }
    return false;
}

static int32_t
stream_transfer(const descriptor *found, wasmc_instance *caller, wasmc_value *values, bool writes, uint32_t count_at) {
    uint32_t list_at = U32(1), list_count = U32(2), done = 0;
    uint8_t bytes[WASMC_WASI_STREAM_BYTES];
    wasmc_wasi_stream stream = found->stream;  // a stream may call the guest, and that may close the descriptor
    for (uint32_t i = 0; i < list_count && i < BUFFER_LIMIT; i++) {
        const void *entry = wasmc_guest_bytes(caller, list_at + i * 8, 8);
        if (!entry) ANSWER(WASI_FAULT);
        uint32_t pair[2];
        memcpy(pair, entry, sizeof pair);
        for (uint32_t offset = 0; offset < pair[1];) {
            // A stream may take everything at once, and a list be longer than memory.
            if (wasmc_is_interrupted(caller->store)) ANSWER(WASI_INTR);
            uint32_t part = pair[1] - offset < sizeof bytes ? pair[1] - offset : sizeof bytes;
            void *place = wasmc_guest_bytes(caller, pair[0] + offset, part);
            if (!place) ANSWER(WASI_FAULT);
            if (writes) memcpy(bytes, place, part);
            int64_t moved = writes ? stream.write(stream.context, caller, bytes, part)
                                   : stream.read(stream.context, caller, bytes, part);
            if (moved == WASMC_WASI_STREAM_STOPS) return WASMC_HOST_ERROR;
            if (moved > part) moved = -WASI_IO;
            if (moved < 0 && done == 0) ANSWER((uint32_t)-moved);
            if (moved > 0 && !writes) {
                place = wasmc_guest_bytes(caller, pair[0] + offset, (uint64_t)moved);
                if (place) memcpy(place, bytes, (size_t)moved);
            }
            if (moved > 0) done += (uint32_t)moved, offset += (uint32_t)moved;
            // A short transfer ends the call, and so do as many bytes as guests can count, and the first part of a
            // read: more might have to be waited for.
            if (moved < part || !writes || done > INT32_MAX - sizeof bytes) {
                wasmc_store_u32(caller, count_at, done);
                ANSWER(WASI_OK);
            }
        }
    }
    wasmc_store_u32(caller, count_at, done);
    ANSWER(WASI_OK);
}

// What is written to a folder in memory is no more than there is room for.
static uint32_t fit(wasmc_instance *caller, const descriptor *written, int64_t offset, struct iovec *list, int *count) {
    uint64_t byte_count = 0;
    for (int i = 0; i < *count; i++) byte_count += list[i].iov_len;
    if (!written->folder || byte_count == 0) return WASI_OK;
    struct stat status;
    bool appends = fcntl(written->file, F_GETFL) & O_APPEND;
    if (appends) offset = fstat(written->file, &status) ? -1 : status.st_size;
    else if (offset < 0) offset = lseek(written->file, 0, SEEK_CUR);
    if (offset < 0) return WASI_OK;  // a pipe that the host put there
    uint64_t room = wasmc_take_room_in_file(written->folder, caller, written->file, (uint64_t)offset, byte_count);
    if (room == 0) return wasmc_wasi_errno(errno);
    wasmc_shorten_buffers(list, count, room);
    return WASI_OK;
}

// Until a file can be read or written, while other threads use the context; one of them may close the descriptor.
static uint32_t
await_beside_others(wasmc_wasi *context, wasmc_instance *caller, uint32_t number, uint32_t right, descriptor **found) {
    int file = (*found)->file, wake = caller ? wasmc_wake_file(caller->store) : -1;
    struct pollfd files[] = {{file, right == RIGHT_FD_WRITE ? POLLOUT : POLLIN, 0}, {wake, POLLIN, 0}};
    wasmc_wasi_begin_wait(context);
    while (poll(files, 2, -1) < 0 && errno == EINTR) {}
    wasmc_wasi_end_wait(context);
    if (caller && wasmc_is_interrupted(caller->store)) return WASI_INTR;
    uint32_t error = wasmc_find_descriptor(context, number, right, found);
    return error || (*found)->file == file ? error : WASI_BADF;
}

// `offset` -1: at the descriptor's own position.
static int32_t transfer(
    wasmc_wasi *context, wasmc_instance *caller, wasmc_value *values, bool writes, int64_t offset, uint32_t count_at) {
    descriptor *found;
    uint32_t error = wasmc_find_descriptor(context, U32(0), 0, &found);
    if (!error && found->is_directory) error = writes ? WASI_BADF : WASI_ISDIR;
    if (!error) error = wasmc_find_descriptor(context, U32(0), writes ? RIGHT_FD_WRITE : RIGHT_FD_READ, &found);
    if (error) ANSWER(error);
    struct iovec list[BUFFER_LIMIT];
    int count;
    error = wasmc_copy_buffers(caller, U32(1), U32(2), list, &count);
    if (!error && !wasmc_guest_bytes(caller, count_at, 4)) error = WASI_FAULT;
    if (error) ANSWER(error);
    if (found->file < 0) {
        if (offset >= 0) ANSWER(WASI_SPIPE);
        return stream_transfer(found, caller, values, writes, count_at);
    }
    if (writes && (error = fit(caller, found, offset, list, &count))) ANSWER(error);
    if (context->has_threads && !found->never_blocks) {
        error = await_beside_others(context, caller, U32(0), writes ? RIGHT_FD_WRITE : RIGHT_FD_READ, &found);
        if (error) ANSWER(error);
    }
    if (would_block(found, writes, list, &count)) ANSWER(WASI_AGAIN);
    if (!found->never_blocks && !wasmc_await_transfer(caller, found->file, writes, list, &count)) ANSWER(WASI_INTR);
    held_signals held;
    if (writes) wasmc_hold_signals(context, found, &held);
    ssize_t done;
    do done = transfer_once(found, writes, list, count, offset);
    while (done < 0 && errno == EINTR);
    if (writes) wasmc_release_signals(&held);
    if (done < 0) ANSWER(wasmc_wasi_errno(errno));
    wasmc_store_u32(caller, count_at, (uint32_t)done);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(fd_read) { return transfer(CONTEXT, caller, values, false, -1, U32(3)); }
WASI_FUNCTION(fd_write) { return transfer(CONTEXT, caller, values, true, -1, U32(3)); }

WASI_FUNCTION(fd_pread) {
    FIND(U32(0), 0);
    if ((int64_t)U64(3) < 0) ANSWER(WASI_INVAL);
    return transfer(CONTEXT, caller, values, false, (int64_t)U64(3), U32(4));
}

WASI_FUNCTION(fd_pwrite) {
    FIND(U32(0), 0);
    if ((int64_t)U64(3) < 0) ANSWER(WASI_INVAL);
    return transfer(CONTEXT, caller, values, true, (int64_t)U64(3), U32(4));
}

static uint32_t
seek(wasmc_wasi *context, wasmc_instance *caller, uint32_t number, int64_t offset, int origin, uint32_t result_at) {
    descriptor *found;
    uint32_t error = wasmc_find_descriptor(context, number, 0, &found);
    if (error) return error;
    if (found->file < 0) return WASI_SPIPE;
    bool only_tells = offset == 0 && origin == SEEK_CUR;
    error = wasmc_find_descriptor(context, number, only_tells ? RIGHT_FD_TELL : RIGHT_FD_SEEK, &found);
    if (error) return error;
    if (origin < 0) return WASI_INVAL;
    if (!wasmc_guest_bytes(caller, result_at, 8)) return WASI_FAULT;
    off_t position = lseek(found->file, offset, origin);
    if (position < 0) return wasmc_wasi_errno(errno);
    wasmc_store_u64(caller, result_at, (uint64_t)position);
    return WASI_OK;
}

static int origin(uint32_t whence, const int origins[3]) { return whence < 3 ? origins[whence] : -1; }

WASI_FUNCTION(fd_seek) {
    static const int origins[] = {SEEK_SET, SEEK_CUR, SEEK_END};
    ANSWER(seek(CONTEXT, caller, U32(0), (int64_t)U64(1), origin(U32(2), origins), U32(3)));
}

int32_t wasmc_wasi_unstable_fd_seek(void *data, wasmc_instance *caller, wasmc_value *values) {
    static const int origins[] = {SEEK_CUR, SEEK_END, SEEK_SET};
    ANSWER(seek(CONTEXT, caller, U32(0), (int64_t)U64(1), origin(U32(2), origins), U32(3)));
}

WASI_FUNCTION(fd_tell) { ANSWER(seek(CONTEXT, caller, U32(0), 0, SEEK_CUR, U32(1))); }

const wasmc_wasi_function wasmc_wasi_transfer_functions[] = {
    {"fd_pread", "iiiIi", "i", fd_pread},
    {"fd_pwrite", "iiiIi", "i", fd_pwrite},
    {"fd_read", "iiii", "i", fd_read},
    {"fd_seek", "iIii", "i", fd_seek},
    {"fd_tell", "ii", "i", fd_tell},
    {"fd_write", "iiii", "i", fd_write},
    {0},
};
