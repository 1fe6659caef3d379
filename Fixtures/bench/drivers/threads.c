// Calls a kernel on two threads until the time is used up, as main.c does with one thread's.
//   program MILLISECONDS LEAST_CALLS
#include "../version3/threads.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static pthread_barrier_t start, end;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void *call(void *thread) {
    for (;;) {
        pthread_barrier_wait(&start);
        bench_thread((int)(intptr_t)thread);
        pthread_barrier_wait(&end);
    }
}

int main(int argc, char **argv) {
    uint64_t budget = argc > 1 ? (uint64_t)atoi(argv[1]) * 1000000u : 0, began = now();
    int least = argc > 2 ? atoi(argv[2]) : 1;
    pthread_barrier_init(&start, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (intptr_t thread = 0; thread < THREADS; thread++) {
        pthread_t handle;
        if (pthread_create(&handle, NULL, call, (void *)thread)) return 71;
    }
    for (int calls = 0; calls < least || now() - began < budget; calls++) {
        uint64_t before = now();
        pthread_barrier_wait(&start);
        pthread_barrier_wait(&end);
        uint64_t time = now() - before;
        printf("%llu %llu\n", (unsigned long long)time, (unsigned long long)bench_run());
    }
    return 0;
}
