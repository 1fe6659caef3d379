// A picture of spheres, with shadows and reflections.
#include "../bench.h"

enum { SIZE = 160, SPHERES = 24 };
typedef struct {
    double x, y, z;
} vector;
typedef struct {
    vector centre;
    double radius, shine;
} sphere;
static ALIGNED sphere spheres[SPHERES];

static vector add(vector a, vector b, double factor) {
    return (vector){a.x + factor * b.x, a.y + factor * b.y, a.z + factor * b.z};
}
static double dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vector unit(vector a) { return add((vector){0, 0, 0}, a, 1 / __builtin_sqrt(dot(a, a))); }

static const sphere *hit(vector from, vector direction, double *distance) {
    const sphere *nearest = NULL;
    *distance = 1e9;
    for (int i = 0; i < SPHERES; i++) {
        vector to = add(spheres[i].centre, from, -1);
        double along = dot(to, direction), reach = spheres[i].radius * spheres[i].radius - dot(to, to) + along * along;
        if (reach < 0) continue;
        double here = along - __builtin_sqrt(reach);
        if (here > 1e-6 && here < *distance) *distance = here, nearest = &spheres[i];
    }
    return nearest;
}

static double light(vector from, vector direction, int depth) {
    double distance, beyond;
    const sphere *s = hit(from, direction, &distance);
    if (!s) return direction.y > 0 ? 0.5 + direction.y / 2 : 0.1;
    vector at = add(from, direction, distance), normal = unit(add(at, s->centre, -1)), sun = unit((vector){1, 2, -1});
    double bright = dot(normal, sun);
    if (bright < 0 || hit(at, sun, &beyond)) bright = 0;
    if (depth > 0) bright += s->shine * light(at, add(direction, normal, -2 * dot(direction, normal)), depth - 1);
    return bright;
}

uint64_t bench_run(void) {
    uint64_t state = 89, sum = 0;
    for (int i = 0; i < SPHERES; i++) {
        double place[4];
        for (int j = 0; j < 4; j++) place[j] = (double)(bench_random(&state) >> 50) / 16384;
        spheres[i] = (sphere){{place[0] * 8 - 4, place[1] * 8 - 4, place[2] * 4 + 4}, place[3] + 0.3, place[3] / 2};
    }
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
            sum = bench_mix_double(
                sum, light((vector){0, 0, -4}, unit((vector){x * 2.0 / SIZE - 1, 1 - y * 2.0 / SIZE, 1.5}), 3));
    return sum;
}
