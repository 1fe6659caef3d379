// bzip2: compresses a text and expands it.
// package: bzip2
// files: blocksort.c huffman.c crctable.c randtable.c compress.c decompress.c bzlib.c
// flags: -DBZ_NO_STDIO
#include "text.h"
#include <bzlib.h>
#include <stdlib.h>

enum { N = 150000 };
static char text[N], packed[N], back[N];

void bz_internal_error(int code) { exit(code); }

uint64_t bench_run(void) {
    unsigned size = N, length = N;
    bench_text(text, N);
    if (BZ2_bzBuffToBuffCompress(packed, &size, text, N, 9, 0, 0) != BZ_OK) return 0;
    if (BZ2_bzBuffToBuffDecompress(back, &length, packed, size, 0, 0) != BZ_OK) return 0;
    uint64_t sum = bench_mix(size, length);
    for (unsigned i = 0; i < size; i++) sum = bench_mix(sum, (uint8_t)packed[i]);
    for (unsigned i = 0; i < length; i++) sum = bench_mix(sum, (uint8_t)back[i]);
    return sum;
}
