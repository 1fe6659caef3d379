// Brotli: compresses a text and expands it.
// package: brotli
// files: c/common/*.c c/dec/*.c c/enc/*.c
// flags: -Ic/include
#include "text.h"
#include <brotli/decode.h>
#include <brotli/encode.h>

enum { N = 120000 };
static char text[N];
static uint8_t packed[N], back[N];

uint64_t bench_run(void) {
    size_t size = N, length = N;
    bench_text(text, N);
    if (!BrotliEncoderCompress(6, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, N, (const uint8_t *)text, &size, packed))
        return 0;
    if (BrotliDecoderDecompress(size, packed, &length, back) != BROTLI_DECODER_RESULT_SUCCESS) return 0;
    uint64_t sum = bench_mix(size, length);
    for (size_t i = 0; i < size; i++) sum = bench_mix(sum, packed[i]);
    for (size_t i = 0; i < length; i++) sum = bench_mix(sum, back[i]);
    return sum;
}
