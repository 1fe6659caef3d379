// Stores on threads of their own, at once: each makes objects of types that it shares with others and of ones that come
// and go, and keeps few of them.

#include "trial.h"

#include "execution/execution.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT = 512, STORES_PER_THREAD = 4, MOST_USED_BYTES = 16 << 20 };

typedef struct worker {
    pthread_t thread;
    wasmc_store *store;
    uint32_t number, type, id, store_number;
    uint64_t object_count;
    const char *fault;
} worker;

// A struct of a number, a reference, and for each bit of `kind` another number, of 32 or 64 bits; 0 if there is no
// memory.
static uint32_t acquire(uint32_t kind) {
    enum { I32 = 0x7F, I64 = 0x7E, ANY = 0x6E };
    uint32_t codes[8] = {I32, ANY}, count = 2, number[1] = {0};
    for (; kind && count < 8; kind /= 2) codes[count++] = kind % 2 ? I32 : I64;
    const wasmc_type_description type = {
        .codes = codes, .code_count = count, .supertype = WASMC_NO_TYPE, .kind = WASMC_KIND_STRUCT, .is_final = true};
    return wasmc_types_acquire(&type, 0, 1, number) ? number[0] : 0;
}

static uint8_t *make(worker *self) {
    wasmc_allocation *allocation = &self->store->allocation;
    const wasmc_descriptor *type = (const wasmc_descriptor *)(wasmc_descriptors() + self->id);
    uint8_t *object = allocation->bump;
    if (type->byte_count > (uint64_t)(allocation->limit - object))
        return wasmc_guest_allocate_struct(self->store, self->id);
    allocation->bump += type->byte_count;
    *(uint32_t *)object = self->id;
    return object;
}

// A guest: each object that is kept refers to the one that was made before it, which is let go with it.
static void run(const wasmc_function *function, wasmc_value *values) {
    (void)values;
    worker *self = function->context;
    uint32_t kept[KEPT] = {0};
    uint32_t place = wasmc_type_field(self->type, 1).offset / sizeof(uint32_t);
    for (uint32_t i = 1; i <= self->object_count && !self->fault; i++) {
        uint8_t *object = make(self);
        if (!object) self->fault = "an object could not be made";
        if (!object) return;
        const uint8_t *base = self->store->allocation.base;
        ((uint32_t *)object)[1] = i;
        if (i % 8) continue;
        uint32_t *slot = &kept[i / 8 % KEPT];
        const uint32_t *old = (const uint32_t *)(base + *slot);
        if (*slot && (old[1] % 8 || old[1] > i || ((const uint32_t *)(base + old[place]))[1] != old[1] + 1))
            self->fault = "an object that a stack holds has changed";
        *slot = (uint32_t)(object - base);
        uint8_t *other = make(self);
        if (!other) self->fault = "an object could not be made";
        if (!other) return;
        ((uint32_t *)other)[1] = i + 1;
        if (*(uint32_t *)object & WASMC_OBJECT_IS_OLD) wasmc_store_remember(self->store, object);
        ((uint32_t *)object)[place] = (uint32_t)(other - base);
    }
}

static void use_store(worker *self) {
    self->type = acquire(self->store_number++ % 2 ? self->number % 8 : self->number);
    self->store = self->type ? wasmc_store_create() : NULL;
    self->id = self->type ? wasmc_type_object_id(self->type) : 0;
    if (!self->store || !wasmc_store_make_heap(self->store)) {
        self->fault = "no store could be made";
        return;
    }
    wasmc_function function = {.context = self, .entry = run, .index = UINT32_MAX};
    wasmc_result result;
    wasmc_call(self->store, &function, NULL, &result);
    if (wasmc_store_heap_statistics(self->store).used_byte_count > MOST_USED_BYTES)
        self->fault = "the heap has grown though few objects were kept";
    wasmc_store_destroy(self->store);
    wasmc_type_release(self->type);
}

static void *work(void *context) {
    worker *self = context;
    for (int i = 0; i < STORES_PER_THREAD && !self->fault; i++) use_store(self);
    return NULL;
}

const char *heap_trial_stores(uint32_t thread_count, uint64_t object_count) {
    worker *workers = calloc(thread_count, sizeof *workers);
    const char *fault = NULL;
    uint32_t started = 0;
    for (; started < thread_count; started++) {
        worker *self = &workers[started];
        self->number = started;
        self->object_count = object_count / thread_count / STORES_PER_THREAD;
        if (pthread_create(&self->thread, NULL, work, self)) break;
    }
    if (started < thread_count) fault = "no thread could be had";
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        if (workers[i].fault) fault = workers[i].fault;
    }
    free(workers);
    return fault;
}
