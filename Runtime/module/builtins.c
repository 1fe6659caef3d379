// What generated code calls for everything that is not an arithmetic instruction or a single access.
//
// Invariant: every range is checked whole, in 64 bits and without wrapping, before the first byte or element is
// touched; an operation that traps has changed nothing. One that is interrupted may have done a part.

#include "module.h"

#include <string.h>

__attribute__((noreturn)) static void trap(wasmc_instance *instance, uint32_t outcome) {
    if (outcome == WASMC_INTERNAL_ERROR) ((wasmc_store_storage *)instance->store)->stray_access.is_known = false;
    wasmc_raise(instance->store, (wasmc_outcome)outcome, WASMC_CALL_SITE);
}

// In the function that generated code has called.
#define TRAP(outcome) wasmc_raise(instance->store, (outcome), WASMC_CALL_SITE)

static bool fits(uint64_t start, uint64_t count, uint64_t size) { return start <= size && count <= size - start; }

static wasmc_memory *memory_at(wasmc_instance *instance, uint32_t index) { return instance->slots[index]; }

static wasmc_table *table_at(wasmc_instance *instance, uint32_t index) {
    return instance->slots[instance->module->memory_count + index];
}

// Every bulk operation looks first whether the guest has to stop, and long ones every so many bytes: a guest may have
// as many of them in a row as it likes.
#define CHUNK_BYTES (UINT64_C(1) << 20)

static bool goes_on(wasmc_store *store) {
    return __builtin_expect(!__atomic_load_n(&store->requests, __ATOMIC_SEQ_CST), 1) || wasmc_may_go_on(store);
}

#define STOP_IF_INTERRUPTED \
    if (!goes_on(instance->store)) TRAP(WASMC_INTERRUPTED)

// memmove of any length: from the end when the destination lies after the source.
static void
move_bytes(wasmc_instance *instance, wasmc_site site, void *destination, const void *source, uint64_t byte_count) {
    uint8_t *to = destination;
    const uint8_t *from = source;
    bool is_backward = (uintptr_t)to > (uintptr_t)from;
    if (!goes_on(instance->store)) wasmc_raise(instance->store, WASMC_INTERRUPTED, site);
    while (byte_count > CHUNK_BYTES) {
        byte_count -= CHUNK_BYTES;
        if (is_backward) {
            memmove(to + byte_count, from + byte_count, CHUNK_BYTES);
        } else {
            memmove(to, from, CHUNK_BYTES);
            to += CHUNK_BYTES;
            from += CHUNK_BYTES;
        }
        if (!goes_on(instance->store)) wasmc_raise(instance->store, WASMC_INTERRUPTED, site);
    }
    if (byte_count) memmove(to, from, byte_count);
}

static uint64_t memory_grow(wasmc_instance *instance, uint32_t memory, uint64_t pages) {
    STOP_IF_INTERRUPTED;
    return wasmc_memory_grow(memory_at(instance, memory), pages);
}

static void memory_init(
    wasmc_instance *instance, uint32_t memory, uint32_t segment, uint64_t destination, uint64_t source,
    uint64_t count) {
    wasmc_memory *to = memory_at(instance, memory);
    wasmc_data_segment *from = &instance->data_segments[segment];
    if (!fits(source, count, from->byte_count) || !fits(destination, count, wasmc_memory_byte_count(to)))
        TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    move_bytes(instance, WASMC_CALL_SITE, to->base + destination, from->bytes + source, count);
}

static void memory_copy(
    wasmc_instance *instance, uint32_t destination_memory, uint32_t source_memory, uint64_t destination,
    uint64_t source, uint64_t count) {
    wasmc_memory *to = memory_at(instance, destination_memory), *from = memory_at(instance, source_memory);
    if (!fits(source, count, wasmc_memory_byte_count(from)) || !fits(destination, count, wasmc_memory_byte_count(to)))
        TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    move_bytes(instance, WASMC_CALL_SITE, to->base + destination, from->base + source, count);
}

static void
memory_fill(wasmc_instance *instance, uint32_t memory, uint64_t destination, uint32_t byte, uint64_t count) {
    wasmc_memory *to = memory_at(instance, memory);
    if (!fits(destination, count, wasmc_memory_byte_count(to))) TRAP(WASMC_TRAP_MEMORY_OUT_OF_BOUNDS);
    STOP_IF_INTERRUPTED;
    uint8_t *place = to->base + destination;
    for (; count > CHUNK_BYTES; count -= CHUNK_BYTES, place += CHUNK_BYTES) {
        memset(place, (int)(byte & 0xFF), CHUNK_BYTES);
        STOP_IF_INTERRUPTED;
    }
    if (count) memset(place, (int)(byte & 0xFF), count);
}

// The bytes of an atomic operation, all of them inside and aligned.
static uint8_t *atomic_place(
    wasmc_instance *instance, wasmc_site site, uint32_t memory, uint64_t index, uint64_t offset, uint32_t byte_count) {
    const wasmc_memory *at = memory_at(instance, memory);
    uint64_t address;
    bool wraps = __builtin_add_overflow(index, offset, &address);
    if (address % byte_count) wasmc_raise(instance->store, WASMC_TRAP_UNALIGNED_ATOMIC, site);
    if (wraps || !fits(address, byte_count, wasmc_memory_byte_count(at)))
        wasmc_raise(instance->store, WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, site);
    return at->base + address;
}

static uint32_t atomic_wait(
    wasmc_instance *instance, uint32_t memory, uint64_t index, uint64_t offset, uint64_t expected, int64_t timeout,
    uint32_t byte_count) {
    const uint8_t *place = atomic_place(instance, WASMC_CALL_SITE, memory, index, offset, byte_count);
    if (!memory_at(instance, memory)->shared) TRAP(WASMC_TRAP_EXPECTED_SHARED_MEMORY);
    STOP_IF_INTERRUPTED;
    wasmc_wait_result result = wasmc_wait(instance->store, place, expected, byte_count == 8, timeout);
    if (result == WASMC_WAIT_INTERRUPTED) TRAP(WASMC_INTERRUPTED);
    return result;
}

// Nobody can wait in a memory of one store.
static uint32_t
atomic_notify(wasmc_instance *instance, uint32_t memory, uint64_t index, uint64_t offset, uint32_t most) {
    const uint8_t *place = atomic_place(instance, WASMC_CALL_SITE, memory, index, offset, 4);
    return memory_at(instance, memory)->shared ? wasmc_notify(place, most) : 0;
}

static void data_drop(wasmc_instance *instance, uint32_t segment) { instance->data_segments[segment].byte_count = 0; }

static uint64_t table_grow(wasmc_instance *instance, uint32_t table, wasmc_ref value, uint64_t count) {
    STOP_IF_INTERRUPTED;
    return wasmc_table_grow(table_at(instance, table), value, count);
}

static void table_fill(wasmc_instance *instance, uint32_t table, uint64_t index, wasmc_ref value, uint64_t count) {
    wasmc_table *to = table_at(instance, table);
    if (!fits(index, count, to->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    STOP_IF_INTERRUPTED;
    for (uint64_t i = 0; i < count; i++) {
        to->elements[index + i] = value;
        if ((i + 1) % (CHUNK_BYTES / sizeof value) == 0) STOP_IF_INTERRUPTED;
    }
}

static void table_copy(
    wasmc_instance *instance, uint32_t destination_table, uint32_t source_table, uint64_t destination, uint64_t source,
    uint64_t count) {
    wasmc_table *to = table_at(instance, destination_table), *from = table_at(instance, source_table);
    if (!fits(source, count, from->count) || !fits(destination, count, to->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    move_bytes(
        instance, WASMC_CALL_SITE, to->elements + destination, from->elements + source, count * sizeof *to->elements);
}

static void table_init(
    wasmc_instance *instance, uint32_t table, uint32_t segment, uint64_t destination, uint64_t source, uint64_t count) {
    wasmc_table *to = table_at(instance, table);
    wasmc_element_segment *from = &instance->element_segments[segment];
    if (!fits(source, count, from->count) || !fits(destination, count, to->count)) TRAP(WASMC_TRAP_TABLE_OUT_OF_BOUNDS);
    move_bytes(
        instance, WASMC_CALL_SITE, to->elements + destination, from->elements + source, count * sizeof *to->elements);
}

static void element_drop(wasmc_instance *instance, uint32_t segment) { instance->element_segments[segment].count = 0; }

static void stack_check_failed(wasmc_instance *instance, uint64_t frame_byte_count) {
    wasmc_site site = WASMC_CALL_SITE;
    if (!goes_on(instance->store)) wasmc_raise(instance->store, WASMC_INTERRUPTED, site);
    uintptr_t limit = ((wasmc_store_storage *)instance->store)->stack_limit;
    if (site.stack_pointer < limit || site.stack_pointer - limit < frame_byte_count)
        wasmc_raise(instance->store, WASMC_TRAP_STACK_OVERFLOW, site);
}

static uint32_t may_go_on(wasmc_instance *instance) { return wasmc_may_go_on(instance->store); }

static wasmc_ref exception_reference(wasmc_instance *instance, const wasmc_ref *held, uint32_t count) {
    wasmc_store *store = instance->store;
    wasmc_site site = WASMC_CALL_SITE;
    wasmc_exception_holder holder = {site.stack_pointer, held, count};
    wasmc_exception *exception = wasmc_exceptions_refer(
        store, &store->activation->exceptions, &holder, instance->module->artifact->keeps_exceptions);
    if (!exception) wasmc_raise(store, WASMC_TRAP_TOO_MANY_EXCEPTIONS, site);
    return (wasmc_ref)exception;
}

static void take_exception(wasmc_instance *instance, wasmc_ref reference) {
    const wasmc_exception *exception = (const wasmc_exception *)reference;
    wasmc_store *store = instance->store;
    store->exception_tag = exception->tag;
    store->exception = reference;
    if (exception->tag->value_count)
        memcpy(store->exception_values, exception->values, exception->tag->value_count * sizeof *exception->values);
}

static void exception_caught(wasmc_instance *instance) {
    wasmc_site site = WASMC_CALL_SITE;
    wasmc_exceptions_leave(instance->store, &instance->store->activation->exceptions, site.stack_pointer);
}

static uint64_t function_number(wasmc_instance *instance, wasmc_ref reference) {
    wasmc_function *function = (wasmc_function *)reference;
    if (!function) return 0;
    if (!wasmc_store_number_function(instance->store, function)) TRAP(WASMC_TRAP_OUT_OF_HEAP);
    return function->number;
}

static wasmc_ref numbered_function(wasmc_instance *instance, uint64_t number, uint32_t expected) {
    if (!number) return 0;
    const wasmc_function *function = wasmc_store_numbered_function(instance->store, number);
    bool is_right = function && expected != UINT32_MAX
        && (!expected || function->type_id == expected || wasmc_type_is_subtype(function->type_id, expected));
    if (!is_right) {
        ((wasmc_store_storage *)instance->store)->stray_access.is_known = false;
        TRAP(WASMC_INTERNAL_ERROR);
    }
    return (wasmc_ref)function;
}

static wasmc_ref known_exception(wasmc_instance *instance, wasmc_ref exception) {
    if (exception && !wasmc_store_keeps_exception(instance->store, exception)) {
        ((wasmc_store_storage *)instance->store)->stray_access.is_known = false;
        TRAP(WASMC_INTERNAL_ERROR);
    }
    return exception;
}

static uint32_t is_subtype(wasmc_instance *instance, uint32_t type, uint32_t other) {
    (void)instance;
    return wasmc_type_is_subtype(type, other);
}

// Objects are made and remembered by generated code itself most times.

static uint8_t *allocate_struct(wasmc_instance *instance, uint32_t id) {
    STOP_IF_INTERRUPTED;
    uint8_t *object = wasmc_guest_allocate_struct(instance->store, id);
    if (!object) wasmc_raise_without_object(instance->store, WASMC_CALL_SITE);
    return object;
}

static uint8_t *allocate_array(wasmc_instance *instance, uint32_t id, uint32_t length) {
    STOP_IF_INTERRUPTED;
    uint8_t *object = wasmc_guest_allocate_array(instance->store, id, length);
    if (!object) wasmc_raise_without_object(instance->store, WASMC_CALL_SITE);
    return object;
}

static void remember(wasmc_instance *instance, uint8_t *object) { wasmc_store_remember(instance->store, object); }

const wasmc_builtins wasmc_builtin_functions = {
    .trap = trap,
    .memory_grow = memory_grow,
    .memory_init = memory_init,
    .memory_copy = memory_copy,
    .memory_fill = memory_fill,
    .data_drop = data_drop,
    .table_grow = table_grow,
    .table_fill = table_fill,
    .table_copy = table_copy,
    .table_init = table_init,
    .element_drop = element_drop,
    .stack_check_failed = stack_check_failed,
    .may_go_on = may_go_on,
    .function_is_hot = wasmc_function_is_hot,
    .atomic_wait = atomic_wait,
    .atomic_notify = atomic_notify,
    .loop_is_hot = wasmc_loop_is_hot,
    .function_is_absent = wasmc_function_is_absent,
    .throw_exception = wasmc_throw_exception,
    .exception_reference = exception_reference,
    .function_number = function_number,
    .numbered_function = numbered_function,
    .known_exception = known_exception,
    .take_exception = take_exception,
    .exception_caught = exception_caught,
    .is_subtype = is_subtype,
    .is_object_subtype = wasmc_is_object_subtype,
    .array_fill = wasmc_array_fill,
    .array_copy = wasmc_array_copy,
    .array_init_data = wasmc_array_init_data,
    .array_init_elements = wasmc_array_init_elements,
    .array_new_data = wasmc_array_new_data,
    .array_new_elements = wasmc_array_new_elements,
    .internalize = wasmc_internalize,
    .allocate_struct = allocate_struct,
    .allocate_array = allocate_array,
    .remember = remember,
    .initialize = wasmc_initialize,
};
