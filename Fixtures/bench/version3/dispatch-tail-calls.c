// An interpreter whose operations call the next one by a tail call through a table: a million operations.
// operations: 1000000
// needs: tail-call
#include "dispatch.h"

#define STATE const uint8_t *next, uint32_t a, uint32_t b, uint32_t rounds
#define NEXT __attribute__((musttail)) return table[*next](next + 1, a, b, rounds)

typedef uint64_t operation(STATE);
static operation *const table[OPERATIONS];

static uint64_t add(STATE) {
    a += b;
    NEXT;
}

static uint64_t exclusive_or(STATE) {
    a ^= b + 3;
    NEXT;
}

static uint64_t rotate(STATE) {
    a = rotated(a);
    NEXT;
}

static uint64_t swap(STATE) {
    uint32_t old = a;
    a = b;
    b = old;
    NEXT;
}

static uint64_t multiply(STATE) {
    b *= a | 1;
    NEXT;
}

static uint64_t loop(STATE) {
    if (--rounds) next = program;
    NEXT;
}

static uint64_t halt(STATE) { return bench_mix(a, b); }

static operation *const table[OPERATIONS] = {
    [ADD] = add,           [XOR] = exclusive_or, [ROTATE] = rotate, [SWAP] = swap,
    [MULTIPLY] = multiply, [LOOP] = loop,        [HALT] = halt,
};

uint64_t bench_run(void) { return table[program[0]](program + 1, 1, 2, ROUNDS); }
