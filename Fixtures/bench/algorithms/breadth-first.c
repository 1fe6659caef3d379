// Breadth-first search in a sparse graph.
#include "../bench.h"

enum { NODES = 40000, DEGREE = 6 };
static ALIGNED int edges[NODES][DEGREE], queue[NODES], depth[NODES];

uint64_t bench_run(void) {
    uint64_t state = 97, sum = 0;
    for (int i = 0; i < NODES; i++)
        for (int j = 0; j < DEGREE; j++) edges[i][j] = (int)((bench_random(&state) >> 33) % NODES);
    for (int start = 0; start < 6; start++) {
        for (int i = 0; i < NODES; i++) depth[i] = -1;
        int head = 0, tail = 0;
        queue[tail++] = start * 1000;
        depth[queue[0]] = 0;
        while (head < tail) {
            int from = queue[head++];
            for (int j = 0; j < DEGREE; j++) {
                int to = edges[from][j];
                if (depth[to] >= 0) continue;
                depth[to] = depth[from] + 1;
                queue[tail++] = to;
            }
        }
        for (int i = 0; i < NODES; i++) sum = bench_mix(sum, (uint64_t)depth[i]);
    }
    return sum;
}
