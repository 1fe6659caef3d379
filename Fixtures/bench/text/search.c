// Search for words in a text, by Horspool's rule and by plain comparison.
#include "../bench.h"

enum { N = 200000 };
static ALIGNED char text[N];

static int horspool(const char *word, int length) {
    int skip[256], found = 0;
    for (int i = 0; i < 256; i++) skip[i] = length;
    for (int i = 0; i < length - 1; i++) skip[(uint8_t)word[i]] = length - 1 - i;
    for (int at = 0; at + length <= N; at += skip[(uint8_t)text[at + length - 1]]) {
        int i = length;
        while (i > 0 && text[at + i - 1] == word[i - 1]) i--;
        found += i == 0;
    }
    return found;
}

static int plain(const char *word, int length) {
    int found = 0;
    for (int at = 0; at + length <= N; at++) {
        int i = 0;
        while (i < length && text[at + i] == word[i]) i++;
        found += i == length;
    }
    return found;
}

uint64_t bench_run(void) {
    static const char letters[17] = "eeetaoin shrdlu ";
    uint64_t state = 53, sum = 0;
    for (int i = 0; i < N; i++) text[i] = letters[bench_random(&state) >> 60];
    for (int round = 0; round < 12; round++) {
        int at = 1000 * round, length = 3 + round;
        sum = bench_mix(sum, (uint64_t)(horspool(text + at, length) * 7 + plain(text + at, length)));
    }
    return sum;
}
