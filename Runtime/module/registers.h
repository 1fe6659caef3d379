// Calls of functions of any type, by the platform's calling convention: what generated trampolines do for one type.
//
// Invariant: see registers.c.

#ifndef WASMC_REGISTERS_H
#define WASMC_REGISTERS_H

// Where things are in a wasmc_register_call, for assembly.
#define WASMC_CALL_VECTORS 64
#define WASMC_CALL_STACK 192
#define WASMC_CALL_SITE_CODE 208
#define WASMC_CALL_SITE_FRAME_POINTER 224
#define WASMC_CALL_BYTES 240

#ifndef __ASSEMBLER__

#include "module.h"

// What passes in registers and on the stack: first arguments, in the order of the convention, then results.
typedef struct wasmc_register_call {
    uint64_t words[8];
    _Alignas(16) uint8_t vectors[8][16];
    uint64_t *stack;
    uint64_t stack_count;
    wasmc_site site;  // of a guest's call of a host function
} wasmc_register_call;

// How a value passes.
typedef struct wasmc_value_form {
    uint32_t byte_count;
    bool is_vector;
} wasmc_value_form;

// The next free places of each kind.
typedef struct wasmc_places {
    uint32_t words, vectors, stack;
} wasmc_places;

// Of a value type's code.
wasmc_value_form wasmc_form_of(uint32_t code);
// Whether the results are written to an area whose address follows the context.
bool wasmc_uses_result_area(const wasmc_type_description *type);
// Where the first parameter may be.
wasmc_places wasmc_first_places(const wasmc_type_description *type);
// Where the next parameter is.
void *wasmc_next_place(wasmc_register_call *call, wasmc_places *next, wasmc_value_form form);
// Where the next result is, without an area.
void *wasmc_result_place(wasmc_register_call *call, wasmc_places *next, wasmc_value_form form);

// In assembly. Calls the code with these arguments, and notes the results.
void wasmc_call_by_registers(const void *code, wasmc_register_call *call);
// In assembly: the `code` of host functions of any type.
void wasmc_host_by_registers(void);

// The `entry` of guests' functions of any type (enter.c).
void wasmc_enter_by_registers(const wasmc_function *function, wasmc_value *values);

// Calls the host. What it returned is in the values; 1 if it throws the exception of the store. Raises everything else.
uint32_t wasmc_invoke_host(wasmc_host_binding *binding, wasmc_value *values);
// The same for a call from this place.
uint32_t wasmc_invoke_host_from(wasmc_site site, wasmc_host_binding *binding, wasmc_value *values);

#endif

#endif
