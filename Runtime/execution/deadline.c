// Deadlines: one thread of the process waits for the next one and interrupts the scope that it belongs to.
//
// Invariant: the list holds only scopes that have not ended, and the lock is held while a scope is interrupted, so no
// scope ends under the thread's hands.

#include "execution.h"

#include <pthread.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_running;
// Sorted by deadline.
static wasmc_interruption *first, *last;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void take_out(wasmc_interruption *scope) {
    if (scope->earlier) scope->earlier->later = scope->later;
    else first = scope->later;
    if (scope->later) scope->later->earlier = scope->earlier;
    else last = scope->earlier;
    scope->deadline = 0;
}

// From the end: deadlines are mostly set in their order.
static void put_in(wasmc_interruption *scope) {
    wasmc_interruption *earlier = last;
    while (earlier && earlier->deadline > scope->deadline) earlier = earlier->earlier;
    scope->earlier = earlier;
    scope->later = earlier ? earlier->later : first;
    if (scope->later) scope->later->earlier = scope;
    else last = scope;
    if (earlier) earlier->later = scope;
    else first = scope;
}

static void *wait_for_deadlines(void *nothing) {
    pthread_mutex_lock(&lock);
    for (;;) {
        if (!first) {
            pthread_cond_wait(&changed, &lock);
        } else if (first->deadline > now()) {
            struct timespec until = {(time_t)(first->deadline / 1000000000), (long)(first->deadline % 1000000000)};
            pthread_cond_timedwait(&changed, &lock, &until);
        } else {
            wasmc_interruption *scope = first;
            take_out(scope);
            wasmc_interrupt(scope, WASMC_DEADLINE);
        }
    }
    return nothing;
}

static void start(void) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &clock);
    pthread_condattr_destroy(&clock);
    is_running = wasmc_start_thread(wait_for_deadlines);
}

bool wasmc_set_deadline(wasmc_interruption *scope, uint64_t nanoseconds) {
    // Waiting on another thread would let the guest start.
    if (nanoseconds == 0) {
        wasmc_interrupt(scope, WASMC_DEADLINE);
        return true;
    }
    pthread_once(&once, start);
    if (!is_running) return false;
    scope->has_deadline = true;
    const uint64_t longest = (uint64_t)INT64_MAX / 2;
    uint64_t deadline = now() + (nanoseconds < longest ? nanoseconds : longest);
    pthread_mutex_lock(&lock);
    scope->deadline = deadline;
    put_in(scope);
    if (first == scope) pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
    return true;
}

static void cancel(wasmc_interruption *scope) {
    // Only the thread that ends the scope set it, and the timer's thread only takes it away.
    if (!scope->has_deadline) return;
    pthread_mutex_lock(&lock);
    if (scope->deadline) take_out(scope);
    pthread_mutex_unlock(&lock);
}

void wasmc_interruption_end(wasmc_interruption *scope) {
    cancel(scope);
    if (scope->is_linked) wasmc_interruption_unlink(scope);
}
