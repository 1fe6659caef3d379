// Base64, there and back.
#include "../bench.h"

enum { N = 300000 };
static ALIGNED uint8_t bytes[N], back[N], text[N / 3 * 4], digit[256];
static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(const uint8_t *from, uint8_t *to) {
    for (int i = 0; i < N; i += 3, to += 4) {
        uint32_t group = (uint32_t)from[i] << 16 | (uint32_t)from[i + 1] << 8 | from[i + 2];
        for (int j = 0; j < 4; j++) to[j] = (uint8_t)alphabet[group >> (18 - 6 * j) & 63];
    }
}

static void decode(const uint8_t *from, uint8_t *to) {
    for (int i = 0; i < N; i += 3, from += 4) {
        uint32_t group = 0;
        for (int j = 0; j < 4; j++) group = group << 6 | digit[from[j]];
        for (int j = 0; j < 3; j++) to[i + j] = (uint8_t)(group >> (16 - 8 * j));
    }
}

uint64_t bench_run(void) {
    uint64_t state = 43, sum = 0;
    for (int i = 0; i < 64; i++) digit[(uint8_t)alphabet[i]] = (uint8_t)i;
    for (int i = 0; i < N; i++) bytes[i] = (uint8_t)bench_random(&state);
    for (int round = 0; round < 4; round++) {
        bytes[round]++;
        encode(bytes, text);
        decode(text, back);
        for (int i = 0; i < N; i += 4096) sum = bench_mix(sum, back[i + round] + text[i]);
    }
    return sum;
}
