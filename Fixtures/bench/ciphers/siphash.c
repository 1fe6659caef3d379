// SipHash of many short keys.
#include "../bench.h"

enum { KEYS = 100000, LENGTH = 40 };
static ALIGNED uint8_t keys[KEYS][LENGTH];

static uint64_t rotate(uint64_t value, int count) { return value << count | value >> (64 - count); }

static void round_of(uint64_t v[4]) {
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

static uint64_t hash(const uint8_t *bytes, int length, uint64_t low, uint64_t high) {
    uint64_t v[4] = {
        low ^ 0x736f6d6570736575ull, high ^ 0x646f72616e646f6dull, low ^ 0x6c7967656e657261ull,
        high ^ 0x7465646279746573ull};
    for (int i = 0; i <= length; i += 8) {
        uint64_t word = i + 8 > length ? (uint64_t)length << 56 : 0;
        for (int j = 0; j < 8 && i + j < length; j++) word |= (uint64_t)bytes[i + j] << 8 * j;
        v[3] ^= word;
        round_of(v);
        round_of(v);
        v[0] ^= word;
    }
    v[2] ^= 255;
    for (int i = 0; i < 4; i++) round_of(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t bench_run(void) {
    uint64_t state = 67, sum = 0;
    for (int i = 0; i < KEYS; i++)
        for (int j = 0; j < LENGTH; j += 8) keys[i][j] = (uint8_t)bench_random(&state);
    for (int i = 0; i < KEYS; i++) sum = bench_mix(sum, hash(keys[i], 8 + i % (LENGTH - 8), 1, 2));
    return sum;
}
