// What the interpreters of a small machine share: two registers and a program of a million operations.
#include "../bench.h"

enum { ADD, XOR, ROTATE, SWAP, MULTIPLY, LOOP, HALT, OPERATIONS };

// Rounds of a loop of eight operations; the last of them counts.
enum { ROUNDS = 1000000 / 8 };
static const uint8_t program[] = {ADD, XOR, SWAP, ROTATE, ADD, MULTIPLY, XOR, LOOP, HALT};

static inline uint32_t rotated(uint32_t value) { return value << 5 | value >> 27; }
