// Heap sort of records by their keys.
#include "../bench.h"

enum { N = 40000 };
typedef struct {
    double key;
    uint32_t number;
} record;
static ALIGNED record heap[N];

static void sift(int hole, int count) {
    record moved = heap[hole];
    for (int child; (child = 2 * hole + 1) < count; hole = child) {
        if (child + 1 < count && heap[child + 1].key > heap[child].key) child++;
        if (heap[child].key <= moved.key) break;
        heap[hole] = heap[child];
    }
    heap[hole] = moved;
}

uint64_t bench_run(void) {
    uint64_t state = 37, sum = 0;
    for (int i = 0; i < N; i++) heap[i] = (record){(double)(bench_random(&state) >> 12), (uint32_t)i};
    for (int i = N / 2; i-- > 0;) sift(i, N);
    for (int i = N - 1; i > 0; i--) {
        record last = heap[i];
        heap[i] = heap[0];
        heap[0] = last;
        sift(0, i);
    }
    for (int i = 0; i < N; i++) sum = bench_mix(sum, heap[i].number);
    return sum;
}
