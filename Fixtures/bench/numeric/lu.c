// LU decomposition with partial pivoting.
#include "../bench.h"

enum { N = 300 };
static ALIGNED double a[N][N];

static void swap_rows(double *a, double *b) {
    for (int i = 0; i < N; i++) {
        double value = a[i];
        a[i] = b[i];
        b[i] = value;
    }
}

uint64_t bench_run(void) {
    uint64_t state = 5, sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = (double)(bench_random(&state) >> 40) / 1048576.0 - 8;
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++)
            if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[pivot][k])) pivot = i;
        if (pivot != k) swap_rows(a[k], a[pivot]);
        for (int i = k + 1; i < N; i++) {
            double factor = a[i][k] / a[k][k];
            a[i][k] = factor;
            for (int j = k + 1; j < N; j++) a[i][j] -= factor * a[k][j];
        }
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = bench_mix_double(sum, a[i][j]);
    return sum;
}
