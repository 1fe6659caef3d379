// Two threads make one half each of a million numbers, and sum it up ten times.
// operations: 5000000
// needs: threads
#include "threads.h"

enum { COUNT = 1000000 };
static ALIGNED uint32_t numbers[COUNT];
static ALIGNED struct {
    uint64_t value;
    char rest[56];
} sums[THREADS];

void bench_thread(int thread) {
    uint32_t *half = numbers + thread * (COUNT / THREADS), sum = 0;
    for (uint32_t i = 0; i < COUNT / THREADS; i++) half[i] = i * 2654435761u;
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < COUNT / THREADS; i++) sum += half[i] * (uint32_t)(round + 1);
    sums[thread].value = sum;
}

uint64_t bench_run(void) { return bench_mix(sums[0].value, sums[1].value); }
