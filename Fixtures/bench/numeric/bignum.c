// Factorials of large numbers, in words of 32 bits.
#include "../bench.h"

enum { WORDS = 1200 };
static ALIGNED uint32_t words[WORDS];

static int multiply(int count, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < count; i++) {
        carry += (uint64_t)words[i] * factor;
        words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) words[count++] = (uint32_t)carry;
    return count;
}

static uint32_t divide(int count, uint32_t divisor) {
    uint64_t rest = 0;
    for (int i = count; i-- > 0;) {
        rest = rest << 32 | words[i];
        words[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    return (uint32_t)rest;
}

uint64_t bench_run(void) {
    int count = 1;
    uint64_t sum = 0;
    words[0] = 1;
    for (uint32_t factor = 2; factor <= 3500; factor++) count = multiply(count, factor);
    for (int i = 0; i < count; i++) sum = bench_mix(sum, words[i]);
    while (count > 600) {
        sum = bench_mix(sum, divide(count, 1000000007));
        while (count > 0 && words[count - 1] == 0) count--;
    }
    return sum;
}
