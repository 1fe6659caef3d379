// poll_oneoff: waits for the first of several clocks and descriptors.
//
// Invariant: subscriptions are copied out of guest memory before the wait, and every event's place is checked before it.

#include "world.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct subscription {
    uint64_t userdata;
    uint8_t type;  // 0 clock, 1 read, 2 write
    uint8_t padding[7];
    union {
        struct { uint32_t id, padding; uint64_t timeout, precision; uint16_t flags; } clock;
        uint32_t file;
    } of;
} subscription;
_Static_assert(sizeof(subscription) == 48, "as in the specification");

typedef struct event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type;
    uint8_t padding[5];
    uint64_t available;
    uint16_t flags;
    uint8_t more_padding[6];
} event;
_Static_assert(sizeof(event) == 32, "as in the specification");

#define SUBSCRIPTION_LIMIT 4096

// Nanoseconds until a clock subscription fires; 0 when it has.
static uint64_t time_left(const subscription *asked) {
    if (!(asked->of.clock.flags & 1)) return asked->of.clock.timeout;
    struct timespec now;
    clock_gettime(asked->of.clock.id == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
    uint64_t time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return asked->of.clock.timeout > time ? asked->of.clock.timeout - time : 0;
}

static uint32_t wait_for(wasmc_wasi *world, wasmc_instance *caller, const subscription *asked, uint32_t count, event *events, uint32_t *event_count) {
    struct pollfd *files = calloc(count + 1, sizeof *files);
    if (!files) return WASI_NOMEM;
    uint64_t shortest = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        files[i].fd = -1;
        if (asked[i].type == 0) {
            uint64_t left = time_left(&asked[i]);
            if (left < shortest) shortest = left;
            continue;
        }
        descriptor *found = open_descriptor(world, asked[i].of.file);
        files[i].fd = found ? found->file : -1;
        files[i].events = asked[i].type == 1 ? POLLIN : POLLOUT;
        if (!found) shortest = 0;
    }
    struct timespec wait = {(time_t)(shortest / 1000000000), (long)(shortest % 1000000000)};
    // The last one wakes this when the guest is interrupted; then nobody looks at the events.
    files[count] = (struct pollfd){wasmc_wake_file(caller->store), POLLIN, 0};
    if (wasmc_is_interrupted(caller->store)) wait.tv_sec = wait.tv_nsec = 0, shortest = 0;
    int ready = ppoll(files, count + 1, shortest == UINT64_MAX ? NULL : &wait, NULL);
    uint32_t result = ready < 0 ? wasi_errno(errno) : wasmc_is_interrupted(caller->store) ? WASI_INTR : WASI_OK;
    for (uint32_t i = 0; result == WASI_OK && i < count; i++) {
        event fired = {.userdata = asked[i].userdata, .type = asked[i].type};
        if (asked[i].type == 0) {
            if (ready > 0 || (asked[i].of.clock.flags & 1 ? time_left(&asked[i]) > 0 : asked[i].of.clock.timeout > shortest)) continue;
        } else if (files[i].fd < 0) {
            fired.error = WASI_BADF;
        } else if (!files[i].revents) {
            continue;
        } else if (files[i].revents & POLLHUP) {
            fired.flags = 1;
        }
        events[(*event_count)++] = fired;
    }
    free(files);
    return result;
}

WASI_FUNCTION(poll_oneoff) {
    uint32_t count = U32(2);
    if (count == 0) ANSWER(WASI_INVAL);
    if (count > SUBSCRIPTION_LIMIT) ANSWER(WASI_NOMEM);
    const void *from = guest_bytes(caller, U32(0), (uint64_t)count * sizeof(subscription));
    if (!from || !guest_bytes(caller, U32(1), (uint64_t)count * sizeof(event)) || !guest_bytes(caller, U32(3), 4)) ANSWER(WASI_FAULT);
    subscription *asked = malloc(count * sizeof *asked);
    event *events = malloc(count * sizeof *events);
    uint32_t event_count = 0, result = WASI_NOMEM;
    if (asked && events) {
        memcpy(asked, from, count * sizeof *asked);
        result = WASI_OK;
        for (uint32_t i = 0; i < count; i++)
            if (asked[i].type > 2 || (asked[i].type == 0 && asked[i].of.clock.id > 1)) result = WASI_INVAL;
        if (result == WASI_OK) result = wait_for(WORLD, caller, asked, count, events, &event_count);
        if (result == WASI_OK) {
            memcpy(guest_bytes(caller, U32(1), (uint64_t)count * sizeof(event)), events, event_count * sizeof *events);
            store_u32(caller, U32(3), event_count);
        }
    }
    free(asked);
    free(events);
    ANSWER(result);
}

const wasmc_wasi_function poll_functions[] = {{"poll_oneoff", "iiii", "i", poll_oneoff}, {0}};
