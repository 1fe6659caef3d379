// All shortest paths in a dense graph.
#include "../bench.h"

enum { N = 200 };
static ALIGNED int distance[N][N];

uint64_t bench_run(void) {
    uint64_t state = 17, sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) distance[i][j] = i == j ? 0 : 1 + (int)(bench_random(&state) >> 54);
    for (int k = 0; k < N; k++)
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                int detour = distance[i][k] + distance[k][j];
                if (detour < distance[i][j]) distance[i][j] = detour;
            }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = bench_mix(sum, (uint64_t)distance[i][j]);
    return sum;
}
