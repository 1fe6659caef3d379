// A million rounds of a loop with three calls, in a try block where there is TRY.
#include "wasm-exceptions.h"
extern "C" {
#include "../bench.h"
}

static volatile int never = 0;
static int thrown;
static uint64_t state;

__attribute__((noinline)) static uint64_t step(uint64_t value) {
    if (value == 1) {
        if (never) THROW(&thrown);
    }
    return value * 0x2545F4914F6CDD1Dull + state;
}

extern "C" uint64_t bench_run(void) {
    uint64_t sum = 0;
    state = 7;
    for (int i = 0; i < 1000000; i++) {
#ifdef TRY
        try {
            sum = step(step(step(sum)));
        } catch (...) { sum = 5; }
#else
        sum = step(step(step(sum)));
#endif
    }
    return sum;
}
