// What instantiation evaluates: the constant expressions of globals, tables and segments, as the module has them.
// Specification: "Instantiation", "Constant Expressions".
//
// Invariant: the expressions are validated ones, and nothing is read behind the span of one. References that one has
// calculated so far are among the operands of the instance, where the collector finds them, until they are in a global,
// a table or an object that it finds. Whatever there is to evaluate, a guest that has to stop does so soon.

#include "Generated/opcodes.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

static wasmc_value *push(wasmc_instance *instance) {
    wasmc_operands *operands = wasmc_instance_operands(instance);
    if (operands->count == operands->capacity) {
        size_t capacity = operands->capacity ? 2 * operands->capacity : 8;
        wasmc_value *values = realloc(operands->values, capacity * sizeof *values);
        if (!values) instance->builtins->trap(instance, WASMC_TRAP_OUT_OF_HEAP);
        *operands = (wasmc_operands){values, operands->count, capacity};
    }
    wasmc_value *value = &operands->values[operands->count++];
    *value = (wasmc_value){.words = {0, 0}};
    return value;
}

// The last `count` operands.
static wasmc_value *last(wasmc_instance *instance, uint32_t count) {
    wasmc_operands *operands = wasmc_instance_operands(instance);
    if (operands->count < count) instance->builtins->trap(instance, WASMC_INTERNAL_ERROR);
    return operands->values + (operands->count - count);
}

static void drop(wasmc_instance *instance, uint32_t count) { wasmc_instance_operands(instance)->count -= count; }

static void stop_if_interrupted(wasmc_instance *instance) {
    if (__builtin_expect(!__atomic_load_n(&instance->store->requests, __ATOMIC_SEQ_CST), 1)) return;
    if (!instance->builtins->may_go_on(instance)) instance->builtins->trap(instance, WASMC_INTERRUPTED);
}

// ---- Code ----------------------------------------------------------------------------------------------------------

// One expression, or several of them.
typedef struct code {
    wasmc_instance *instance;
    const uint8_t *next, *end;
} code;

static code code_of(wasmc_instance *instance, wasmc_span span) {
    const uint8_t *start = wasmc_at(instance->module, span.offset);
    return (code){instance, start, start + span.count};
}

static void read_bytes(code *from, void *bytes, size_t count) {
    if ((size_t)(from->end - from->next) < count) from->instance->builtins->trap(from->instance, WASMC_INTERNAL_ERROR);
    memcpy(bytes, from->next, count);
    from->next += count;
}

static uint8_t read_byte(code *from) {
    uint8_t byte;
    read_bytes(from, &byte, 1);
    return byte;
}

// LEB128. Bits beyond 64 are those of the sign.
static uint64_t read_number(code *from, bool is_signed) {
    uint64_t number = 0;
    uint32_t shift = 0;
    uint8_t byte;
    do {
        byte = read_byte(from);
        if (shift < 64) number |= (uint64_t)(byte & 0x7F) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && shift < 64 && byte & 0x40) number |= UINT64_MAX << shift;
    return number;
}

static uint32_t read_index(code *from) { return (uint32_t)read_number(from, false); }

// ---- Objects -------------------------------------------------------------------------------------------------------

static const wasmc_descriptor *descriptor(const wasmc_instance *instance, uint32_t id) {
    return (const wasmc_descriptor *)(instance->descriptors + id);
}

// Of a field's type: objects hold numbers in place of functions.
static bool is_function(uint32_t code) {
    uint32_t kind = code & WASMC_TYPE_CODE_MASK;
    if (kind == WASMC_TYPE_DEFINED)
        return wasmc_type_describe(code >> WASMC_TYPE_INDEX_SHIFT).kind == WASMC_KIND_FUNCTION;
    return kind == WASMC_TYPE_FUNCTION || kind == WASMC_TYPE_NO_FUNCTION;
}

static void hold(wasmc_instance *instance, wasmc_value *value, bool is_function) {
    if (is_function && value->ref) value->i64 = instance->builtins->function_number(instance, value->ref);
}

// The collector learns what an object refers to that is old when it is made.
static void finish(wasmc_instance *instance, uint8_t *object, uint32_t operand_count) {
    uint32_t header;
    memcpy(&header, object, sizeof header);
    if (header & WASMC_OBJECT_IS_OLD) instance->builtins->remember(instance, object);
    drop(instance, operand_count);
    push(instance)->i64 = (uint64_t)(object - instance->store->allocation.base);
}

static void make_struct(wasmc_instance *instance, uint32_t id, bool is_default) {
    wasmc_type_description type = wasmc_type_describe(descriptor(instance, id)->number);
    uint32_t count = is_default ? 0 : type.code_count, end = sizeof(uint32_t);
    wasmc_value *fields = last(instance, count);
    for (uint32_t i = 0; i < count; i++) hold(instance, &fields[i], is_function(type.codes[i]));
    uint8_t *object = instance->builtins->allocate_struct(instance, id);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t byte_count = wasmc_type_field_byte_count(type.codes[i]), place = wasmc_place_field(end, byte_count);
        memcpy(object + place, &fields[i], byte_count);
        end = place + byte_count;
    }
    finish(instance, object, count);
}

// Of so many operands.
static void make_array(wasmc_instance *instance, uint32_t id, uint32_t count) {
    const wasmc_descriptor *type = descriptor(instance, id);
    wasmc_value *elements = last(instance, count);
    for (uint32_t i = 0; i < count; i++) hold(instance, &elements[i], type->has_functions);
    uint8_t *object = instance->builtins->allocate_array(instance, id, count);
    for (uint32_t i = 0; i < count; i++)
        memcpy(
            object + type->byte_count + ((size_t)i << type->element_shift), &elements[i],
            (size_t)1 << type->element_shift);
    finish(instance, object, count);
}

// Of the last operand's length. The one before it is what the elements are; without it they are zero.
static void make_filled_array(wasmc_instance *instance, uint32_t id, bool is_default) {
    uint32_t count = is_default ? 1 : 2, length = last(instance, 1)->i32;
    wasmc_value *element = last(instance, count);
    if (!is_default) hold(instance, element, descriptor(instance, id)->has_functions);
    uint8_t *object = instance->builtins->allocate_array(instance, id, length);
    wasmc_value value = *element;
    finish(instance, object, 1);
    if (is_default) return;
    // The array is an operand while it is filled.
    uint64_t array = last(instance, 1)->i64;
    if (value.words[0] || value.words[1])
        instance->builtins->array_fill(instance, array, 0, value.words[0], value.words[1], length);
    drop(instance, 2);
    push(instance)->i64 = array;
}

static void evaluate_object(wasmc_instance *instance, code *from) {
    uint32_t operation = read_index(from);
    bool has_type = operation <= WASMC_OP_ARRAY_NEW_FIXED;
    uint32_t id = has_type ? instance->object_ids[read_index(from)] : 0;
    switch (operation) {
    case WASMC_OP_STRUCT_NEW: return make_struct(instance, id, false);
    case WASMC_OP_STRUCT_NEW_DEFAULT: return make_struct(instance, id, true);
    case WASMC_OP_ARRAY_NEW: return make_filled_array(instance, id, false);
    case WASMC_OP_ARRAY_NEW_DEFAULT: return make_filled_array(instance, id, true);
    case WASMC_OP_ARRAY_NEW_FIXED: return make_array(instance, id, read_index(from));
    case WASMC_OP_ANY_CONVERT_EXTERN:
        last(instance, 1)->i64 = instance->builtins->internalize(instance, last(instance, 1)->i64);
        return;
    case WASMC_OP_EXTERN_CONVERT_ANY: return;
    case WASMC_OP_REF_I31:
        last(instance, 1)->i64 = (uint32_t)(last(instance, 1)->i32 << 1 | WASMC_REFERENCE_IS_I31);
        return;
    default: instance->builtins->trap(instance, WASMC_INTERNAL_ERROR);
    }
}

// ---- Expressions ---------------------------------------------------------------------------------------------------

static wasmc_value *cell(const wasmc_instance *instance, uint32_t global) {
    return instance->slots[instance->module->memory_count + instance->module->table_count + global];
}

// The imported functions have the first records, in their order; others follow by their indices.
static wasmc_ref function(wasmc_instance *instance, uint32_t index) {
    const wasmc_artifact *artifact = instance->module->artifact;
    wasmc_function *records = wasmc_instance_records(instance);
    uint32_t low = artifact->imported_function_count, high = artifact->records.count;
    if (index < low) return (wasmc_ref)&records[index];
    const wasmc_function_record *described = wasmc_at(instance->module, artifact->records.offset);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (described[middle].index < index) low = middle + 1;
        else high = middle;
    }
    if (low == artifact->records.count || described[low].index != index)
        instance->builtins->trap(instance, WASMC_INTERNAL_ERROR);
    return (wasmc_ref)&records[low];
}

static void calculate(wasmc_instance *instance, uint8_t opcode) {
    wasmc_value *operands = last(instance, 2);
    uint64_t a = operands[0].i64, b = operands[1].i64;
    switch (opcode) {
    case WASMC_OP_I32_ADD: a = (uint32_t)(a + b); break;
    case WASMC_OP_I32_SUB: a = (uint32_t)(a - b); break;
    case WASMC_OP_I32_MUL: a = (uint32_t)(a * b); break;
    case WASMC_OP_I64_ADD: a += b; break;
    case WASMC_OP_I64_SUB: a -= b; break;
    case WASMC_OP_I64_MUL: a *= b; break;
    default: instance->builtins->trap(instance, WASMC_INTERNAL_ERROR);
    }
    operands[0].i64 = a;
    drop(instance, 1);
}

// The value of the next expression.
static wasmc_value evaluate(code *from) {
    wasmc_instance *instance = from->instance;
    while (true) {
        stop_if_interrupted(instance);
        uint8_t opcode = read_byte(from);
        switch (opcode) {
        case WASMC_OP_END: {
            wasmc_value value = *last(instance, 1);
            drop(instance, 1);
            return value;
        }
        case WASMC_OP_GLOBAL_GET: {
            const wasmc_value *global = cell(instance, read_index(from));
            *push(instance) = *global;
            break;
        }
        case WASMC_OP_I32_CONST: push(instance)->i32 = (uint32_t)read_number(from, true); break;
        case WASMC_OP_I64_CONST: push(instance)->i64 = read_number(from, true); break;
        case WASMC_OP_F32_CONST: read_bytes(from, push(instance), 4); break;
        case WASMC_OP_F64_CONST: read_bytes(from, push(instance), 8); break;
        case WASMC_PREFIX_FD:
            if (read_index(from) != WASMC_OP_V128_CONST) instance->builtins->trap(instance, WASMC_INTERNAL_ERROR);
            read_bytes(from, push(instance), 16);
            break;
        case WASMC_OP_REF_NULL:
            read_number(from, true);
            push(instance);
            break;
        case WASMC_OP_REF_FUNC: push(instance)->ref = function(instance, read_index(from)); break;
        case WASMC_PREFIX_FB: evaluate_object(instance, from); break;
        default: calculate(instance, opcode);
        }
    }
}

static wasmc_value evaluate_span(wasmc_instance *instance, wasmc_span expression) {
    code from = code_of(instance, expression);
    return evaluate(&from);
}

// Where an active segment goes.
static uint64_t evaluate_offset(wasmc_instance *instance, wasmc_span expression, bool is_64bit) {
    wasmc_value value = evaluate_span(instance, expression);
    return is_64bit ? value.i64 : value.i32;
}

// ---- Instantiation -------------------------------------------------------------------------------------------------

static void fill(wasmc_instance *instance, const wasmc_element_initializer *segment, wasmc_element_segment *elements) {
    stop_if_interrupted(instance);
    if (segment->has_expressions) {
        code from = code_of(instance, segment->items);
        for (uint64_t i = 0; i < elements->count; i++) elements->elements[i] = evaluate(&from).ref;
    } else {
        const uint32_t *items = wasmc_at(instance->module, segment->items.offset);
        wasmc_function *records = wasmc_instance_records(instance);
        for (uint64_t i = 0; i < elements->count; i++) elements->elements[i] = (wasmc_ref)&records[items[i]];
    }
}

static void activate_elements(wasmc_instance *instance, const wasmc_element_initializer *segments, uint32_t index) {
    const wasmc_element_initializer *segment = &segments[index];
    if (segment->mode == WASMC_PASSIVE) return;
    if (segment->mode == WASMC_ACTIVE) {
        uint64_t destination = evaluate_offset(instance, segment->offset, segment->is_64bit);
        uint64_t count = instance->element_segments[index].count;
        instance->builtins->table_init(instance, segment->table, index, destination, 0, count);
    }
    instance->builtins->element_drop(instance, index);
}

void wasmc_initialize(wasmc_instance *instance) {
    const wasmc_module *module = instance->module;
    const wasmc_artifact *artifact = module->artifact;
    const wasmc_span *globals = wasmc_at(module, artifact->global_initializers.offset);
    for (uint32_t i = 0; i < artifact->global_initializers.count; i++) {
        wasmc_value value = evaluate_span(instance, globals[i]);
        *cell(instance, artifact->imported_global_count + i) = value;
    }
    const wasmc_span *tables = wasmc_at(module, artifact->table_initializers.offset);
    for (uint32_t i = 0; i < artifact->table_initializers.count; i++) {
        if (!tables[i].count) continue;
        uint32_t index = artifact->imported_table_count + i;
        const wasmc_table *table = instance->slots[module->memory_count + index];
        wasmc_ref value = evaluate_span(instance, tables[i]).ref;
        instance->builtins->table_fill(instance, index, 0, value, table->count);
    }
    const wasmc_element_initializer *elements = wasmc_at(module, artifact->element_initializers.offset);
    for (uint32_t i = 0; i < artifact->element_initializers.count; i++)
        fill(instance, &elements[i], &instance->element_segments[i]);
    for (uint32_t i = 0; i < artifact->element_initializers.count; i++) activate_elements(instance, elements, i);
    const wasmc_data_initializer *data = wasmc_at(module, artifact->data_initializers.offset);
    for (uint32_t i = 0; i < artifact->data_initializers.count; i++) {
        uint64_t destination = evaluate_offset(instance, data[i].offset, data[i].is_64bit);
        uint64_t count = instance->data_segments[data[i].segment].byte_count;
        instance->builtins->memory_init(instance, data[i].memory, data[i].segment, destination, 0, count);
        instance->builtins->data_drop(instance, data[i].segment);
    }
    wasmc_operands *operands = wasmc_instance_operands(instance);
    free(operands->values);
    *operands = (wasmc_operands){0};
}
