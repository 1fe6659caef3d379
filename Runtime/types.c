// Canonical numbers of function types: equal types have equal numbers in the whole process.
//
// Invariant: a number, once given, means the same type until the process ends, so the comparison in an indirect call
// can never confuse two types.

#include "internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct interned_type {
    size_t parameter_count, byte_count;
    uint32_t next;  // in its bucket, 0 ends
    uint8_t *codes;
} interned_type;

#define BUCKET_COUNT 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static interned_type *types;  // number 1 is types[0]
static uint32_t type_count, type_capacity;
static uint32_t buckets[BUCKET_COUNT];

static uint32_t hash(const uint8_t *codes, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++) seed = (seed ^ codes[i]) * UINT32_C(16777619);
    return seed;
}

static uint32_t append(uint32_t bucket, const uint8_t *parameters, size_t parameter_count, const uint8_t *results, size_t result_count) {
    if (type_count == type_capacity) {
        uint32_t capacity = type_capacity ? type_capacity * 2 : 256;
        interned_type *grown = realloc(types, capacity * sizeof *types);
        if (!grown) return 0;
        types = grown;
        type_capacity = capacity;
    }
    uint8_t *codes = malloc(parameter_count + result_count + 1);
    if (!codes) return 0;
    if (parameter_count) memcpy(codes, parameters, parameter_count);
    if (result_count) memcpy(codes + parameter_count, results, result_count);
    types[type_count] = (interned_type){parameter_count, parameter_count + result_count, buckets[bucket], codes};
    return buckets[bucket] = ++type_count;
}

uint32_t wasmc_type_id(const uint8_t *parameters, size_t parameter_count, const uint8_t *results, size_t result_count) {
    uint32_t bucket = hash(results, result_count, hash(parameters, parameter_count, (uint32_t)parameter_count)) % BUCKET_COUNT;
    pthread_mutex_lock(&lock);
    uint32_t number = buckets[bucket];
    while (number) {
        const interned_type *type = &types[number - 1];
        if (type->parameter_count == parameter_count && type->byte_count == parameter_count + result_count
            && (!parameter_count || !memcmp(type->codes, parameters, parameter_count))
            && (!result_count || !memcmp(type->codes + parameter_count, results, result_count)))
            break;
        number = type->next;
    }
    if (!number) number = append(bucket, parameters, parameter_count, results, result_count);
    pthread_mutex_unlock(&lock);
    return number;
}

void wasmc_type_describe(uint32_t number, const uint8_t **codes, size_t *parameter_count, size_t *result_count) {
    pthread_mutex_lock(&lock);
    bool known = number > 0 && number <= type_count;
    *codes = known ? types[number - 1].codes : NULL;
    *parameter_count = known ? types[number - 1].parameter_count : 0;
    *result_count = known ? types[number - 1].byte_count - types[number - 1].parameter_count : 0;
    pthread_mutex_unlock(&lock);
}
