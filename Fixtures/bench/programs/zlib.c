// zlib: deflates a text and inflates it.
// package: zlib
// files: adler32.c compress.c crc32.c deflate.c infback.c inffast.c inflate.c inftrees.c trees.c uncompr.c zutil.c
#include "text.h"
#include <zlib.h>

enum { N = 250000 };
static char text[N];
static uint8_t packed[N], back[N];

uint64_t bench_run(void) {
    uLongf size = N, length = N;
    bench_text(text, N);
    if (compress2(packed, &size, (const uint8_t *)text, N, 6) != Z_OK) return 0;
    if (uncompress(back, &length, packed, size) != Z_OK) return 0;
    uint64_t sum = bench_mix(size, length);
    for (uLongf i = 0; i < size; i++) sum = bench_mix(sum, packed[i]);
    for (uLongf i = 0; i < length; i++) sum = bench_mix(sum, back[i]);
    return sum;
}
