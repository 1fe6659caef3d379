// Conway's life on a board of bytes.
#include "../bench.h"

enum { N = 256, STEPS = 60 };
static ALIGNED uint8_t board[2][N + 2][N + 2];

uint64_t bench_run(void) {
    uint64_t state = 9, sum = 0;
    for (int i = 1; i <= N; i++)
        for (int j = 1; j <= N; j++) board[0][i][j] = bench_random(&state) >> 62 == 0;
    for (int step = 0; step < STEPS; step++) {
        uint8_t (*from)[N + 2] = board[step % 2], (*to)[N + 2] = board[1 - step % 2];
        for (int i = 1; i <= N; i++)
            for (int j = 1; j <= N; j++) {
                int neighbours = from[i - 1][j - 1] + from[i - 1][j] + from[i - 1][j + 1] + from[i][j - 1]
                    + from[i][j + 1] + from[i + 1][j - 1] + from[i + 1][j] + from[i + 1][j + 1];
                to[i][j] = neighbours == 3 || (neighbours == 2 && from[i][j]);
            }
    }
    for (int i = 1; i <= N; i++)
        for (int j = 1; j <= N; j++) sum = bench_mix(sum, board[STEPS % 2][i][j]);
    return sum;
}
