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

// In assembly. Calls the code with these arguments, and notes the results.
void wasmc_call_by_registers(const void *code, wasmc_register_call *call);
// In assembly: the `code` of host functions of any type.
void wasmc_host_by_registers(void);

// The `entry` of guests' functions of any type.
void wasmc_enter_by_registers(const wasmc_function *function, wasmc_value *values);

// What wasmc_invoke_host does, for a call from this place.
uint32_t wasmc_invoke_host_from(wasmc_site site, wasmc_host_binding *binding, wasmc_value *values);
// The canonical number of the host function's type.
uint32_t wasmc_host_function_type(const wasmc_host_binding *binding);

#endif

#endif
