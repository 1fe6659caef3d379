// Radix sort, a byte at a time.
#include "../bench.h"

enum { N = 200000 };
static ALIGNED uint32_t values[N], other[N];

static void pass(const uint32_t *from, uint32_t *to, int shift) {
    uint32_t place[256] = {0};
    for (int i = 0; i < N; i++) place[from[i] >> shift & 255]++;
    for (uint32_t digit = 0, first = 0; digit < 256; digit++) {
        uint32_t count = place[digit];
        place[digit] = first;
        first += count;
    }
    for (int i = 0; i < N; i++) to[place[from[i] >> shift & 255]++] = from[i];
}

uint64_t bench_run(void) {
    uint64_t state = 31, sum = 0;
    for (int i = 0; i < N; i++) values[i] = (uint32_t)(bench_random(&state) >> 32);
    for (int shift = 0; shift < 32; shift += 16) {
        pass(values, other, shift);
        pass(other, values, shift + 8);
    }
    for (int i = 0; i < N; i++) sum = bench_mix(sum, values[i] ^ (uint32_t)i);
    return sum;
}
