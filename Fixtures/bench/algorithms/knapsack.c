// The best load of a knapsack, by weights.
#include "../bench.h"

enum { ITEMS = 200, CAPACITY = 20000 };
static ALIGNED int best[CAPACITY + 1], weight[ITEMS], worth[ITEMS];

uint64_t bench_run(void) {
    uint64_t state = 29, sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        weight[i] = 10 + (int)(bench_random(&state) >> 55);
        worth[i] = 1 + (int)(bench_random(&state) >> 52);
    }
    for (int load = 0; load <= CAPACITY; load++) best[load] = 0;
    for (int i = 0; i < ITEMS; i++)
        for (int load = CAPACITY; load >= weight[i]; load--) {
            int with = best[load - weight[i]] + worth[i];
            if (with > best[load]) best[load] = with;
        }
    for (int load = 0; load <= CAPACITY; load++) sum = bench_mix(sum, (uint64_t)best[load]);
    return sum;
}
