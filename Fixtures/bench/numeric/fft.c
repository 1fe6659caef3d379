// The fast Fourier transform, there and back.
#include "../bench.h"

enum { BITS = 14, N = 1 << BITS };
static ALIGNED double re[N], im[N], cosine[N / 2], sine[N / 2];

static void make_table(void) {
    // Half-angle steps from the whole turn, so that no library's sine decides.
    double c = -1, s = 0;
    cosine[0] = 1;
    for (int step = N / 4; step > 0; step /= 2) {
        double next = __builtin_sqrt((1 + c) / 2);
        s = step == N / 4 ? 1 : s / (2 * next);
        c = next;
        cosine[step] = c, sine[step] = s;
        for (int i = 2 * step; i < N / 2; i += 2 * step) {
            cosine[i + step] = cosine[i] * c - sine[i] * s;
            sine[i + step] = sine[i] * c + cosine[i] * s;
        }
    }
}

static void transform(double direction) {
    for (int i = 1, j = 0; i < N; i++) {
        int bit = N / 2;
        for (; j & bit; bit /= 2) j ^= bit;
        j ^= bit;
        if (i < j) {
            double a = re[i], b = im[i];
            re[i] = re[j], im[i] = im[j], re[j] = a, im[j] = b;
        }
    }
    for (int half = 1; half < N; half *= 2)
        for (int first = 0; first < N; first += 2 * half)
            for (int k = 0; k < half; k++) {
                int a = first + k, b = a + half;
                double c = cosine[k * (N / 2 / half)], s = direction * sine[k * (N / 2 / half)];
                double x = re[b] * c - im[b] * s, y = re[b] * s + im[b] * c;
                re[b] = re[a] - x, im[b] = im[a] - y;
                re[a] += x, im[a] += y;
            }
}

uint64_t bench_run(void) {
    make_table();
    for (int i = 0; i < N; i++) re[i] = i % 37, im[i] = i % 11;
    for (int round = 0; round < 3; round++) {
        transform(1);
        transform(-1);
        for (int i = 0; i < N; i++) re[i] /= N, im[i] /= N;
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) sum = bench_mix_double(bench_mix_double(sum, re[i]), im[i]);
    return sum;
}
