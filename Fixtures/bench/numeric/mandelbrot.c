// The Mandelbrot set, point by point.
#include "../bench.h"

enum { N = 160, DEPTH = 200 };

uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int row = 0; row < N; row++)
        for (int column = 0; column < N; column++) {
            double a = 3.0 * column / N - 2.2, b = 3.0 * row / N - 1.5, x = 0, y = 0;
            int depth = 0;
            for (; depth < DEPTH && x * x + y * y < 4; depth++) {
                double next = x * x - y * y + a;
                y = 2 * x * y + b;
                x = next;
            }
            sum = bench_mix(sum, (uint64_t)depth);
        }
    return sum;
}
