// Ten thousand exceptions, each thrown through DEPTH frames and caught.
#include "wasm-exceptions.h"
extern "C" {
#include "../bench.h"
}

// Compilers do not see that it always throws.
static volatile int always = 1;
static int thrown;

__attribute__((noinline)) static uint64_t descend(unsigned depth) {
    if (depth == 1) {
        if (always) THROW(&thrown);
        return 1;
    }
    return descend(depth - 1) * 3 + depth;
}

extern "C" uint64_t bench_run(void) {
    uint64_t sum = 0;
    for (int i = 0; i < 10000; i++) {
        try {
            sum += descend(DEPTH);
        } catch (...) { sum += 5; }
    }
    return sum;
}
