// Conjugate gradients on a sparse matrix in compressed rows.
#include "../bench.h"

enum { SIDE = 90, N = SIDE * SIDE, STEPS = 60 };
static ALIGNED int row[N + 1], column[5 * N];
static ALIGNED double value[5 * N], x[N], r[N], p[N], q[N];

static void multiply(const double *in, double *out) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int k = row[i]; k < row[i + 1]; k++) sum += value[k] * in[column[k]];
        out[i] = sum;
    }
}

static double dot(const double *a, const double *b) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += a[i] * b[i];
    return sum;
}

uint64_t bench_run(void) {
    static const int offsets[5][2] = {{-1, 0}, {0, -1}, {0, 0}, {0, 1}, {1, 0}};
    int count = 0;
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 5; k++) {
            int y = i / SIDE + offsets[k][0], z = i % SIDE + offsets[k][1];
            if (y < 0 || z < 0 || y >= SIDE || z >= SIDE) continue;
            column[count] = y * SIDE + z;
            value[count++] = k == 2 ? 4.01 : -1;
        }
        row[i + 1] = count;
        x[i] = 0;
        r[i] = p[i] = 1 + i % 7;
    }
    double rho = dot(r, r);
    for (int step = 0; step < STEPS; step++) {
        multiply(p, q);
        double alpha = rho / dot(p, q);
        for (int i = 0; i < N; i++) x[i] += alpha * p[i];
        for (int i = 0; i < N; i++) r[i] -= alpha * q[i];
        double next = dot(r, r), beta = next / rho;
        for (int i = 0; i < N; i++) p[i] = r[i] + beta * p[i];
        rho = next;
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) sum = bench_mix_double(sum, x[i]);
    return sum;
}
