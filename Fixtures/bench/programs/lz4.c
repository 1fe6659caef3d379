// LZ4: compresses a text and expands it. What it compresses to differs with the size of a pointer.
// package: lz4
// files: lib/lz4.c
// flags: -Ilib
#include "text.h"
#include <lz4.h>

enum { N = 1000000 };
static char text[N], packed[N + N / 200], back[N];

uint64_t bench_run(void) {
    bench_text(text, N);
    int size = LZ4_compress_default(text, packed, N, sizeof packed);
    if (size <= 0 || LZ4_decompress_safe(packed, back, size, N) != N) return 0;
    uint64_t sum = 1;
    for (int i = 0; i < N; i += 7) sum = bench_mix(sum, (uint8_t)back[i]);
    return sum;
}
