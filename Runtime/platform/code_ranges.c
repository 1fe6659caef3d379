// The list of all generated code in the process, read by the fault handler.
//
// Invariant: a range is listed only while it is executable code that the compiler made, so a program counter in it is a
// guest's.

#include "platform.h"

#include <pthread.h>
#include <stdatomic.h>

#define RANGE_COUNT 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    _Atomic uintptr_t start, end;
    const wasmc_module *_Atomic module;
} ranges[RANGE_COUNT];
static _Atomic uint32_t used;
static _Atomic uint64_t generation;

uint64_t wasmc_code_generation(void) { return atomic_load(&generation); }

const wasmc_module *wasmc_code_module(uintptr_t address) {
    uint32_t count = atomic_load_explicit(&used, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++)
        if (address >= atomic_load(&ranges[i].start) && address < atomic_load(&ranges[i].end))
            return atomic_load(&ranges[i].module);
    return NULL;
}

bool wasmc_code_register(uintptr_t start, uintptr_t end, const wasmc_module *module) {
    bool done = false;
    pthread_mutex_lock(&lock);
    uint32_t count = atomic_load(&used), i = 0;
    while (i < count && atomic_load(&ranges[i].end)) i++;
    if (i < RANGE_COUNT) {
        atomic_store(&ranges[i].module, module);
        atomic_store(&ranges[i].start, start);
        atomic_store(&ranges[i].end, end);
        if (i == count) atomic_store_explicit(&used, count + 1, memory_order_release);
        done = true;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

void wasmc_code_unregister(const wasmc_module *module) {
    pthread_mutex_lock(&lock);
    atomic_fetch_add(&generation, 1);
    uint32_t count = atomic_load(&used);
    for (uint32_t i = 0; i < count; i++)
        if (atomic_load(&ranges[i].module) == module && atomic_load(&ranges[i].end)) {
            atomic_store(&ranges[i].end, 0);
            break;
        }
    pthread_mutex_unlock(&lock);
}
