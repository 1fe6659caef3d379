// Words of a text: a state machine over bytes, and a trie that counts them.
#include "../bench.h"

enum { N = 300000, NODES = 60000 };
static ALIGNED uint8_t text[N];
static struct {
    uint16_t child[26];
    uint32_t count;
} trie[NODES];

uint64_t bench_run(void) {
    uint64_t state = 101, sum = 0;
    uint32_t nodes = 1, node = 0, lines = 0, words = 0;
    for (int i = 0; i < N; i++) {
        uint64_t random = bench_random(&state) >> 32;
        text[i] = random % 5 == 0 ? (random & 256 ? ' ' : '\n') : (uint8_t)("etaoinETA"[random % 9]);
    }
    for (int i = 0; i < NODES; i++) {
        for (int j = 0; j < 26; j++) trie[i].child[j] = 0;
        trie[i].count = 0;
    }
    for (int i = 0; i < N; i++) {
        uint8_t letter = text[i] | 32;
        if (letter < 'a' || letter > 'z') {
            lines += text[i] == '\n';
            words += node != 0;
            trie[node].count += node != 0;
            node = 0;
            continue;
        }
        uint16_t *child = &trie[node].child[letter - 'a'];
        if (*child == 0 && nodes < NODES) *child = (uint16_t)nodes++;
        node = *child;
    }
    for (uint32_t i = 0; i < nodes; i++) sum = bench_mix(sum, trie[i].count);
    return bench_mix(bench_mix(sum, words), lines);
}
