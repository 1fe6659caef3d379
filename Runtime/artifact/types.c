// Canonical numbers of function types: equal types have equal numbers in the whole process.
//
// Invariant: a number means one type from when somebody acquires it until the last one has released it, so the
// comparison in an indirect call, both of whose sides are held by modules, can never confuse two types.

#include "wasmc_runtime.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

typedef struct interned_type {
    uint64_t hash, users;
    uint32_t number, next;  // in its bucket, 0 ends
    size_t parameter_count, byte_count;
    uint8_t codes[];
} interned_type;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// By number, from 1 on, in chunks that never move, so that those who hold a number find its type without the lock: a
// pointer, or for a free number twice the next free one plus 1. Chunk k has FIRST_CHUNK << k slots.
#define FIRST_CHUNK UINT32_C(256)
static _Atomic uintptr_t *_Atomic chunks[23];
static uint32_t used_numbers, first_free;

static uint32_t *buckets;  // first number of each
static uint32_t bucket_count, type_count;

static _Atomic uintptr_t *slot(uint32_t number) {
    uint32_t position = number - 1 + FIRST_CHUNK,
             chunk = (uint32_t)(__builtin_clz(FIRST_CHUNK) - __builtin_clz(position));
    return atomic_load_explicit(&chunks[chunk], memory_order_acquire) + (position - (FIRST_CHUNK << chunk));
}

static interned_type *type_of(uint32_t number) {
    return (interned_type *)atomic_load_explicit(slot(number), memory_order_acquire);
}

// ---- Hashing -----------------------------------------------------------------------------------------------------

#define PRIME ((UINT64_C(1) << 61) - 1)

// Where the polynomial is taken. Who does not know it cannot make types that collide.
static uint64_t point(void) {
    static uint64_t chosen;
    while (!chosen) {
        struct timespec now;
        if (getrandom(&chosen, sizeof chosen, GRND_NONBLOCK) != sizeof chosen) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            chosen = (uint64_t)now.tv_nsec * UINT64_C(0x9E3779B97F4A7C15) ^ (uintptr_t)&now;
        }
        chosen %= PRIME;
    }
    return chosen;
}

static uint64_t reduce(unsigned __int128 value) {
    uint64_t sum = (uint64_t)(value & PRIME) + (uint64_t)(value >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

// The codes are a polynomial's coefficients: two lists of n codes collide at no more than n of 2^61 points.
static uint64_t add(uint64_t hash, const uint8_t *codes, size_t count) {
    for (size_t i = 0; i < count; i++) hash = reduce((unsigned __int128)hash * point() + codes[i] + 1);
    return hash;
}

// ---- The table ---------------------------------------------------------------------------------------------------

static void resize(uint32_t count) {
    uint32_t *resized = calloc(count, sizeof *resized);
    if (!resized) return;  // longer lists, until the next time
    for (uint32_t i = 0; i < bucket_count; i++)
        for (uint32_t number = buckets[i], next; number; number = next) {
            interned_type *type = type_of(number);
            next = type->next;
            type->next = resized[type->hash % count];
            resized[type->hash % count] = number;
        }
    free(buckets);
    buckets = resized;
    bucket_count = count;
}

// A number that nobody has; 0 when there is none left.
static uint32_t take_number(void) {
    if (first_free) {
        uint32_t number = first_free;
        first_free = (uint32_t)(atomic_load(slot(number)) >> 1);
        return number;
    }
    uint32_t position = used_numbers + FIRST_CHUNK,
             chunk = (uint32_t)(__builtin_clz(FIRST_CHUNK) - __builtin_clz(position));
    if (chunk >= sizeof chunks / sizeof *chunks) return 0;
    if (!atomic_load(&chunks[chunk])) {
        _Atomic uintptr_t *slots = calloc((size_t)FIRST_CHUNK << chunk, sizeof *slots);
        if (!slots) return 0;
        atomic_store_explicit(&chunks[chunk], slots, memory_order_release);
    }
    return ++used_numbers;
}

static void forget_all(void) {
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) free((void *)atomic_exchange(&chunks[i], NULL));
    free(buckets);
    buckets = NULL;
    bucket_count = used_numbers = first_free = 0;
}

static interned_type *append(interned_type key, const uint8_t *parameters, const uint8_t *results) {
    if (type_count >= bucket_count) resize(bucket_count ? bucket_count * 2 : 64);
    interned_type *type = bucket_count ? malloc(sizeof *type + key.byte_count) : NULL;
    if (!type || !(key.number = take_number())) {
        free(type);
        return NULL;
    }
    uint32_t *bucket = &buckets[key.hash % bucket_count];
    key.next = *bucket;
    *type = key;
    if (key.parameter_count) memcpy(type->codes, parameters, key.parameter_count);
    if (key.byte_count > key.parameter_count)
        memcpy(type->codes + key.parameter_count, results, key.byte_count - key.parameter_count);
    atomic_store_explicit(slot(key.number), (uintptr_t)type, memory_order_release);
    *bucket = key.number;
    type_count++;
    return type;
}

static interned_type *find(interned_type key, const uint8_t *parameters, const uint8_t *results) {
    for (uint32_t number = bucket_count ? buckets[key.hash % bucket_count] : 0; number;) {
        interned_type *type = type_of(number);
        size_t result_count = key.byte_count - key.parameter_count;
        if (type->hash == key.hash && type->parameter_count == key.parameter_count && type->byte_count == key.byte_count
            && (!key.parameter_count || !memcmp(type->codes, parameters, key.parameter_count))
            && (!result_count || !memcmp(type->codes + key.parameter_count, results, result_count)))
            return type;
        number = type->next;
    }
    return NULL;
}

uint32_t wasmc_type_acquire(
    const uint8_t *parameters, size_t parameter_count, const uint8_t *results, size_t result_count) {
    pthread_mutex_lock(&lock);
    uint64_t hash = add(add(parameter_count, parameters, parameter_count), results, result_count);
    interned_type key = {
        .hash = hash, .parameter_count = parameter_count, .byte_count = parameter_count + result_count};
    interned_type *type = find(key, parameters, results);
    if (!type) type = append(key, parameters, results);
    uint32_t number = type ? type->number : 0;
    if (type) type->users++;
    pthread_mutex_unlock(&lock);
    return number;
}

void wasmc_type_release(uint32_t number) {
    if (!number) return;
    pthread_mutex_lock(&lock);
    interned_type *type = type_of(number);
    if (--type->users == 0) {
        uint32_t *link = &buckets[type->hash % bucket_count];
        while (*link != number) link = &type_of(*link)->next;
        *link = type->next;
        free(type);
        atomic_store(slot(number), (uintptr_t)first_free << 1 | 1);
        first_free = number;
        if (--type_count == 0) forget_all();
        else if (bucket_count > 64 && type_count < bucket_count / 8) resize(bucket_count / 2);
    }
    pthread_mutex_unlock(&lock);
}

void wasmc_type_describe(uint32_t number, const uint8_t **codes, size_t *parameter_count, size_t *result_count) {
    const interned_type *type = type_of(number);
    *codes = type->codes;
    *parameter_count = type->parameter_count;
    *result_count = type->byte_count - type->parameter_count;
}

uint32_t wasmc_type_count(void) {
    pthread_mutex_lock(&lock);
    uint32_t count = type_count;
    pthread_mutex_unlock(&lock);
    return count;
}
