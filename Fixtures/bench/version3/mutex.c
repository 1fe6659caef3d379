// Two threads take a lock of compare-exchange, wait and notify, a million times together, most of the time one each.
// operations: 500000
// needs: threads
#include "threads.h"

// 0 is free, 1 is taken, 2 is taken and somebody may wait.
static ALIGNED struct {
    _Atomic int word;
    uint64_t value;
    char rest[48];
} locks[THREADS + 1];

static void lock(_Atomic int *word) {
    int found = 0;
    if (__c11_atomic_compare_exchange_strong(word, &found, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return;
    while (__c11_atomic_exchange(word, 2, __ATOMIC_SEQ_CST)) wait_while(word, 2);
}

static void unlock(_Atomic int *word) {
    if (__c11_atomic_exchange(word, 0, __ATOMIC_SEQ_CST) == 2) wake_one(word);
}

void bench_thread(int thread) {
    for (int i = 0; i < 500000; i++) {
        // Each 1,024th time the one that both want.
        int index = i % 1024 ? thread : THREADS;
        lock(&locks[index].word);
        locks[index].value += (uint64_t)i;
        unlock(&locks[index].word);
    }
}

uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int index = 0; index <= THREADS; index++) {
        sum = bench_mix(sum, locks[index].value);
        locks[index].value = 0;
    }
    return sum;
}
