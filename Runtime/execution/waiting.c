// Waiting for memory to be notified: memory.atomic.wait and notify.
//
// Invariant: a waiter is in its bucket's list exactly from the moment at which it saw the expected value until it
// leaves, and both happen under the bucket's lock; so a notification after that moment finds it, and none touches it
// once it has left. A waiter that its store's interruption wakes looks at the store's requests itself.

#include "execution.h"

#include <pthread.h>
#include <time.h>

typedef struct waiter waiter;
struct waiter {
    waiter *next, *previous;
    const void *address;
    uint32_t state;  // a futex
};

// Waiters by the address that they wait at, oldest first.
static struct bucket {
    pthread_mutex_t lock;
    waiter *first, *last;
} buckets[256] = {[0 ... 255] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static struct bucket *bucket_of(const void *address) {
    return &buckets[((uint64_t)(uintptr_t)address >> 2) * UINT64_C(0x9E3779B97F4A7C15) >> 56];
}

static void append(struct bucket *bucket, waiter *self) {
    self->previous = bucket->last;
    if (bucket->last) bucket->last->next = self;
    else bucket->first = self;
    bucket->last = self;
}

static void take_out(struct bucket *bucket, waiter *self) {
    if (self->previous) self->previous->next = self->next;
    else bucket->first = self->next;
    if (self->next) self->next->previous = self->previous;
    else bucket->last = self->previous;
}

static struct timespec deadline_in(int64_t nanoseconds) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t seconds = nanoseconds / 1000000000;
    int64_t rest = now.tv_nsec + nanoseconds % 1000000000;
    return (struct timespec){now.tv_sec + seconds + rest / 1000000000, rest % 1000000000};
}

static bool is_over(const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec != deadline->tv_sec ? now.tv_sec > deadline->tv_sec : now.tv_nsec >= deadline->tv_nsec;
}

// ---- Waiting and notifying ---------------------------------------------------------------------------------------

static bool holds(const void *address, uint64_t expected, bool is_64bit) {
    return is_64bit ? __atomic_load_n((const uint64_t *)address, __ATOMIC_SEQ_CST) == expected
                    : __atomic_load_n((const uint32_t *)address, __ATOMIC_SEQ_CST) == (uint32_t)expected;
}

// The store's requests wake the thread that sleeps at this word, from now on.
static void announce(wasmc_store *store, uint32_t *word) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    pthread_mutex_lock(&storage->interruption_lock);
    storage->wait_word = word;
    pthread_mutex_unlock(&storage->interruption_lock);
}

// Until someone notifies, or the time is over. False when the guest has to stop.
static bool sleep_until_notified(wasmc_store *store, waiter *self, int64_t timeout) {
    struct timespec deadline = deadline_in(timeout < 0 ? 0 : timeout);
    for (;;) {
        // What is requested from now on changes the word again.
        uint32_t state = __atomic_fetch_and(&self->state, ~(uint32_t)WASMC_WORD_ASKED, __ATOMIC_SEQ_CST);
        if (state & WASMC_WORD_NOTIFIED) return true;
        if (__atomic_load_n(&store->requests, __ATOMIC_SEQ_CST)) {
            if (!wasmc_may_go_on(store)) return false;
            // A guest that is asked to yield again and again would not get to sleep, which ends at the deadline.
            if (timeout >= 0 && is_over(&deadline)) return true;
        }
        if (!wasmc_futex_wait(&self->state, 0, timeout < 0 ? NULL : &deadline)) return true;
    }
}

wasmc_wait_result
wasmc_wait(wasmc_store *store, const void *address, uint64_t expected, bool is_64bit, int64_t timeout) {
    struct bucket *bucket = bucket_of(address);
    waiter self = {.address = address};
    pthread_mutex_lock(&bucket->lock);
    bool is_equal = holds(address, expected, is_64bit);
    if (is_equal) append(bucket, &self);
    pthread_mutex_unlock(&bucket->lock);
    if (!is_equal) return WASMC_WAIT_NOT_EQUAL;
    announce(store, &self.state);
    bool goes_on = sleep_until_notified(store, &self, timeout);
    announce(store, NULL);
    pthread_mutex_lock(&bucket->lock);
    bool is_notified = __atomic_load_n(&self.state, __ATOMIC_SEQ_CST) & WASMC_WORD_NOTIFIED;
    if (!is_notified) take_out(bucket, &self);
    pthread_mutex_unlock(&bucket->lock);
    return !goes_on ? WASMC_WAIT_INTERRUPTED : is_notified ? WASMC_WAIT_NOTIFIED : WASMC_WAIT_TIMED_OUT;
}

uint32_t wasmc_notify(const void *address, uint32_t most) {
    struct bucket *bucket = bucket_of(address);
    uint32_t count = 0;
    pthread_mutex_lock(&bucket->lock);
    for (waiter *self = bucket->first, *next; self && count < most; self = next) {
        next = self->next;
        if (self->address != address) continue;
        take_out(bucket, self);
        // The waiter needs the lock to leave.
        __atomic_fetch_or(&self->state, WASMC_WORD_NOTIFIED, __ATOMIC_SEQ_CST);
        wasmc_futex_wake(&self->state);
        count++;
    }
    pthread_mutex_unlock(&bucket->lock);
    return count;
}

uint32_t wasmc_shared_memory_notify(wasmc_shared_memory *shared, uint64_t address, uint32_t most) {
    return wasmc_notify(wasmc_shared_memory_base(shared) + address, most);
}
