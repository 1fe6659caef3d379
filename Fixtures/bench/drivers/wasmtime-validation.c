// What validation costs in Wasmtime, on one thread: LIBRARY FILE MILLISECONDS. The least of many times.
#include "wasmtime.h"

int main(int argc, char **argv) {
    if (argc < 4) return 64;
    open_library(argv[1]);
    byte_vec bytes = contents(argv[2]);
    void *engine = make_engine(true);
    double least = 1e18, end = clock_now(CLOCK_MONOTONIC) + atof(argv[3]) * 1e6;
    do {
        start();
        check(CALL(wasmtime_module_validate, engine, bytes.data, bytes.size), "validation");
        double time = elapsed();
        if (time < least) least = time;
    } while (clock_now(CLOCK_MONOTONIC) < end);
    fprintf(stderr, "bench validation %.0f\n", least);
    return 0;
}
