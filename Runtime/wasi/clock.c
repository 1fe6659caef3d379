// clock_* and random_get.
//
// Invariant: the guest names clocks by WASI's numbers only; a number never reaches the kernel unchecked.

#include "world.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static bool host_clock(uint32_t number, clockid_t *clock) {
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    if (number >= 4) return false;
    *clock = clocks[number];
    return true;
}

static uint64_t nanoseconds(struct timespec time) { return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec; }

WASI_FUNCTION(clock_res_get) {
    (void)data;
    clockid_t clock;
    struct timespec time;
    if (!host_clock(U32(0), &clock)) ANSWER(WASI_INVAL);
    if (clock_getres(clock, &time)) ANSWER(wasi_errno(errno));
    ANSWER(store_u64(caller, U32(1), nanoseconds(time)) ? WASI_OK : WASI_FAULT);
}

WASI_FUNCTION(clock_time_get) {
    (void)data;
    clockid_t clock;
    struct timespec time;
    if (!host_clock(U32(0), &clock)) ANSWER(WASI_INVAL);
    if (clock_gettime(clock, &time)) ANSWER(wasi_errno(errno));
    ANSWER(store_u64(caller, U32(2), nanoseconds(time)) ? WASI_OK : WASI_FAULT);
}

WASI_FUNCTION(random_get) {
    (void)data;
    uint8_t *bytes = guest_bytes(caller, U32(0), U32(1));
    if (!bytes) ANSWER(WASI_FAULT);
    const size_t most = 1 << 20;  // for a guest that is interrupted meanwhile
    for (size_t done = 0, count = U32(1); done < count && !wasmc_is_interrupted(caller->store);) {
        ssize_t got = getrandom(bytes + done, count - done < most ? count - done : most, 0);
        if (got < 0 && errno != EINTR) ANSWER(wasi_errno(errno));
        if (got > 0) done += (size_t)got;
    }
    ANSWER(WASI_OK);
}

const wasmc_wasi_function clock_functions[] = {
    {"clock_res_get", "ii", "i", clock_res_get},
    {"clock_time_get", "iIi", "i", clock_time_get},
    {"random_get", "ii", "i", random_get},
    {0},
};
