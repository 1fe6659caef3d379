// Eratosthenes' sieve, by bytes and by bits.
#include "../bench.h"

enum { N = 500000 };
static ALIGNED uint8_t composite[N];
static ALIGNED uint32_t bits[N / 32];

uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int i = 0; i < N; i++) composite[i] = 0;
    for (int i = 0; i < N / 32; i++) bits[i] = 0;
    for (int i = 2; i * i < N; i++)
        if (!composite[i])
            for (int j = i * i; j < N; j += i) composite[j] = 1;
    for (int i = 2; i * i < N; i++)
        if (!(bits[i / 32] >> i % 32 & 1))
            for (int j = i * i; j < N; j += i) bits[j / 32] |= 1u << j % 32;
    for (int i = 0; i < N / 32; i++) sum = bench_mix(sum, bits[i] + composite[i]);
    int count = 0;
    for (int i = 2; i < N; i++) count += !composite[i];
    return bench_mix(sum, (uint64_t)count);
}
