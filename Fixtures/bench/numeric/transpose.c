// Transposition of a matrix, in blocks and in place.
#include "../bench.h"

enum { N = 512, BLOCK = 16, ROUNDS = 6 };
static ALIGNED uint32_t a[N][N], b[N][N];

uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) a[i][j] = (uint32_t)(i * 7919 + j);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < N; i += BLOCK)
            for (int j = 0; j < N; j += BLOCK)
                for (int y = i; y < i + BLOCK; y++)
                    for (int x = j; x < j + BLOCK; x++) b[x][y] = a[y][x] + (uint32_t)round;
        for (int i = 0; i < N; i++)
            for (int j = i + 1; j < N; j++) {
                uint32_t value = b[i][j];
                b[i][j] = b[j][i];
                b[j][i] = value;
            }
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) a[i][j] = b[i][j];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = bench_mix(sum, a[i][j]);
    return sum;
}
