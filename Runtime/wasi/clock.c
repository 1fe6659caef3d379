// clock_*: the machine's clocks, or those that the host put in their place.
//
// Invariant: the guest names clocks by WASI's numbers only; a number never reaches the kernel unchecked.

#include "context.h"

#include <errno.h>

static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
enum { CLOCK_COUNT = sizeof clocks / sizeof *clocks };

uint64_t wasmc_nanoseconds(struct timespec time) { return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec; }

bool wasmc_wasi_time(wasmc_wasi *context, uint32_t clock, uint64_t *time) {
    if (clock >= CLOCK_COUNT) return false;
    struct timespec now;
    if (!context->clock.now && clock_gettime(clocks[clock], &now)) return false;
    *time = context->clock.now ? context->clock.now(context->clock.context, clock) : wasmc_nanoseconds(now);
    return true;
}

WASI_FUNCTION(clock_res_get) {
    struct timespec time;
    if (U32(0) >= CLOCK_COUNT) ANSWER(WASI_INVAL);
    if (!wasmc_guest_bytes(caller, U32(1), 8)) ANSWER(WASI_FAULT);
    if (!CONTEXT->clock.now && clock_getres(clocks[U32(0)], &time)) ANSWER(wasmc_wasi_errno(errno));
    wasmc_store_u64(caller, U32(1), CONTEXT->clock.now ? CONTEXT->clock.resolution : wasmc_nanoseconds(time));
    ANSWER(WASI_OK);
}

WASI_FUNCTION(clock_time_get) {
    uint64_t time;
    if (!wasmc_guest_bytes(caller, U32(2), 8)) ANSWER(U32(0) < CLOCK_COUNT ? WASI_FAULT : WASI_INVAL);
    if (!wasmc_wasi_time(CONTEXT, U32(0), &time)) ANSWER(WASI_INVAL);
    wasmc_store_u64(caller, U32(2), time);
    ANSWER(WASI_OK);
}

const wasmc_wasi_function wasmc_wasi_clock_functions[] = {
    {"clock_res_get", "ii", "i", clock_res_get},
    {"clock_time_get", "iIi", "i", clock_time_get},
    {0},
};
