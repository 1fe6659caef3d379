// An interpreter that is a switch in a loop: a million operations.
// operations: 1000000
#include "dispatch.h"

static uint64_t run(const uint8_t *next, uint32_t a, uint32_t b, uint32_t rounds) {
    for (;;) {
        switch (*next++) {
        case ADD: a += b; break;
        case XOR: a ^= b + 3; break;
        case ROTATE: a = rotated(a); break;
        case SWAP: {
            uint32_t old = a;
            a = b;
            b = old;
            break;
        }
        case MULTIPLY: b *= a | 1; break;
        case LOOP:
            if (--rounds) next = program;
            break;
        case HALT: return bench_mix(a, b);
        }
    }
}

uint64_t bench_run(void) { return run(program, 1, 2, ROUNDS); }
