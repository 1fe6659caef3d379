// A balanced search tree of nodes with pointers: insert, then look up.
#include "../bench.h"

enum { KEYS = 12000 };
typedef struct node {
    struct node *left, *right;
    uint32_t key, priority;
} node;
static ALIGNED node nodes[KEYS];
static int node_count;

static node *insert(node *tree, uint32_t key, uint32_t priority) {
    if (!tree) {
        nodes[node_count] = (node){NULL, NULL, key, priority};
        return &nodes[node_count++];
    }
    node **side = key < tree->key ? &tree->left : &tree->right;
    node *child = *side = insert(*side, key, priority);
    if (child->priority <= tree->priority) return tree;
    node **inner = side == &tree->left ? &child->right : &child->left;
    *side = *inner;
    *inner = tree;
    return child;
}

static uint64_t digest(const node *tree, uint64_t sum, uint64_t depth) {
    if (!tree) return sum;
    sum = digest(tree->left, sum, depth + 1);
    return digest(tree->right, bench_mix(sum, tree->key + depth), depth + 1);
}

uint64_t bench_run(void) {
    uint64_t state = 71, found = 0;
    node *tree = NULL;
    node_count = 0;
    for (int i = 0; i < KEYS; i++) {
        uint64_t random = bench_random(&state);
        tree = insert(tree, (uint32_t)(random >> 44), (uint32_t)random);
    }
    for (int i = 0; i < 2 * KEYS; i++) {
        uint32_t key = (uint32_t)(bench_random(&state) >> 44);
        const node *at = tree;
        while (at && at->key != key) at = key < at->key ? at->left : at->right;
        found += at != NULL;
    }
    return digest(tree, found, 0);
}
