// What a workload is: a C file that defines `bench_run`, the kernel. Each call does the same work and returns the same
// checksum, from which a wrong result cannot cancel. State is static: nothing is timed but the kernel.
#pragma once
#include <stddef.h>
#include <stdint.h>

uint64_t bench_run(void);

// Data starts on a cache line in every build. Linkers for WebAssembly align arrays to 16 bytes and native ones to more,
// and whether vectors cross lines decides more than the compiler does.
#define ALIGNED _Alignas(64)

// Random numbers that are the same everywhere (xorshift64*).
static inline uint64_t bench_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Dull;
}

static inline uint64_t bench_mix(uint64_t sum, uint64_t value) {
    return (sum ^ value) * 0x100000001B3ull + (sum >> 29);
}

static inline uint64_t bench_mix_double(uint64_t sum, double value) {
    union {
        double value;
        uint64_t bits;
    } word = {value};
    return bench_mix(sum, word.bits);
}
