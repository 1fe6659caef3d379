// stb_image: writes a picture as PNG, reads it, shrinks it and writes it as JPEG.
// package: libstb
// files:
// flags: -I.
#include "../bench.h"
#define STBI_NO_STDIO
#define STBI_NO_SIMD
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb_image.h>
#include <stb_image_resize.h>
#include <stb_image_write.h>
#include <string.h>

enum { WIDTH = 160, HEIGHT = 120 };
static uint8_t picture[WIDTH * HEIGHT * 3], small[WIDTH / 2 * HEIGHT / 2 * 3], file[WIDTH * HEIGHT * 8];
static int size;

static void append(void *context, void *data, int count) {
    memcpy(file + size, data, count);
    size += count;
}

uint64_t bench_run(void) {
    uint64_t state = 3, sum = 1;
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        picture[i] = (i / 3 % WIDTH + i / 3 / WIDTH * (1 + i % 3)) / 2 + (bench_random(&state) >> 61);
    size = 0;
    stbi_write_png_to_func(append, NULL, WIDTH, HEIGHT, 3, picture, WIDTH * 3);
    int width, height, channels;
    uint8_t *read = stbi_load_from_memory(file, size, &width, &height, &channels, 3);
    if (!read || memcmp(read, picture, sizeof picture)) return 0;
    stbir_resize_uint8(read, WIDTH, HEIGHT, 0, small, WIDTH / 2, HEIGHT / 2, 0, 3);
    stbi_image_free(read);
    size = 0;
    stbi_write_jpg_to_func(append, NULL, WIDTH / 2, HEIGHT / 2, 3, small, 90);
    for (int i = 0; i < size; i++) sum = bench_mix(sum, file[i]);
    return sum;
}
