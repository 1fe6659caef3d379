// A text to work on: words, some far more frequent than others, in lines.
#pragma once
#include "../bench.h"

static inline void bench_text(char *text, int count) {
    uint64_t state = 103;
    for (int i = 0; i < count;) {
        uint64_t random = bench_random(&state) >> 20, word = (random & 4095) * (random >> 12 & 4095) >> 13;
        for (uint64_t letters = word * 2654435761u + 7; letters > 6 && i < count; letters /= 19)
            text[i++] = "etaoinshrdlucmfwypv"[letters % 19];
        if (i < count) text[i++] = random >> 30 & 15 ? ' ' : '\n';
    }
}
