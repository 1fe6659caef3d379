// sock_*: sockets that the host gave, or that come from accepting on one.
//
// Invariant: a guest cannot make a socket from nothing, nor name an address.

#include "context.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

enum { RECEIVE_PEEK = 1, RECEIVE_WAITALL = 2, RECEIVED_TRUNCATED = 1 };

// A descriptor that is a socket and has these rights.
static uint32_t find_socket(wasmc_wasi *context, uint32_t number, uint32_t rights, descriptor **found) {
    uint32_t error = wasmc_find_descriptor(context, number, 0, found);
    if (error) return error;
    struct stat status;
    if ((*found)->file < 0 || fstat((*found)->file, &status) || !S_ISSOCK(status.st_mode)) return WASI_NOTSOCK;
    return wasmc_find_descriptor(context, number, rights, found);
}

// The host shares its sockets' flags, so a socket is asked not to block instead of being set so.
static int call_flags(const descriptor *found) { return found->never_blocks ? MSG_DONTWAIT : 0; }

WASI_FUNCTION(sock_accept) {
    descriptor *found;
    uint32_t error = find_socket(CONTEXT, U32(0), RIGHT_SOCK_ACCEPT, &found);
    if (!error && U32(1) & ~(uint32_t)FLAG_NONBLOCK) error = WASI_INVAL;
    if (!error && !wasmc_guest_bytes(caller, U32(2), 4)) error = WASI_FAULT;
    if (error) ANSWER(error);
    // The host shares the listener's flags, so it is asked first whether accepting would block. Another may take the
    // connection after that: then this waits again if the host has set O_NONBLOCK, else the kernel does, until the
    // next.
    bool waits_here = !found->never_blocks && wasmc_wake_file(caller->store) >= 0;
    int accepted, none = 0;
    do {
        struct pollfd listener = {.fd = found->file, .events = POLLIN};
        if (found->never_blocks && poll(&listener, 1, 0) == 0) ANSWER(WASI_AGAIN);
        if (waits_here && !wasmc_await_transfer(caller, found->file, false, NULL, &none)) ANSWER(WASI_INTR);
        accepted = accept4(found->file, NULL, NULL, SOCK_CLOEXEC | (U32(1) & FLAG_NONBLOCK ? SOCK_NONBLOCK : 0));
    } while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED || (waits_here && errno == EAGAIN)));
    if (accepted < 0) ANSWER(wasmc_wasi_errno(errno));
    uint32_t number = wasmc_add_descriptor(
        CONTEXT,
        (descriptor){
            .file = accepted, .never_blocks = U32(1) & FLAG_NONBLOCK, .rights = RIGHTS_OF_FILE | RIGHT_SOCK_SHUTDOWN});
    if (number == UINT32_MAX) ANSWER(WASI_MFILE);
    wasmc_store_u32(caller, U32(2), number);
    ANSWER(WASI_OK);
}

// Takes what was received off the list.
static void advance(struct msghdr *message, size_t byte_count) {
    for (; message->msg_iovlen && message->msg_iov->iov_len <= byte_count; message->msg_iov++, message->msg_iovlen--)
        byte_count -= message->msg_iov->iov_len;
    if (!message->msg_iovlen) return;
    message->msg_iov->iov_base = (uint8_t *)message->msg_iov->iov_base + byte_count;
    message->msg_iov->iov_len -= byte_count;
}

WASI_FUNCTION(sock_recv) {
    descriptor *found;
    struct iovec list[BUFFER_LIMIT];
    int count;
    uint32_t error = find_socket(CONTEXT, U32(0), RIGHT_FD_READ, &found);
    if (!error) error = wasmc_copy_buffers(caller, U32(1), U32(2), list, &count);
    if (!error && (!wasmc_guest_bytes(caller, U32(4), 4) || !wasmc_guest_bytes(caller, U32(5), 2))) error = WASI_FAULT;
    if (!error && U32(3) & ~(uint32_t)(RECEIVE_PEEK | RECEIVE_WAITALL)) error = WASI_INVAL;
    if (error) ANSWER(error);
    struct msghdr message = {.msg_iov = list, .msg_iovlen = (size_t)count};
    int flags =
        call_flags(found) | (U32(3) & RECEIVE_PEEK ? MSG_PEEK : 0) | (U32(3) & RECEIVE_WAITALL ? MSG_WAITALL : 0);
    // Nothing wakes the kernel while it waits for all: a guest that can be interrupted waits here, for one part after
    // another.
    bool waits_here = !found->never_blocks && wasmc_wake_file(caller->store) >= 0;
    bool wants_all = waits_here && U32(3) == RECEIVE_WAITALL && !wasmc_takes_messages(found->file);
    if (waits_here) flags = (flags & ~MSG_WAITALL) | MSG_DONTWAIT;
    uint32_t received = 0;
    for (bool goes_on = true; goes_on;) {
        if (waits_here && !wasmc_await_transfer(caller, found->file, false, list, &count)) ANSWER(WASI_INTR);
        ssize_t done = recvmsg(found->file, &message, flags | MSG_CMSG_CLOEXEC);
        if (done > 0) received += (uint32_t)done;
        if (done > 0 && wants_all) advance(&message, (size_t)done);
        if (done < 0) goes_on = errno == EINTR || (waits_here && errno == EAGAIN);
        else goes_on = wants_all && done > 0 && message.msg_iovlen && received <= INT32_MAX;
        if (done < 0 && !goes_on && !received) ANSWER(wasmc_wasi_errno(errno));
    }
    uint16_t result = message.msg_flags & MSG_TRUNC ? RECEIVED_TRUNCATED : 0;
    wasmc_store_u32(caller, U32(4), received);
    memcpy(wasmc_guest_bytes(caller, U32(5), 2), &result, 2);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(sock_send) {
    descriptor *found;
    struct iovec list[BUFFER_LIMIT];
    int count;
    uint32_t error = find_socket(CONTEXT, U32(0), RIGHT_FD_WRITE, &found);
    if (!error) error = wasmc_copy_buffers(caller, U32(1), U32(2), list, &count);
    if (!error && !wasmc_guest_bytes(caller, U32(4), 4)) error = WASI_FAULT;
    if (!error && U32(3)) error = WASI_INVAL;  // no flag is defined
    if (error) ANSWER(error);
    struct msghdr message = {.msg_iov = list, .msg_iovlen = (size_t)count};
    bool waits_here = !found->never_blocks && wasmc_wake_file(caller->store) >= 0;
    int flags = waits_here ? MSG_DONTWAIT : call_flags(found), none = 0;
    ssize_t done;
    do {
        if (waits_here && !wasmc_await_transfer(caller, found->file, true, NULL, &none)) ANSWER(WASI_INTR);
        done = sendmsg(found->file, &message, flags | MSG_NOSIGNAL);
    } while (done < 0 && (errno == EINTR || (waits_here && errno == EAGAIN)));
    if (done < 0) ANSWER(wasmc_wasi_errno(errno));
    wasmc_store_u32(caller, U32(4), (uint32_t)done);
    ANSWER(WASI_OK);
}

WASI_FUNCTION(sock_shutdown) {
    static const int ways[] = {-1, SHUT_RD, SHUT_WR, SHUT_RDWR};
    descriptor *found;
    (void)caller;
    uint32_t error = find_socket(CONTEXT, U32(0), RIGHT_SOCK_SHUTDOWN, &found);
    if (!error && (U32(1) == 0 || U32(1) > 3)) error = WASI_INVAL;
    if (error) ANSWER(error);
    DONE_OR_ERRNO(shutdown(found->file, ways[U32(1)]));
}

const wasmc_wasi_function wasmc_wasi_socket_functions[] = {
    {"sock_accept", "iii", "i", sock_accept},
    {"sock_recv", "iiiiii", "i", sock_recv},
    {"sock_send", "iiiii", "i", sock_send},
    {"sock_shutdown", "ii", "i", sock_shutdown},
    {0},
};
