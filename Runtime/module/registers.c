// Calls of functions whose type has no trampolines of its own: by the description of the type, value by value. A module
// may have more types than it is worth while to generate code for.
//
// Invariant: a value is where the code that LLVM generates for its type expects it: words (integers and references) in
// the registers for integers, numbers of floating point and vectors in those for vectors, each kind in order, then
// all on the stack, vectors of 16 bytes aligned. Only as many bytes are read of a value as it has.

#include "registers.h"

#include <string.h>

_Static_assert(offsetof(wasmc_register_call, vectors) == WASMC_CALL_VECTORS, "registers_*.S");
_Static_assert(offsetof(wasmc_register_call, stack) == WASMC_CALL_STACK, "registers_*.S");
_Static_assert(offsetof(wasmc_register_call, site.code) == WASMC_CALL_SITE_CODE, "registers_*.S");
_Static_assert(offsetof(wasmc_register_call, site.frame_pointer) == WASMC_CALL_SITE_FRAME_POINTER, "registers_*.S");
_Static_assert(sizeof(wasmc_register_call) == WASMC_CALL_BYTES, "registers_*.S");

#if defined(__x86_64__)
enum { WORD_REGISTERS = 6, VECTOR_REGISTERS = 8 };
#elif defined(__aarch64__)
enum { WORD_REGISTERS = 8, VECTOR_REGISTERS = 8 };
#endif

// More results are written to an area whose address follows the context: see ResultArea.swift.
enum { MOST_RETURNED = 2 };

wasmc_value_form wasmc_form_of(uint32_t code) {
    switch (code & WASMC_TYPE_CODE_MASK) {
    case 0x7F: return (wasmc_value_form){4, false};
    case 0x7D: return (wasmc_value_form){4, true};
    case 0x7C: return (wasmc_value_form){8, true};
    case 0x7B: return (wasmc_value_form){16, true};
    default: return (wasmc_value_form){8, false};  // i64 and references
    }
}

void *wasmc_next_place(wasmc_register_call *call, wasmc_places *next, wasmc_value_form form) {
    if (form.is_vector && next->vectors < VECTOR_REGISTERS) return call->vectors[next->vectors++];
    if (!form.is_vector && next->words < WORD_REGISTERS) return &call->words[next->words++];
    uint32_t count = form.byte_count > sizeof *call->stack ? 2 : 1;
    next->stack += next->stack % count;
    uint64_t *place = &call->stack[next->stack];
    next->stack += count;
    return place;
}

bool wasmc_uses_result_area(const wasmc_type_description *type) {
    return type->code_count - type->parameter_count > MOST_RETURNED;
}

// Where the first parameter may be.
wasmc_places wasmc_first_places(const wasmc_type_description *type) {
    return (wasmc_places){.words = wasmc_uses_result_area(type) ? 2 : 1};
}

// Between the array of values and where results return.
void *wasmc_result_place(wasmc_register_call *call, wasmc_places *next, wasmc_value_form form) {
    return form.is_vector ? (void *)call->vectors[next->vectors++] : &call->words[next->words++];
}

// Called by wasmc_host_by_registers. The store whose exception is to be thrown, or null.
__attribute__((used)) wasmc_store *wasmc_invoke_by_registers(wasmc_register_call *call);
wasmc_store *wasmc_invoke_by_registers(wasmc_register_call *call) {
    wasmc_host_binding *binding = (wasmc_host_binding *)call->words[0];
    wasmc_type_description type = wasmc_type_describe(binding->type_id);
    uint32_t result_count = type.code_count - type.parameter_count;
    wasmc_value values[(type.parameter_count > result_count ? type.parameter_count : result_count) + 1];
    wasmc_value *area = (wasmc_value *)call->words[1];
    wasmc_places next = wasmc_first_places(&type);
    for (uint32_t i = 0; i < type.parameter_count; i++) {
        wasmc_value_form form = wasmc_form_of(type.codes[i]);
        memcpy(&values[i], wasmc_next_place(call, &next, form), form.byte_count);
    }
    if (wasmc_invoke_host_from(call->site, binding, values)) return binding->store;
    next = (wasmc_places){0};
    for (uint32_t i = 0; i < result_count; i++) {
        wasmc_value_form form = wasmc_form_of(type.codes[type.parameter_count + i]);
        void *place = wasmc_uses_result_area(&type) ? &area[i] : wasmc_result_place(call, &next, form);
        memcpy(place, &values[i], form.byte_count);
    }
    return NULL;
}
