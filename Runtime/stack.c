// Where each thread's stack ends.
//
// Invariant: guests stop WASMC_HOST_STACK_RESERVE bytes before the end, so host functions and signal handlers that run
// on top of a guest have stack of their own.

#include "internal.h"

#include <pthread.h>
#include <sys/resource.h>

static _Thread_local uintptr_t cached_limit;

uintptr_t wasmc_exchange_thread_stack_limit(uintptr_t limit) {
    uintptr_t before = cached_limit;
    cached_limit = limit;
    return before;
}

uintptr_t wasmc_thread_stack_limit(void) {
    if (cached_limit) return cached_limit;
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &lowest, &size);
        pthread_attr_destroy(&attributes);
    }
    uintptr_t end = (uintptr_t)lowest;
    // The main thread's stack grows on demand up to a limit that may be "unlimited": use no more than 64 MiB of it.
    const uintptr_t most = UINT64_C(64) << 20;
    if (end == 0 || here - end > most) end = here - most;
    uintptr_t left = here > end ? here - end : 0;
    uintptr_t reserve = WASMC_HOST_STACK_RESERVE < left / 2 ? WASMC_HOST_STACK_RESERVE : left / 2;
    return cached_limit = end + reserve;
}
