// Decoding of UTF-8, checked, into code points.
#include "../bench.h"

enum { POINTS = 150000 };
static ALIGNED uint8_t text[4 * POINTS];
static ALIGNED uint32_t points[POINTS];

static uint8_t *put(uint8_t *to, uint32_t point) {
    int tail = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const uint8_t lead[4] = {0, 0xC0, 0xE0, 0xF0};
    *to++ = (uint8_t)(lead[tail] | point >> 6 * tail);
    while (tail-- > 0) *to++ = (uint8_t)(0x80 | (point >> 6 * tail & 63));
    return to;
}

static int decode(const uint8_t *at, const uint8_t *end, uint32_t *to) {
    int count = 0;
    while (at < end) {
        uint32_t point = *at++;
        if (point >= 0x80) {
            int tail = point >= 0xF0 ? 3 : point >= 0xE0 ? 2 : 1;
            if (point < 0xC2 || point > 0xF4 || end - at < tail) return -1;
            point &= 63u >> tail;
            for (; tail > 0; tail--, at++) {
                if ((*at & 0xC0) != 0x80) return -1;
                point = point << 6 | (*at & 63);
            }
        }
        to[count++] = point;
    }
    return count;
}

uint64_t bench_run(void) {
    static const uint32_t limit[8] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x800, 0xD800, 0x110000};
    uint64_t state = 47, sum = 0;
    uint8_t *end = text;
    for (int i = 0; i < POINTS; i++) {
        uint64_t random = bench_random(&state);
        end = put(end, (uint32_t)(random >> 32) % limit[random & 7]);
    }
    for (int round = 0; round < 4; round++) {
        int count = decode(text, end, points);
        for (int i = round; i < count; i += 16) sum = bench_mix(sum, points[i]);
    }
    return sum;
}
