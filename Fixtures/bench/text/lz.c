// A compressor by repeated strings (Lempel and Ziv), and its decompressor.
#include "../bench.h"
#include <string.h>

enum { N = 200000, HASH = 1 << 13 };
static ALIGNED uint8_t text[N], packed[2 * N], back[N];
static ALIGNED int32_t last[HASH];

static int compress(const uint8_t *from, int count, uint8_t *to) {
    uint8_t *start = to;
    for (int i = 0; i < HASH; i++) last[i] = -1;
    for (int at = 0; at < count;) {
        int length = 0, distance = 0;
        if (at + 4 <= count) {
            uint32_t word;
            memcpy(&word, from + at, 4);
            int32_t *slot = &last[word * 2654435761u >> 19];
            distance = at - *slot;
            if (*slot >= 0 && distance < 65536)
                while (length < 127 && at + length < count && from[at + length] == from[*slot + length]) length++;
            *slot = at;
        }
        if (length >= 4) {
            *to++ = (uint8_t)(128 + length);
            *to++ = (uint8_t)distance;
            *to++ = (uint8_t)(distance >> 8);
            at += length;
        } else {
            *to++ = from[at++] & 127;
        }
    }
    return (int)(to - start);
}

static int expand(const uint8_t *from, int count, uint8_t *to) {
    uint8_t *start = to;
    for (const uint8_t *end = from + count; from < end;) {
        int length = *from++;
        if (length < 128) {
            *to++ = (uint8_t)length;
            continue;
        }
        const uint8_t *source = to - (from[0] | from[1] << 8);
        from += 2;
        for (length -= 128; length > 0; length--) *to++ = *source++;
    }
    return (int)(to - start);
}

uint64_t bench_run(void) {
    uint64_t state = 83, sum = 0;
    for (int i = 0; i < N;) {
        uint64_t random = bench_random(&state) >> 16;
        int length = 3 + (int)(random & 31), source = (int)((random >> 8) % (uint64_t)(i + 1));
        for (int j = 0; j < length && i < N; j++, i++)
            text[i] = i % 5 == 4 || i < 64 ? (uint8_t)(((random >> 30) + (uint64_t)j) & 63) : text[source + j];
    }
    int size = compress(text, N, packed);
    sum = bench_mix((uint64_t)size, (uint64_t)expand(packed, size, back));
    for (int i = 0; i < N; i++) sum = bench_mix(sum, back[i]);
    return bench_mix(sum, memcmp(text, back, N) == 0);
}
