// poll_oneoff: waits for the first of several clocks and descriptors.
//
// Invariant: subscriptions are copied out of guest memory before the wait, and every event's place is checked before
// it.

#include "context.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { KIND_CLOCK = 0, KIND_READ = 1, KIND_WRITE = 2 };
enum { SUBSCRIPTION_LIMIT = 8192 };

typedef struct subscription {
    uint64_t userdata;
    uint8_t kind;
    uint8_t padding[7];
    union {
        struct {
            uint32_t id, padding;
            uint64_t timeout, precision;
            uint16_t flags;
        } clock;
        uint32_t descriptor;
    } of;
} subscription;
_Static_assert(sizeof(subscription) == 48, "as in the specification");

typedef struct event {
    uint64_t userdata;
    uint16_t error;
    uint8_t kind;
    uint8_t padding[5];
    uint64_t byte_count;
    uint16_t flags;  // 1: the other side has hung up
    uint8_t more_padding[6];
} event;
_Static_assert(sizeof(event) == 32, "as in the specification");

// One subscription during the wait.
typedef struct waiting {
    subscription asked;
    uint64_t deadline;    // of a clock
    uint32_t error;       // of a descriptor that cannot be waited for
    bool is_ready;        // without asking the kernel
    struct pollfd *file;  // null for a clock, and when ready; the same for all subscriptions to a descriptor
} waiting;

enum { UNSTABLE_SUBSCRIPTION_BYTES = 56 };

// wasi_unstable has an identifier before a clock's number.
static void copy_subscription(const uint8_t *from, bool is_unstable, subscription *out) {
    size_t body = 16 + (is_unstable && from[8] == KIND_CLOCK ? 8 : 0);
    memcpy(out, from, 16);
    memcpy(&out->of, from + body, sizeof *out - 16);
}

static short awaited(const subscription *asked) { return asked->kind == KIND_READ ? POLLIN : POLLOUT; }

// What each subscription waits for, as the kernel and the clocks see it now.
static uint32_t
prepare(wasmc_wasi *context, waiting *wait, struct pollfd *files, nfds_t *file_count, struct pollfd **file_of) {
    const subscription *asked = &wait->asked;
    if (asked->kind > KIND_WRITE) return WASI_INVAL;
    if (asked->kind == KIND_CLOCK) {
        uint64_t now;
        if (asked->of.clock.id > 1 || asked->of.clock.flags > 1 || !wasmc_wasi_time(context, asked->of.clock.id, &now))
            return WASI_INVAL;
        uint64_t timeout = asked->of.clock.timeout;
        bool is_absolute = asked->of.clock.flags & 1;
        wait->deadline = is_absolute ? timeout : timeout < UINT64_MAX - now ? now + timeout : UINT64_MAX;
        return WASI_OK;
    }
    descriptor *found;
    wait->error = wasmc_find_descriptor(context, asked->of.descriptor, RIGHT_POLL_FD_READWRITE, &found);
    wait->is_ready = wait->error || found->file < 0;
    if (wait->is_ready) return WASI_OK;
    struct pollfd **known = &file_of[asked->of.descriptor];
    if (!*known) *(*known = &files[(*file_count)++]) = (struct pollfd){.fd = found->file};
    wait->file = *known;
    wait->file->events |= awaited(asked);
    return WASI_OK;
}

// Bytes that can be read at once.
static uint64_t readable(int file) {
    struct stat status;
    if (fstat(file, &status)) return 0;
    if (S_ISREG(status.st_mode)) {
        off_t position = lseek(file, 0, SEEK_CUR);
        return position >= 0 && status.st_size > position ? (uint64_t)(status.st_size - position) : 0;
    }
    int count = 0;
    return ioctl(file, FIONREAD, &count) == 0 && count > 0 ? (uint64_t)count : 0;
}

static bool has_fired(wasmc_wasi *context, const waiting *wait, event *fired) {
    *fired = (event){.userdata = wait->asked.userdata, .kind = wait->asked.kind, .error = (uint16_t)wait->error};
    if (wait->asked.kind == KIND_CLOCK) {
        uint64_t now;
        return wasmc_wasi_time(context, wait->asked.of.clock.id, &now) && now >= wait->deadline;
    }
    if (wait->is_ready) return true;
    short found = (short)(wait->file->revents & (awaited(&wait->asked) | POLLERR | POLLHUP | POLLNVAL));
    if (!found) return false;
    if (found & POLLNVAL) fired->error = WASI_BADF;
    if (found & (POLLHUP | POLLERR)) fired->flags = 1;
    if (wait->asked.kind == KIND_READ) fired->byte_count = readable(wait->file->fd);
    return true;
}

// Nanoseconds until the next clock fires; UINT64_MAX without clocks.
static uint64_t time_left(wasmc_wasi *context, const waiting *waits, uint32_t count) {
    uint64_t shortest = UINT64_MAX, now;
    for (uint32_t i = 0; i < count; i++) {
        if (waits[i].asked.kind != KIND_CLOCK || !wasmc_wasi_time(context, waits[i].asked.of.clock.id, &now)) continue;
        uint64_t left = waits[i].deadline > now ? waits[i].deadline - now : 0;
        if (left < shortest) shortest = left;
    }
    return shortest;
}

static uint32_t wait_for(
    wasmc_wasi *context, wasmc_instance *caller, const waiting *waits, uint32_t count, struct pollfd *files,
    nfds_t file_count, event *events, uint32_t *event_count) {
    bool is_ready = false;
    for (uint32_t i = 0; i < count; i++) is_ready = is_ready || waits[i].is_ready;
    // The last one wakes this when the guest is interrupted; then nobody looks at the events.
    files[file_count++] = (struct pollfd){.fd = wasmc_wake_file(caller->store), .events = POLLIN};
    // A first look does not wait: what is ready now is told, and a clock of the host's must not move for nothing.
    for (uint64_t left = 0;; left = time_left(context, waits, count)) {
        if (left > 0 && left < UINT64_MAX && context->clock.sleep) {
            // With the lock, as all that is the host's: it may be the clock itself that this moves.
            context->clock.sleep(context->clock.context, left);
            left = 0;
        }
        if (wasmc_is_interrupted(caller->store)) return WASI_INTR;
        struct timespec limit = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
        wasmc_wasi_begin_wait(context);
        int error = ppoll(files, file_count, left == UINT64_MAX ? NULL : &limit, NULL) < 0 ? errno : 0;
        wasmc_wasi_end_wait(context);
        if (error && error != EINTR) return wasmc_wasi_errno(error);
        if (wasmc_is_interrupted(caller->store)) return WASI_INTR;
        for (uint32_t i = 0; i < count; i++)
            if (has_fired(context, &waits[i], &events[*event_count])) (*event_count)++;
        if (*event_count > 0 || is_ready) return WASI_OK;
    }
}

static int32_t poll_subscriptions(void *data, wasmc_instance *caller, wasmc_value *values, bool is_unstable) {
    uint32_t count = U32(2), stride = is_unstable ? UNSTABLE_SUBSCRIPTION_BYTES : sizeof(subscription);
    if (count == 0) ANSWER(WASI_INVAL);
    const uint8_t *from = wasmc_guest_bytes(caller, U32(0), (uint64_t)count * stride);
    if (!from || !wasmc_guest_bytes(caller, U32(1), (uint64_t)count * sizeof(event))
        || !wasmc_guest_bytes(caller, U32(3), 4))
        ANSWER(WASI_FAULT);
    if (count > SUBSCRIPTION_LIMIT) ANSWER(WASI_NOMEM);
    waiting *waits = calloc(count, sizeof *waits);
    struct pollfd *files = calloc((size_t)count + 1, sizeof *files);
    event *events = calloc(count, sizeof *events);
    // The kernel takes no more files than a process may have open, so it sees each once, however many subscriptions it
    // has.
    struct pollfd **file_of = calloc(CONTEXT->descriptor_count + 1, sizeof *file_of);
    uint32_t event_count = 0, result = waits && files && events && file_of ? WASI_OK : WASI_NOMEM;
    nfds_t file_count = 0;
    for (uint32_t i = 0; result == WASI_OK && i < count; i++)
        copy_subscription(from + (size_t)i * stride, is_unstable, &waits[i].asked);
    for (uint32_t i = 0; result == WASI_OK && i < count; i++)
        result = prepare(CONTEXT, &waits[i], files, &file_count, file_of);
    if (result == WASI_OK) result = wait_for(CONTEXT, caller, waits, count, files, file_count, events, &event_count);
    // A clock of the host's may have called the guest, and that may have moved the memory.
    void *out = wasmc_guest_bytes(caller, U32(1), (uint64_t)count * sizeof(event));
    if (result == WASI_OK && !out) result = WASI_FAULT;
    if (result == WASI_OK) {
        memcpy(out, events, event_count * sizeof *events);
        wasmc_store_u32(caller, U32(3), event_count);
    }
    free(waits);
    free(files);
    free(events);
    free(file_of);
    ANSWER(result);
}

WASI_FUNCTION(poll_oneoff) { return poll_subscriptions(data, caller, values, false); }
int32_t wasmc_wasi_unstable_poll_oneoff(void *data, wasmc_instance *caller, wasmc_value *values) {
    return poll_subscriptions(data, caller, values, true);
}

const wasmc_wasi_function wasmc_wasi_poll_functions[] = {{"poll_oneoff", "iiii", "i", poll_oneoff}, {0}};
