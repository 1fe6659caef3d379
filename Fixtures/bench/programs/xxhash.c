// xxHash: a text by its three algorithms, without vectors of its own.
// package: xxhash
// files: xxhash.c
// flags: -I. -DXXH_VECTOR=XXH_SCALAR
#include "text.h"
#include <xxhash.h>

enum { N = 1000000 };
static char text[N];

uint64_t bench_run(void) {
    if (!text[0]) bench_text(text, N);
    uint64_t sum = XXH32(text, N, 1);
    sum = bench_mix(sum, XXH64(text, N, 2));
    return bench_mix(sum, XXH3_64bits_withSeed(text, N, 3));
}
