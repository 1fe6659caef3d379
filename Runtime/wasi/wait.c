// Transfers that may block: a guest that can be interrupted waits beside the store's wake file, and transfers no more
// at a time than goes without blocking or takes a moment.
//
// Invariant: the list of buffers only becomes shorter here.

#include "context.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>

// A disk takes a moment for this.
#define DISK_BYTES (UINT64_C(16) << 20)

void wasmc_shorten_buffers(struct iovec *list, int *count, uint64_t byte_count) {
    for (int i = 0; i < *count; i++) {
        if (list[i].iov_len < byte_count) {
            byte_count -= list[i].iov_len;
        } else {
            list[i].iov_len = byte_count;
            *count = i + 1;
        }
    }
}

bool wasmc_takes_messages(int file) {
    int kind = SOCK_STREAM;
    socklen_t size = sizeof kind;
    return getsockopt(file, SOL_SOCKET, SO_TYPE, &kind, &size) == 0 && kind != SOCK_STREAM;
}

bool wasmc_await_transfer(wasmc_instance *caller, int file, bool writes, struct iovec *list, int *count) {
    if (!caller) return true;
    int wake = wasmc_wake_file(caller->store);
    if (wake < 0) return true;
    struct stat status;
    bool is_disk = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    if (is_disk || (writes && !wasmc_takes_messages(file)))
        wasmc_shorten_buffers(list, count, is_disk ? DISK_BYTES : PIPE_BUF);
    struct pollfd files[] = {{file, writes ? POLLOUT : POLLIN, 0}, {wake, POLLIN, 0}};
    while (!is_disk && !wasmc_is_interrupted(caller->store))
        if (poll(files, 2, -1) >= 0 || errno != EINTR) break;
    return !wasmc_is_interrupted(caller->store);
}
