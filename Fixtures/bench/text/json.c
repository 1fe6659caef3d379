// A JSON parser: a text of nested values into a tree of nodes.
#include "../bench.h"

enum { TEXT = 400000, NODES = 120000 };
typedef struct node {
    struct node *first, *next;
    double number;
    uint32_t hash;
    char kind;
} node;
static ALIGNED char text[TEXT];
static ALIGNED node nodes[NODES];
static int node_count;
static const char *at;

static char *put(char *to, const char *word) {
    while (*word) *to++ = *word++;
    return to;
}

static char *write_value(char *to, uint64_t *state, int depth) {
    uint64_t random = bench_random(state) >> 8;
    int kind = depth == 0 ? (int)(random % 4) : 4 + (int)(random % 2);
    if (kind == 0) return put(to, random & 64 ? "true" : "null");
    if (kind == 1) return put(to, "\"a \\\"quoted\\\" word\\n and more of it\"");
    if (kind < 4) {
        if (random & 64) *to++ = '-';
        for (int i = 0; i < 6; i++) *to++ = (char)('1' + (random >> (8 + 3 * i) & 7));
        return put(to, random & 128 ? ".25" : "e-3");
    }
    *to++ = kind == 4 ? '[' : '{';
    for (int i = 0; i < 6; i++) {
        if (i > 0) to = put(to, ", ");
        if (kind == 5) {
            to = put(to, "\"key ");
            *to++ = (char)('a' + i);
            to = put(to, "\": ");
        }
        to = write_value(to, state, depth - 1);
    }
    *to++ = kind == 4 ? ']' : '}';
    return to;
}

static void skip_space(void) {
    while (*at == ' ' || *at == '\n' || *at == '\t') at++;
}

static uint32_t string(void) {
    uint32_t hash = 2166136261u;
    for (at++; *at != '"'; at++) {
        if (*at == '\\') at++;
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    }
    at++;
    return hash;
}

static double number(void) {
    double value = 0, sign = 1, scale = 1;
    if (*at == '-') sign = -1, at++;
    for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) value += (scale /= 10) * (*at - '0');
    if (*at == 'e')
        for (at += 2; *at >= '1' && *at <= '9'; at++)
            for (int i = '0'; i < *at; i++) value /= 10;
    return sign * value;
}

static node *value(void) {
    skip_space();
    node *result = &nodes[node_count++], **link = &result->first;
    *result = (node){.kind = *at};
    switch (*at) {
    case '"': result->hash = string(); break;
    case 't':
    case 'n': at += 4; break;
    case '[':
    case '{':
        do {
            at++;
            skip_space();
            uint32_t key = *at == '"' && result->kind == '{' ? string() : 0;
            if (result->kind == '{') at++;
            *link = value();
            (*link)->hash ^= key;
            link = &(*link)->next;
            skip_space();
        } while (*at == ',');
        at++;
        break;
    default: result->number = number();
    }
    return result;
}

static uint64_t digest(const node *tree, uint64_t sum) {
    sum = bench_mix_double(bench_mix(sum, tree->hash), tree->number);
    for (const node *child = tree->first; child; child = child->next) sum = digest(child, sum);
    return sum;
}

uint64_t bench_run(void) {
    uint64_t state = 59, sum = 0;
    if (!text[0]) write_value(text, &state, 5);
    for (int round = 0; round < 8; round++) {
        node_count = 0;
        at = text;
        sum = digest(value(), sum);
    }
    return sum;
}
