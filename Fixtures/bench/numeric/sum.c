// Sums of integers, and of bytes that widen.
#include "../bench.h"

enum { N = 64 * 1024, ROUNDS = 512 };
static ALIGNED uint32_t words[N];
static ALIGNED uint8_t bytes[N];

uint64_t bench_run(void) {
    uint64_t state = 7, sum = 0;
    for (int i = 0; i < N; i++) {
        words[i] = (uint32_t)bench_random(&state);
        bytes[i] = (uint8_t)words[i];
    }
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t total = 0, byte_total = 0;
        words[round % N]++;
        for (int i = 0; i < N; i++) total += words[i];
        for (int i = 0; i < N; i++) byte_total += bytes[i];
        sum = bench_mix(bench_mix(sum, total), byte_total);
    }
    return sum;
}
