// Calls through pointers to functions: shapes with methods.
#include "../bench.h"

enum { SHAPES = 2000, ROUNDS = 300 };
typedef struct shape shape;
typedef struct {
    double (*area)(const shape *);
    void (*scale)(shape *, double factor);
} methods;
struct shape {
    const methods *methods;
    double a, b;
};

static double circle_area(const shape *s) { return 3.140625 * s->a * s->a; }
static double box_area(const shape *s) { return s->a * s->b; }
static double ring_area(const shape *s) { return 3.140625 * (s->a * s->a - s->b * s->b); }
static double triangle_area(const shape *s) { return s->a * s->b / 2; }
static void scale_one(shape *s, double factor) { s->a *= factor; }
static void scale_both(shape *s, double factor) { s->a *= factor, s->b *= factor; }

static const methods kinds[4] = {
    {circle_area, scale_one}, {box_area, scale_both}, {ring_area, scale_both}, {triangle_area, scale_both}};
static ALIGNED shape shapes[SHAPES];

uint64_t bench_run(void) {
    uint64_t state = 73, sum = 0;
    for (int i = 0; i < SHAPES; i++) shapes[i] = (shape){&kinds[bench_random(&state) >> 62], i % 13 + 2, i % 7};
    for (int round = 0; round < ROUNDS; round++) {
        double total = 0;
        for (int i = 0; i < SHAPES; i++) {
            shape *s = &shapes[i];
            s->methods->scale(s, round % 2 ? 0.5 : 2);
            total += s->methods->area(s);
        }
        sum = bench_mix_double(sum, total);
    }
    return sum;
}
