// y = a x + y in single precision, through pointers.
#include "../bench.h"

enum { N = 16 * 1024, ROUNDS = 2000 };
static ALIGNED float x[N], y[N];

__attribute__((noinline)) static void saxpy(int count, float a, const float *x, float *y) {
    for (int i = 0; i < count; i++) y[i] += a * x[i];
}

uint64_t bench_run(void) {
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i % 97) * 0.25f;
        y[i] = (float)(i % 31);
    }
    for (int round = 0; round < ROUNDS; round++) saxpy(N, 0.001f * (float)round, x, y);
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) sum = bench_mix_double(sum, y[i]);
    return sum;
}
