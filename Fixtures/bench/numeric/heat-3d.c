// Seven-point stencil in three dimensions.
#include "../bench.h"

enum { N = 60, STEPS = 20 };
static ALIGNED float a[N][N][N], b[N][N][N];

static void diffuse(float from[N][N][N], float to[N][N][N]) {
    for (int i = 1; i < N - 1; i++)
        for (int j = 1; j < N - 1; j++)
            for (int k = 1; k < N - 1; k++) {
                float twice = 2 * from[i][j][k];
                to[i][j][k] = from[i][j][k] + 0.125f * (from[i + 1][j][k] - twice + from[i - 1][j][k])
                    + 0.125f * (from[i][j + 1][k] - twice + from[i][j - 1][k])
                    + 0.125f * (from[i][j][k + 1] - twice + from[i][j][k - 1]);
            }
}

uint64_t bench_run(void) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++) a[i][j][k] = b[i][j][k] = (float)(i + j + N - k) * 10 / N;
    for (int step = 0; step < STEPS; step++) {
        diffuse(a, b);
        diffuse(b, a);
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int k = 0; k < N; k++) sum = bench_mix_double(sum, a[i][j][k]);
    return sum;
}
