// Dense matrix product, the inner loop along rows.
#include "../bench.h"

enum { N = 256 };
static ALIGNED double a[N][N], b[N][N], c[N][N];

uint64_t bench_run(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (i * j + 1) % N / (double)N;
            b[i][j] = (i * (j + 2) + 3) % N / (double)N;
            c[i][j] = 0;
        }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++)
            for (int j = 0; j < N; j++) c[i][j] += 1.5 * a[i][k] * b[k][j];
    uint64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = bench_mix_double(sum, c[i][j]);
    return sum;
}
