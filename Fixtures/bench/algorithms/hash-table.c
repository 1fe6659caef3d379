// A hash table with linear probing: insert, find, delete.
#include "../bench.h"

enum { SLOTS = 1 << 16, KEYS = 40000 };
static struct {
    uint64_t key;
    uint32_t value;
} slots[SLOTS];

static uint32_t home(uint64_t key) { return (uint32_t)(key * 0x9E3779B97F4A7C15ull >> 48); }

static uint32_t slot_of(uint64_t key) {
    uint32_t slot = home(key);
    while (slots[slot].key != 0 && slots[slot].key != key) slot = (slot + 1) % SLOTS;
    return slot;
}

static void erase(uint32_t hole) {
    for (uint32_t next = (hole + 1) % SLOTS; slots[next].key != 0; next = (next + 1) % SLOTS)
        if ((next - home(slots[next].key)) % SLOTS >= (next - hole) % SLOTS) {
            slots[hole] = slots[next];
            hole = next;
        }
    slots[hole].key = 0;
}

uint64_t bench_run(void) {
    uint64_t state = 41, sum = 0;
    for (int i = 0; i < SLOTS; i++) slots[i].key = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t key = bench_random(&state) >> 44 | 1;
        uint32_t slot = slot_of(key);
        slots[slot].key = key;
        slots[slot].value = i;
    }
    for (uint32_t i = 0; i < 4 * KEYS; i++) {
        uint32_t slot = slot_of(bench_random(&state) >> 44 | 1);
        if (slots[slot].key == 0) continue;
        sum = bench_mix(sum, slots[slot].value);
        if (i % 8 == 0) erase(slot);
    }
    for (int i = 0; i < SLOTS; i++) sum = bench_mix(sum, slots[i].key);
    return sum;
}
