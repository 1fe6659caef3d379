// Folding of RNA: the most base pairs, by intervals.
#include "../bench.h"

enum { N = 320 };
static ALIGNED uint8_t base[N];
static ALIGNED int pairs[N][N];

static int most(int a, int b) { return a > b ? a : b; }

uint64_t bench_run(void) {
    uint64_t state = 23, sum = 0;
    for (int i = 0; i < N; i++) base[i] = (uint8_t)(bench_random(&state) >> 62);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) pairs[i][j] = 0;
    for (int i = N - 1; i >= 0; i--)
        for (int j = i + 1; j < N; j++) {
            int best = most(pairs[i][j - 1], pairs[i + 1][j]);
            best = most(best, pairs[i + 1][j - 1] + (i < j - 1 && base[i] + base[j] == 3));
            for (int k = i + 1; k < j; k++) best = most(best, pairs[i][k] + pairs[k + 1][j]);
            pairs[i][j] = best;
        }
    for (int i = 0; i < N; i++)
        for (int j = i; j < N; j++) sum = bench_mix(sum, (uint64_t)pairs[i][j]);
    return sum;
}
