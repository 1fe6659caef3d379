// What is kept for each thread: the guest that runs on it, and where its stack ends; and the runtime's own threads.
//
// Invariant: guests stop WASMC_HOST_STACK_RESERVE bytes before the end, so host functions and signal handlers that run
// on top of a guest have stack of their own.

#include "platform.h"

#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <unistd.h>

_Thread_local wasmc_activation *wasmc_current_activation;
_Thread_local uintptr_t wasmc_known_stack_limit;

uintptr_t wasmc_exchange_thread_stack_limit(uintptr_t limit) {
    uintptr_t before = wasmc_known_stack_limit;
    wasmc_known_stack_limit = limit;
    return before;
}

static uintptr_t thread_stack_end(void) {
    pthread_attr_t attributes;
    void *lowest = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &lowest, &size);
        pthread_attr_destroy(&attributes);
    }
    return (uintptr_t)lowest;
}

// The main thread's stack grows on demand up to a limit that may be "unlimited": no more than this is used of it. The
// kernel keeps twice as much free of other mappings.
#define MOST_STACK_BYTES (UINT64_C(64) << 20)

// Known from the name of the program, which the kernel puts on the top of the stack. The C library would read
// /proc/self/maps, which takes time and may not be there.
static uintptr_t main_stack_end(void) {
    struct rlimit limit;
    uintptr_t top = getauxval(AT_EXECFN);
    if (!top || getrlimit(RLIMIT_STACK, &limit)) return thread_stack_end();
    return top - (limit.rlim_cur < MOST_STACK_BYTES ? limit.rlim_cur : MOST_STACK_BYTES);
}

uintptr_t wasmc_thread_stack_limit(void) {
    if (wasmc_known_stack_limit) return wasmc_known_stack_limit;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t end = gettid() == getpid() ? main_stack_end() : thread_stack_end();
    if (end == 0 || here - end > MOST_STACK_BYTES) end = here - MOST_STACK_BYTES;
    uintptr_t left = here > end ? here - end : 0;
    uintptr_t reserve = WASMC_HOST_STACK_RESERVE < left / 2 ? WASMC_HOST_STACK_RESERVE : left / 2;
    return wasmc_known_stack_limit = end + reserve;
}

bool wasmc_start_thread(void *(*body)(void *nothing)) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    // The host's signals are for the host's threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    bool is_started = pthread_create(&thread, &attributes, body, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return is_started;
}
