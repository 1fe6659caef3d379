// What generated code calls for arrays: operations on many elements at once, and arrays that begin as a segment.
//
// Invariant: a reference that generated code passes is to an array that the heap has room for, as long as it says it
// is, or the call ends; every range is checked whole before an element is touched. No object is made between a store of
// references in an array and the note that an old array has changed.

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

__attribute__((noreturn)) static void raise_wrong(wasmc_instance *instance, wasmc_site site) {
    ((wasmc_store_storage *)instance->store)->stray_access.is_known = false;
    wasmc_raise(instance->store, WASMC_INTERNAL_ERROR, site);
}

// The type of the array that a reference is to. Whatever guests' code did to the header and the length, the array lies
// where objects are.
static const wasmc_descriptor *type_of(wasmc_instance *instance, uint64_t reference, wasmc_site site) {
    if (!reference) wasmc_raise(instance->store, WASMC_TRAP_NULL_ARRAY, site);
    const wasmc_descriptor *type = wasmc_store_descriptor(instance->store, reference);
    if (!type || type->kind != WASMC_KIND_ARRAY) raise_wrong(instance, site);
    return type;
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
    const wasmc_descriptor *type = type_of(instance, array, WASMC_CALL_SITE);
    uint8_t *object = object_at(instance, array);
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
    const wasmc_descriptor *type = type_of(instance, destination, WASMC_CALL_SITE);
    const wasmc_descriptor *other = type_of(instance, source, WASMC_CALL_SITE);
    uint8_t *target = object_at(instance, destination), *origin = object_at(instance, source);
    if (other->element_shift != type->element_shift) raise_wrong(instance, WASMC_CALL_SITE);
    if (!fits(to, count, length_of(target)) || !fits(from, count, length_of(origin)))
        TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    STOP_IF_INTERRUPTED;
    uint8_t *place = target + type->byte_count + ((uint64_t)to << type->element_shift);
    const uint8_t *begin = origin + other->byte_count + ((uint64_t)from << type->element_shift);
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

static void
copy_data(uint8_t *array, const wasmc_descriptor *type, uint32_t start, const uint8_t *bytes, uint64_t count) {
    if (count) memcpy(array + type->byte_count + ((uint64_t)start << type->element_shift), bytes, count);
}

// False when no memory is left to number a function.
static bool copy_elements(
    wasmc_instance *instance, uint8_t *array, const wasmc_descriptor *type, uint32_t start, const wasmc_ref *references,
    uint32_t count) {
    uint8_t *place = array + type->byte_count + ((uint64_t)start << type->element_shift);
    size_t size = (size_t)1 << type->element_shift;
    for (uint32_t i = 0; i < count; i++, place += size) {
        uint64_t word = references[i];
        wasmc_function *function = (wasmc_function *)references[i];
        if (type->has_functions && function) {
            if (!wasmc_store_number_function(instance->store, function)) return false;
            word = function->number;
        }
        memcpy(place, &word, size < sizeof word ? size : sizeof word);
    }
    return true;
}

void wasmc_array_init_data(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = type_of(instance, array, WASMC_CALL_SITE);
    uint8_t *object = object_at(instance, array);
    const wasmc_data_segment *data = &instance->data_segments[segment];
    uint64_t byte_count = (uint64_t)count << type->element_shift;
    if (!fits(to, count, length_of(object))) TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    if (!fits(from, byte_count, data->byte_count)) TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    copy_data(object, type, to, data->bytes + from, byte_count);
}

void wasmc_array_init_elements(
    wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = type_of(instance, array, WASMC_CALL_SITE);
    uint8_t *object = object_at(instance, array);
    const wasmc_element_segment *elements = &instance->element_segments[segment];
    if (!fits(to, count, length_of(object))) TRAP(WASMC_TRAP_ARRAY_OUT_OF_BOUNDS);
    if (!fits(from, count, elements->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    if (!copy_elements(instance, object, type, to, elements->elements + from, count)) TRAP(WASMC_TRAP_OUT_OF_HEAP);
    note(instance, type, object);
}

static const wasmc_descriptor *descriptor(const wasmc_instance *instance, uint32_t id) {
    return (const wasmc_descriptor *)(instance->descriptors + id);
}

static uint64_t reference_to(const wasmc_instance *instance, const uint8_t *object) {
    return (uint64_t)(object - instance->store->allocation.base);
}

static uint8_t *make_array(wasmc_instance *instance, uint32_t id, uint32_t count, wasmc_site site) {
    uint8_t *array = wasmc_guest_allocate_array(instance->store, id, count);
    if (array) return array;
    wasmc_raise_without_object(instance->store, site);
}

uint64_t wasmc_array_new_data(wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = descriptor(instance, id);
    const wasmc_data_segment *data = &instance->data_segments[segment];
    uint64_t byte_count = (uint64_t)count << type->element_shift;
    if (!fits(from, byte_count, data->byte_count)) TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    uint8_t *array = make_array(instance, id, count, WASMC_CALL_SITE);
    copy_data(array, type, 0, data->bytes + from, byte_count);
    return reference_to(instance, array);
}

uint64_t
wasmc_array_new_elements(wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count) {
    const wasmc_descriptor *type = descriptor(instance, id);
    const wasmc_element_segment *elements = &instance->element_segments[segment];
    if (!fits(from, count, elements->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    uint8_t *array = make_array(instance, id, count, WASMC_CALL_SITE);
    if (!copy_elements(instance, array, type, 0, elements->elements + from, count)) TRAP(WASMC_TRAP_OUT_OF_HEAP);
    note(instance, type, array);
    return reference_to(instance, array);
}

uint64_t wasmc_internalize(wasmc_instance *instance, uint64_t reference) {
    // Only numbers of 30 bits have a place among references that objects hold in 32 bits.
    if (reference >> 32) TRAP(WASMC_TRAP_CAST_FAILURE);
    return reference;
}

uint32_t wasmc_is_object_subtype(wasmc_instance *instance, uint32_t id, uint32_t other) {
    // The first one comes from an object.
    const wasmc_descriptor *type = wasmc_type_of_header(instance->descriptors, id);
    if (!type) raise_wrong(instance, WASMC_CALL_SITE);
    return wasmc_type_compare(type->number, descriptor(instance, other)->number);
}
