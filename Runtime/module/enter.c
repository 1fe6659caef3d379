// Calls of guests' functions from the host, whatever their type: what a generated trampoline does for one type.
//
// Invariant: the values lie where registers.c says, and as many results are read as the type has.

#include "registers.h"

#include <string.h>

void wasmc_enter_by_registers(const wasmc_function *function, wasmc_value *values) {
    wasmc_type_description type = wasmc_type_describe(function->type_id);
    // Every parameter might be a vector.
    uint64_t stack[2 * (size_t)type.parameter_count + 1];
    wasmc_register_call call = {.words = {(uintptr_t)function->context, (uintptr_t)values}, .stack = stack};
    wasmc_places next = wasmc_first_places(&type);
    memset(stack, 0, sizeof stack);
    for (uint32_t i = 0; i < type.parameter_count; i++) {
        wasmc_value_form form = wasmc_form_of(type.codes[i]);
        memcpy(wasmc_next_place(&call, &next, form), &values[i], form.byte_count);
    }
    call.stack_count = next.stack;
    wasmc_call_by_registers(function->code, &call);
    if (wasmc_uses_result_area(&type)) return;  // They are there already.
    next = (wasmc_places){0};
    for (uint32_t i = type.parameter_count; i < type.code_count; i++) {
        wasmc_value_form form = wasmc_form_of(type.codes[i]);
        memcpy(&values[i - type.parameter_count], wasmc_result_place(&call, &next, form), form.byte_count);
    }
}
