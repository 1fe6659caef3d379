// CRC-32 by a table, a byte at a time, and Adler-32 beside it.
#include "../bench.h"

enum { N = 1 << 18 };
static ALIGNED uint8_t bytes[N];
static ALIGNED uint32_t table[256];

uint64_t bench_run(void) {
    uint64_t state = 61;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value >> 1 ^ (value & 1 ? 0xEDB88320u : 0);
        table[i] = value;
    }
    for (int i = 0; i < N; i++) bytes[i] = (uint8_t)(bench_random(&state) >> 30);
    uint32_t crc = ~0u, low = 1, high = 0;
    for (int i = 0; i < N; i++) crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
    for (int i = 0; i < N; i++) {
        low = (low + bytes[i]) % 65521;
        high = (high + low) % 65521;
    }
    return (uint64_t)~crc << 32 | high << 16 | low;
}
