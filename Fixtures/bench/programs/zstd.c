// Zstandard: compresses a text and expands it.
// package: libzstd
// files: lib/common/*.c lib/compress/*.c lib/decompress/*.c
// flags: -Ilib -DZSTD_DISABLE_ASM -DZSTD_MULTITHREAD_NONE
#include "text.h"
#include <zstd.h>

enum { N = 400000 };
static char text[N];
static uint8_t packed[N], back[N];

uint64_t bench_run(void) {
    bench_text(text, N);
    size_t size = ZSTD_compress(packed, N, text, N, 5), length = ZSTD_decompress(back, N, packed, size);
    if (ZSTD_isError(size) || ZSTD_isError(length)) return 0;
    uint64_t sum = bench_mix(size, length);
    for (size_t i = 0; i < size; i++) sum = bench_mix(sum, packed[i]);
    for (size_t i = 0; i < length; i++) sum = bench_mix(sum, back[i]);
    return sum;
}
