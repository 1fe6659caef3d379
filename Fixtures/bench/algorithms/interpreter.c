// An interpreter of a small stack machine that counts primes.
#include "../bench.h"

typedef enum { PUSH, LOAD, STORE, ADD, REMAINDER, LESS, IS_ZERO, JUMP, JUMP_IF, HALT } operation;
typedef struct {
    uint8_t operation;
    int8_t operand;
} instruction;

enum { CANDIDATE, DIVISOR, COUNT, END };
// for (candidate = 2; candidate < end; candidate++) {
//     for (divisor = 2; candidate % divisor; divisor++);
//     count += divisor == candidate;
// }
static const instruction program[] = {
    {PUSH, 2},         {STORE, CANDIDATE},                                                                   // 0
    {LOAD, CANDIDATE}, {LOAD, END},        {LESS, 0},      {IS_ZERO, 0},     {JUMP_IF, 31},                  // 2
    {PUSH, 2},         {STORE, DIVISOR},                                                                     // 7
    {LOAD, CANDIDATE}, {LOAD, DIVISOR},    {REMAINDER, 0}, {IS_ZERO, 0},     {JUMP_IF, 19},                  // 9
    {LOAD, DIVISOR},   {PUSH, 1},          {ADD, 0},       {STORE, DIVISOR}, {JUMP, 9},                      // 14
    {LOAD, DIVISOR},   {LOAD, CANDIDATE},  {LESS, 0},      {IS_ZERO, 0},     {LOAD, COUNT},      {ADD, 0},   // 19
    {STORE, COUNT},    {LOAD, CANDIDATE},  {PUSH, 1},      {ADD, 0},         {STORE, CANDIDATE}, {JUMP, 2},  // 25
    {HALT, 0},                                                                                               // 31
};

static int run(const instruction *program, int *variables) {
    int stack[16], *top = stack, steps = 0;
    for (const instruction *next = program;; steps++) {
        instruction now = *next++;
        switch ((operation)now.operation) {
        case PUSH: *top++ = now.operand; break;
        case LOAD: *top++ = variables[now.operand]; break;
        case STORE: variables[now.operand] = *--top; break;
        case ADD: top--, top[-1] += *top; break;
        case REMAINDER: top--, top[-1] %= *top; break;
        case LESS: top--, top[-1] = top[-1] < *top; break;
        case IS_ZERO: top[-1] = !top[-1]; break;
        case JUMP: next = program + now.operand; break;
        case JUMP_IF:
            if (*--top) next = program + now.operand;
            break;
        case HALT: return steps;
        }
    }
}

uint64_t bench_run(void) {
    int variables[4] = {[END] = 1200};
    uint64_t steps = (uint64_t)run(program, variables);
    return bench_mix(steps, (uint64_t)variables[COUNT]);
}
