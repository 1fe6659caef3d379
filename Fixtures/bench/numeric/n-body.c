// Bodies that attract each other.
#include "../bench.h"

enum { BODIES = 5, STEPS = 60000 };
typedef struct {
    double x, y, z, vx, vy, vz, mass;
} body;
static ALIGNED body bodies[BODIES];

static void advance(double step) {
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++) {
            body *a = &bodies[i], *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double distance = dx * dx + dy * dy + dz * dz;
            double force = step / (distance * __builtin_sqrt(distance));
            a->vx -= dx * b->mass * force, a->vy -= dy * b->mass * force, a->vz -= dz * b->mass * force;
            b->vx += dx * a->mass * force, b->vy += dy * a->mass * force, b->vz += dz * a->mass * force;
        }
    for (int i = 0; i < BODIES; i++) {
        bodies[i].x += step * bodies[i].vx;
        bodies[i].y += step * bodies[i].vy;
        bodies[i].z += step * bodies[i].vz;
    }
}

uint64_t bench_run(void) {
    for (int i = 0; i < BODIES; i++)
        bodies[i] =
            (body){i * 3.5, i * i * 0.7 - 1, 0.3 * i, 0.1 * i, 0.25 - 0.05 * i, 0.01 * i, i == 0 ? 39.5 : 0.04 / i};
    for (int i = 0; i < STEPS; i++) advance(0.001);
    uint64_t sum = 0;
    for (int i = 0; i < BODIES; i++)
        sum = bench_mix_double(bench_mix_double(bench_mix_double(sum, bodies[i].x), bodies[i].y), bodies[i].z);
    return sum;
}
