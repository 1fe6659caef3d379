// A copy byte by byte, from every small distance.
#include "../bench.h"

enum { N = 32 * 1024, ROUNDS = 2048 };
static ALIGNED uint8_t source[N + ROUNDS], target[N + ROUNDS];

__attribute__((noinline)) static void copy(uint8_t *to, const uint8_t *from, int count) {
    for (int i = 0; i < count; i++) to[i] = from[i];
}

uint64_t bench_run(void) {
    uint64_t state = 3, sum = 0;
    for (int i = 0; i < N + ROUNDS; i++) source[i] = (uint8_t)bench_random(&state);
    for (int round = 0; round < ROUNDS; round++) {
        copy(target + ROUNDS - round, source + round, N);
        sum = bench_mix(sum, target[N / 2 + round]);
    }
    for (int i = 0; i < N; i++) sum = bench_mix(sum, target[i]);
    return sum;
}
