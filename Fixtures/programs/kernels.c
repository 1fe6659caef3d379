// Loops that a native build vectorises. Built without vectors, so that wasmc has to do it.
#define KERNEL(name) __attribute__((export_name(#name)))

KERNEL(copy) void copy(unsigned char *to, const unsigned char *from, int count) {
    for (int i = 0; i < count; i++) to[i] = from[i];
}

KERNEL(sum) int sum(const int *numbers, int count) {
    int total = 0;
    for (int i = 0; i < count; i++) total += numbers[i];
    return total;
}

KERNEL(saxpy) void saxpy(float *y, const float *x, float a, int count) {
    for (int i = 0; i < count; i++) y[i] += a * x[i];
}

KERNEL(gemm) void gemm(int n, double *c, const double *a, const double *b, double alpha) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) c[i * n + j] += alpha * a[i * n + k] * b[k * n + j];
}

KERNEL(jacobi) void jacobi(double a[250][250], double b[250][250]) {
    for (int i = 1; i < 249; i++)
        for (int j = 1; j < 249; j++) b[i][j] = 0.2 * (a[i][j] + a[i][j - 1] + a[i][1 + j] + a[1 + i][j] + a[i - 1][j]);
}
