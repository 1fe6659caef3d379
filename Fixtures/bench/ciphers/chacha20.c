// The ChaCha20 cipher.
#include "../bench.h"

enum { N = 1536 * 1024 };
static ALIGNED uint8_t data[N];

static uint32_t rotate(uint32_t value, int count) { return value << count | value >> (32 - count); }

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d) {
    *a += *b, *d = rotate(*d ^ *a, 16);
    *c += *d, *b = rotate(*b ^ *c, 12);
    *a += *b, *d = rotate(*d ^ *a, 8);
    *c += *d, *b = rotate(*b ^ *c, 7);
}

static void encrypt(uint8_t *bytes, uint32_t input[16]) {
    uint32_t x[16];
    for (int i = 0; i < 16; i++) x[i] = input[i];
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++) quarter(&x[i], &x[4 + i], &x[8 + i], &x[12 + i]);
        for (int i = 0; i < 4; i++) quarter(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
    }
    for (int i = 0; i < 64; i++) bytes[i] ^= (uint8_t)((x[i / 4] + input[i / 4]) >> 8 * (i % 4));
    input[12]++;
}

uint64_t bench_run(void) {
    uint32_t input[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (uint32_t i = 4; i < 16; i++) input[i] = i * 0x01010101u;
    for (int i = 0; i < N; i++) data[i] = (uint8_t)i;
    for (int i = 0; i < N; i += 64) encrypt(data + i, input);
    uint64_t sum = 0;
    for (int i = 0; i < N; i += 8) sum = bench_mix(sum, data[i]);
    return sum;
}
