// All ways to place queens, by recursion.
#include "../bench.h"

enum { N = 10 };
static ALIGNED int column_of[N];

static int is_free(int row, int column) {
    for (int i = 0; i < row; i++) {
        int distance = column_of[i] - column;
        if (distance == 0 || distance == row - i || distance == i - row) return 0;
    }
    return 1;
}

static uint64_t place(int row, uint64_t sum) {
    if (row == N) {
        for (int i = 0; i < N; i++) sum = bench_mix(sum, (uint64_t)column_of[i]);
        return sum;
    }
    for (int column = 0; column < N; column++)
        if (is_free(row, column)) {
            column_of[row] = column;
            sum = place(row + 1, sum);
        }
    return sum;
}

uint64_t bench_run(void) { return place(0, 0); }
