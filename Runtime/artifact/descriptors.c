// Where descriptors of types lie: one region of the process, so that an object's header, of 32 bits, says which is its.
//
// Invariant: the region is readable from its start to its end and never moves. A descriptor that is in use says its own
// id and no other place in the region does, as far as ids may be: what was freed says 0.

#include "artifact.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

// Descriptors have a multiple of 16 bytes; of many they have a power of two.
enum { UNIT_BYTES = 16, MOST_EXACT_UNITS = 32, SIZES = MOST_EXACT_UNITS + 1 + 16 };

static uint8_t *region;
static uint32_t end = UNIT_BYTES;    // of what has ever been used; 0 is no id
static uint32_t free_places[SIZES];  // the first of each size; the next one is after the id

static void map_region(void) {
    const int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const size_t byte_count = (size_t)WASMC_DESCRIPTOR_REGION_BYTES + WASMC_MOST_DESCRIPTOR_BYTES;
    void *start = mmap(NULL, byte_count, protection, flags, -1, 0);
    if (start != MAP_FAILED) region = start;
}

const uint8_t *wasmc_descriptors(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, map_region);
    return region;
}

static uint32_t size_of(uint32_t reference_count, uint32_t *unit_count) {
    size_t byte_count = sizeof(wasmc_descriptor) + reference_count * sizeof(uint16_t);
    *unit_count = (uint32_t)((byte_count + UNIT_BYTES - 1) / UNIT_BYTES);
    if (*unit_count <= MOST_EXACT_UNITS) return *unit_count;
    uint32_t doublings = 0;
    while ((uint32_t)MOST_EXACT_UNITS << doublings < *unit_count) doublings++;
    *unit_count = (uint32_t)MOST_EXACT_UNITS << doublings;
    return MOST_EXACT_UNITS + doublings;
}

wasmc_descriptor *wasmc_descriptor_make(uint16_t reference_count) {
    if (!wasmc_descriptors()) return NULL;
    uint32_t unit_count, size = size_of(reference_count, &unit_count), id = free_places[size];
    uint32_t byte_count = unit_count * (uint32_t)UNIT_BYTES;
    if (id) {
        memcpy(&free_places[size], region + id + sizeof id, sizeof id);
        memset(region + id, 0, byte_count);
    } else {
        if (byte_count > WASMC_DESCRIPTOR_REGION_BYTES - end) return NULL;
        id = end;
        end += byte_count;
    }
    wasmc_descriptor *descriptor = (wasmc_descriptor *)(region + id);
    descriptor->id = id;
    descriptor->reference_count = reference_count;
    return descriptor;
}

void wasmc_descriptor_free(wasmc_descriptor *descriptor) {
    if (!descriptor) return;
    uint32_t unit_count, size = size_of(descriptor->reference_count, &unit_count), id = descriptor->id;
    memset(descriptor, 0, unit_count * (size_t)UNIT_BYTES);
    memcpy(region + id + sizeof id, &free_places[size], sizeof id);
    free_places[size] = id;
}
