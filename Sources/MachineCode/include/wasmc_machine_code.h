// Reads the machine code of an artifact and says of every access to memory why it cannot leave what the code may touch.
//
// Invariant: nothing here takes the compiler's word for an access. What is believed are the artifact's description
// (where functions start, what an instance looks like), the layouts of wasmc_layout.h, and the processor's calling
// convention.

#ifndef WASMC_MACHINE_CODE_H
#define WASMC_MACHINE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Why an access is right, or a jump leads to where code may be entered.
typedef enum wasmc_access_form {
    // None of the others: it may be right all the same.
    WASMC_NOT_UNDERSTOOD,
    // A memory's base and a number that is compared with the memory's size, or small enough for the smallest size.
    WASMC_COMPARED_WITH_MEMORY,
    // A memory's base and a number that stays within the memory's reservation: beyond the memory it faults. In code
    // that is to
    // compare, this has a reason: why it did not.
    WASMC_WITHIN_RESERVATION,
    // A table's elements and a number that is compared with how many there are.
    WASMC_COMPARED_WITH_TABLE,
    // The record of a function that a reference names, which is not null.
    WASMC_IN_RECORD,
    // The heap's base and a number that is compared with an array's length.
    WASMC_COMPARED_WITH_ARRAY,
    // The heap's base and a number that stays within the heap's reservation, such as a reference of 32 bits and a
    // field's offset. In code that is to compare, an index has a reason: why it was not.
    WASMC_IN_HEAP,
    // The function's frame, its arguments on the stack, or room that its caller gave it for results.
    WASMC_ON_STACK,
    // The instance or a structure of the runtime that it leads to, at an offset that is known and inside.
    WASMC_IN_RUNTIME_STRUCTURE,
    // The artifact's constants, at offsets that lie inside.
    WASMC_IN_CONSTANTS,
    // A call, jump or return to where code starts: a function, a runtime function, code that a record names, the
    // caller.
    WASMC_TO_KNOWN_CODE,
    // Any access of code that nothing gets to: it stands behind a call that does not come back, or a condition that
    // never holds.
    WASMC_NEVER_REACHED,
    WASMC_ACCESS_FORM_COUNT,
} wasmc_access_form;

typedef struct wasmc_access {
    wasmc_access_form form;
    const char *function;  // its symbol
    uint32_t offset;       // of the instruction, from the function's start
    uint32_t code_offset;  // of the instruction, from the artifact's start
    const char *text;      // the instruction
    const char *reason;    // what is missing, else null
} wasmc_access;

// Calls `report` for every access to memory, call, indirect jump and return of the artifact's code, in no certain
// order; the strings live as long as the call. False when the bytes are no artifact; then
// `message` says why.
bool wasmc_examine_machine_code(
    const uint8_t *artifact, size_t byte_count, void (*report)(void *context, const wasmc_access *access),
    void *context, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
