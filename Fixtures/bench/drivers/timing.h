// Clocks of the drivers, and how they report: lines `bench NAME NUMBER` on standard error, times in nanoseconds.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double clock_now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double wall_start, cpu_start;

static inline void start(void) {
    wall_start = clock_now(CLOCK_MONOTONIC);
    cpu_start = clock_now(CLOCK_PROCESS_CPUTIME_ID);
}

static inline double elapsed(void) { return clock_now(CLOCK_MONOTONIC) - wall_start; }

// Wall and CPU time since `start`.
static inline void report(const char *name) {
    double wall = elapsed(), cpu = clock_now(CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
    fprintf(stderr, "bench %s %.0f\nbench %s-cpu %.0f\n", name, wall, name, cpu);
}

static inline int compare_times(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

enum { CALLS = 100000, CALL_SAMPLES = 41, INSTANCES = 300 };

// The median of samples, each of `count` calls.
static inline void report_median(const char *name, double *samples, int sample_count, int count) {
    qsort(samples, (size_t)sample_count, sizeof *samples, compare_times);
    fprintf(stderr, "bench %s %.3f\n", name, samples[sample_count / 2] / count);
}
