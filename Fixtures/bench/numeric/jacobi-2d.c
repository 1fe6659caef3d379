// Five-point stencil, back and forth between two grids.
#include "../bench.h"

enum { N = 250, STEPS = 100 };
static ALIGNED double a[N][N], b[N][N];

uint64_t bench_run(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (i * (j + 2) + 2) / (double)N;
            b[i][j] = (i * (j + 3) + 3) / (double)N;
        }
    for (int step = 0; step < STEPS; step++) {
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][j + 1] + a[i + 1][j] + a[i - 1][j]);
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                a[i][j] = 0.2 * (b[i][j] + b[i][j - 1] + b[i][j + 1] + b[i + 1][j] + b[i - 1][j]);
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = bench_mix_double(sum, a[i][j]);
    return sum;
}
