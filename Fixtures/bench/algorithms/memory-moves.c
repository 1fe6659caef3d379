// memcpy, memmove and memset of all sizes.
#include "../bench.h"
#include <string.h>

enum { N = 1 << 18, MOVES = 20000 };
static ALIGNED uint8_t from[N], to[N];

uint64_t bench_run(void) {
    uint64_t state = 79, sum = 0;
    for (int i = 0; i < N; i++) from[i] = (uint8_t)bench_random(&state);
    memset(to, 1, N);
    for (int i = 0; i < MOVES; i++) {
        uint64_t random = bench_random(&state);
        size_t size = (random >> 20 & 1023) >> (random & 7), a = random >> 40 & (N / 2 - 1),
               b = random >> 30 & (N / 2 - 1);
        if (i % 64 == 0) size = 16 * size + 5000;
        memcpy(to + a, from + b, size);
        memmove(to + b, to + b + i % 32, size);
        memset(to + N / 4 + a, i, size / 4);
    }
    for (int i = 0; i < N; i++) sum = bench_mix(sum, to[i]);
    return sum;
}
