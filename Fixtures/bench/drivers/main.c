// Calls the kernel until the time is used up, and writes a line for each call: nanoseconds and the checksum.
//   program MILLISECONDS LEAST_CALLS
#include "../bench.h"
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static char *put(char *end, uint64_t value) {
    do *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}

int main(int argc, char **argv) {
    uint64_t budget = argc > 1 ? (uint64_t)atoi(argv[1]) * 1000000u : 0;
    int least = argc > 2 ? atoi(argv[2]) : 1;
    uint64_t start = now(), end = start;
    for (int call = 0; call < least || end - start < budget; call++) {
        uint64_t before = now();
        uint64_t checksum = bench_run();
        end = now();
        char line[64], *first = line + sizeof line;
        *--first = '\n';
        first = put(first, checksum);
        *--first = ' ';
        first = put(first, end - before);
        if (write(1, first, (size_t)(line + sizeof line - first)) < 0) return 1;
    }
    return 0;
}
