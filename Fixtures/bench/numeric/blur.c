// A 5 x 5 blur of an image of bytes, by rows and then by columns.
#include "../bench.h"

enum { WIDTH = 512, HEIGHT = 384, ROUNDS = 8 };
static ALIGNED uint8_t image[HEIGHT][WIDTH], rows[HEIGHT][WIDTH];

uint64_t bench_run(void) {
    uint64_t state = 13, sum = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) image[y][x] = (uint8_t)bench_random(&state);
    for (int round = 0; round < ROUNDS; round++) {
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 2; x < WIDTH - 2; x++)
                rows[y][x] = (uint8_t)((image[y][x - 2] + 4 * image[y][x - 1] + 6 * image[y][x] + 4 * image[y][x + 1]
                                        + image[y][x + 2] + 8)
                                       >> 4);
        for (int y = 2; y < HEIGHT - 2; y++)
            for (int x = 2; x < WIDTH - 2; x++)
                image[y][x] = (uint8_t)((rows[y - 2][x] + 4 * rows[y - 1][x] + 6 * rows[y][x] + 4 * rows[y + 1][x]
                                         + rows[y + 2][x] + 8)
                                        >> 4);
    }
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) sum = bench_mix(sum, image[y][x]);
    return sum;
}
