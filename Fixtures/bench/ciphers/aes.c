// AES-128 as the standard writes it, with a table for the S-box.
#include "../bench.h"

enum { BLOCKS = 15000 };
static ALIGNED uint8_t box[256], keys[11][16], data[BLOCKS][16];

static uint8_t twice(uint8_t value) { return (uint8_t)(value << 1 ^ (value >> 7) * 0x1B); }

static void make_box(void) {
    uint8_t p = 1, q = 1;
    do {
        p ^= twice(p);
        q ^= (uint8_t)(q << 1);
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        q ^= (uint8_t)((q >> 7) * 9);
        uint32_t r = q * 0x101u;
        box[p] = (uint8_t)(r ^ r >> 7 ^ r >> 6 ^ r >> 5 ^ r >> 4 ^ 0x63);
    } while (p != 1);
    box[0] = 0x63;
}

static void make_keys(void) {
    uint8_t constant = 1;
    for (int i = 16; i < 176; i++) {
        uint8_t *key = keys[0], previous = key[i - 4];
        if (i % 16 < 4) previous = (uint8_t)(box[key[i % 4 == 3 ? i - 7 : i - 3]] ^ (i % 16 == 0 ? constant : 0));
        key[i] = key[i - 16] ^ previous;
        if (i % 16 == 15) constant = twice(constant);
    }
}

static void encrypt(uint8_t block[16]) {
    uint8_t moved[16];
    for (int i = 0; i < 16; i++) block[i] ^= keys[0][i];
    for (int round = 1; round <= 10; round++) {
        for (int i = 0; i < 16; i++) moved[i] = box[block[(i + 4 * (i % 4)) % 16]];
        for (int i = 0; i < 16; i += 4) {
            uint8_t *m = moved + i, all = m[0] ^ m[1] ^ m[2] ^ m[3];
            for (int j = 0; j < 4; j++) {
                uint8_t mixed = (uint8_t)(m[j] ^ all ^ twice(m[j] ^ m[(j + 1) % 4]));
                block[i + j] = keys[round][i + j] ^ (round < 10 ? mixed : m[j]);
            }
        }
    }
}

uint64_t bench_run(void) {
    uint64_t sum = 0;
    make_box();
    for (int i = 0; i < 16; i++) keys[0][i] = (uint8_t)(i * 17);
    make_keys();
    for (int i = 0; i < BLOCKS; i++)
        for (int j = 0; j < 16; j++) data[i][j] = (uint8_t)(i >> j);
    for (int i = 0; i < BLOCKS; i++) {
        encrypt(data[i]);
        for (int j = 0; j < 16; j++) sum = bench_mix(sum, data[i][j]);
    }
    return sum;
}
