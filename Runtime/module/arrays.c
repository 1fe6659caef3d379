// What generated code calls for arrays: operations on many elements at once, and arrays that begin as a segment.
//
// Invariant: the operands that generated code passes are of the types that validation knows them to be, or null; every
// range is checked whole before an element is touched. No object is made between a store of references in an array and
// the note that an old array has changed.

#include "module.h"

#include <string.h>

#define TRAP(outcome) wasmc_raise(instance->store, (outcome), WASMC_CALL_SITE)

// So many bytes are handled between two looks whether the guest has to stop.
#define CHUNK_BYTES (UINT64_C(1) << 20)

#define STOP_IF_INTERRUPTED \
    if (__builtin_expect(__atomic_load_n(&instance->store->requests, __ATOMIC_SEQ_CST) != 0, 0) \
        && !wasmc_may_go_on(instance->store)) \
    TRAP(WASMC_INTERRUPTED)

static bool fits(uint64_t start, uint64_t count, uint64_t size) { return start <= size && count <= size - start; }

static uint8_t *object_at(const wasmc_instance *instance, uint64_t reference) {
    return instance->store->allocation.base + (uint32_t)reference;
}

static const wasmc_descriptor *descriptor_of(const wasmc_instance *instance, const uint8_t *object) {
    uint32_t header;
    memcpy(&header, object, sizeof header);
    return (const wasmc_descriptor *)(instance->descriptors + (header & WASMC_OBJECT_ID_MASK));
}

static uint32_t length_of(const uint8_t *array) {
    uint32_t length;
    memcpy(&length, array + WASMC_ARRAY_LENGTH_OFFSET, sizeof length);
    return length;
}

// The collector learns that references have been stored.
static void note(wasmc_instance *instance, const wasmc_descriptor *type, uint8_t *array) {
    if (type->reference_count && *(uint32_t *)(void *)array & WASMC_OBJECT_IS_OLD)
        instance->builtins->remember(instance, array);
}

void wasmc_array_fill(
    wasmc_instance *instance, uint64_t array, uint32_t start, uint64_t low, uint64_t high, uint32_t count) {
    if (!array) TRAP(WASMC_TRAP_NULL_ARRAY);
    uint8_t *object = object_at(instance, array);
    const wasmc_descriptor *type = descriptor_of(instance, object);
    if (!fits(start, count, length_of(object))) TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    STOP_IF_INTERRUPTED;
    const uint64_t words[2] = {low, high};
    size_t size = (size_t)1 << type->element_shift;
    uint8_t *place = object + type->byte_count + (uint64_t)start * size;
    for (uint64_t done = 0; done < count; done++, place += size) {
        memcpy(place, words, size);
        if ((done + 1) % (CHUNK_BYTES / 16) == 0) {
            note(instance, type, object);
            STOP_IF_INTERRUPTED;
        }
    }
    note(instance, type, object);
}

void wasmc_array_copy(
    wasmc_instance *instance, uint64_t destination, uint32_t to, uint64_t source, uint32_t from, uint32_t count) {
    if (!destination || !source) TRAP(WASMC_TRAP_NULL_ARRAY);
    uint8_t *target = object_at(instance, destination), *origin = object_at(instance, source);
    const wasmc_descriptor *type = descriptor_of(instance, target);
    if (!fits(to, count, length_of(target)) || !fits(from, count, length_of(origin)))
        TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    STOP_IF_INTERRUPTED;
    uint8_t *place = target + type->byte_count + ((uint64_t)to << type->element_shift);
    const uint8_t *begin = origin + type->byte_count + ((uint64_t)from << type->element_shift);
    uint64_t byte_count = (uint64_t)count << type->element_shift, done = 0;
    bool is_backward = (uintptr_t)place > (uintptr_t)begin;
    for (; byte_count - done > CHUNK_BYTES; done += CHUNK_BYTES) {
        uint64_t offset = is_backward ? byte_count - done - CHUNK_BYTES : done;
        memmove(place + offset, begin + offset, CHUNK_BYTES);
        note(instance, type, target);
        STOP_IF_INTERRUPTED;
    }
    uint64_t offset = is_backward ? 0 : done;
    memmove(place + offset, begin + offset, byte_count - done);
    note(instance, type, target);
}

static void copy_data(
    uint8_t *array, const wasmc_descriptor *type, uint32_t start, const uint8_t *bytes, uint64_t count) {
    if (count) memcpy(array + type->byte_count + ((uint64_t)start << type->element_shift), bytes, count);
}

static void copy_elements(
    uint8_t *array, const wasmc_descriptor *type, uint32_t start, const wasmc_ref *references, uint32_t count) {
    uint8_t *place = array + type->byte_count + ((uint64_t)start << type->element_shift);
    for (uint32_t i = 0; i < count; i++, place += (size_t)1 << type->element_shift)
        memcpy(place, &references[i], (size_t)1 << type->element_shift);
}

void wasmc_array_init_data(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
    if (!array) TRAP(WASMC_TRAP_NULL_ARRAY);
    uint8_t *object = object_at(instance, array);
    const wasmc_descriptor *type = descriptor_of(instance, object);
    const wasmc_data_segment *data = &instance->data_segments[segment];
    uint64_t byte_count = (uint64_t)count << type->element_shift;
    if (!fits(to, count, length_of(object))) TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    if (!fits(from, byte_count, data->byte_count)) TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    copy_data(object, type, to, data->bytes + from, byte_count);
}

void wasmc_array_init_elements(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
    if (!array) TRAP(WASMC_TRAP_NULL_ARRAY);
    uint8_t *object = object_at(instance, array);
    const wasmc_descriptor *type = descriptor_of(instance, object);
    const wasmc_element_segment *elements = &instance->element_segments[segment];
    if (!fits(to, count, length_of(object))) TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    if (!fits(from, count, elements->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    copy_elements(object, type, to, elements->elements + from, count);
    note(instance, type, object);
}

static const wasmc_descriptor *descriptor(const wasmc_instance *instance, uint32_t id) {
    return (const wasmc_descriptor *)(instance->descriptors + id);
}

static uint64_t reference_to(const wasmc_instance *instance, const uint8_t *object) {
    return (uint64_t)(object - instance->store->allocation.base);
}

uint64_t wasmc_array_new_data(
    wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = descriptor(instance, id);
    const wasmc_data_segment *data = &instance->data_segments[segment];
    uint64_t byte_count = (uint64_t)count << type->element_shift;
    if (!fits(from, byte_count, data->byte_count)) TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    uint8_t *array = wasmc_store_allocate_array(instance->store, id, count);
    if (!array) TRAP(WASMC_TRAP_OUT_OF_HEAP);
    copy_data(array, type, 0, data->bytes + from, byte_count);
    return reference_to(instance, array);
}

uint64_t wasmc_array_new_elements(
    wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = descriptor(instance, id);
    const wasmc_element_segment *elements = &instance->element_segments[segment];
    if (!fits(from, count, elements->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    uint8_t *array = wasmc_store_allocate_array(instance->store, id, count);
    if (!array) TRAP(WASMC_TRAP_OUT_OF_HEAP);
    copy_elements(array, type, 0, elements->elements + from, count);
    note(instance, type, array);
    return reference_to(instance, array);
}

uint64_t wasmc_internalize(wasmc_instance *instance, uint64_t reference) {
    // Only numbers of 30 bits have a place among references that objects hold in 32 bits.
    if (reference >> 32) TRAP(WASMC_TRAP_CAST_FAILURE);
    return reference;
}

uint32_t wasmc_is_object_subtype(wasmc_instance *instance, uint32_t id, uint32_t other) {
    return wasmc_type_is_subtype(descriptor(instance, id)->number, descriptor(instance, other)->number);
}
