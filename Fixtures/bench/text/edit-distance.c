// Levenshtein's distance of two strings.
#include "../bench.h"

enum { N = 1800 };
static ALIGNED char a[N], b[N];
static ALIGNED uint16_t line[N + 1];

static int least(int a, int b) { return a < b ? a : b; }

uint64_t bench_run(void) {
    uint64_t state = 19, sum = 0;
    for (int i = 0; i < N; i++) {
        a[i] = (char)('a' + (bench_random(&state) >> 61));
        b[i] = bench_random(&state) >> 62 ? a[i] : 'z';
    }
    for (int j = 0; j <= N; j++) line[j] = (uint16_t)j;
    for (int i = 0; i < N; i++) {
        int diagonal = line[0];
        line[0] = (uint16_t)(i + 1);
        for (int j = 0; j < N; j++) {
            int replaced = diagonal + (a[i] != b[j]);
            diagonal = line[j + 1];
            line[j + 1] = (uint16_t)least(replaced, least(line[j], diagonal) + 1);
        }
        sum = bench_mix(sum, line[N]);
    }
    return sum;
}
