// Quicksort of integers, with insertion sort for short runs.
#include "../bench.h"

enum { N = 60000 };
static ALIGNED uint32_t values[N];

static void sort(uint32_t *low, uint32_t *high) {
    while (high - low > 12) {
        uint32_t pivot = low[(high - low) / 2], *left = low, *right = high - 1;
        while (left <= right) {
            while (*left < pivot) left++;
            while (*right > pivot) right--;
            if (left <= right) {
                uint32_t swap = *left;
                *left++ = *right;
                *right-- = swap;
            }
        }
        if (right - low < high - left) {
            sort(low, right + 1);
            low = left;
        } else {
            sort(left, high);
            high = right + 1;
        }
    }
    for (uint32_t *next = low + 1; next < high; next++) {
        uint32_t value = *next, *hole = next;
        for (; hole > low && hole[-1] > value; hole--) *hole = hole[-1];
        *hole = value;
    }
}

uint64_t bench_run(void) {
    uint64_t state = 11, sum = 0;
    for (int i = 0; i < N; i++) values[i] = (uint32_t)(bench_random(&state) >> 20);
    sort(values, values + N);
    for (int i = 0; i < N; i++) sum = bench_mix(sum, values[i] + (uint32_t)i);
    return sum;
}
