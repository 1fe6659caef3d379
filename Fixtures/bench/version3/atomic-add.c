// Two threads add to a counter of their own by atomic operations, a million times.
// operations: 1000000
// needs: threads
#include "threads.h"

static ALIGNED struct {
    _Atomic uint64_t value;
    char rest[56];
} counters[THREADS];

void bench_thread(int thread) {
    for (int i = 0; i < 1000000; i++) counters[thread].value += (uint64_t)i;
}

uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int thread = 0; thread < THREADS; thread++) {
        sum = bench_mix(sum, counters[thread].value);
        counters[thread].value = 0;
    }
    return sum;
}
