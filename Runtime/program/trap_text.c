// What outcomes are called.
//
// Invariant: every outcome has an answer here; the compiler finds one that was forgotten.

#include "wasmc_program.h"

const char *wasmc_trap_text(wasmc_outcome outcome) {
    switch (outcome) {
    case WASMC_TRAP_UNREACHABLE: return "unreachable";
    case WASMC_TRAP_MEMORY_OUT_OF_BOUNDS: return "out of bounds memory access";
    case WASMC_TRAP_TABLE_OUT_OF_BOUNDS: return "out of bounds table access";
    case WASMC_TRAP_UNDEFINED_ELEMENT: return "undefined element";
    case WASMC_TRAP_UNINITIALIZED_ELEMENT: return "uninitialized element";
    case WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH: return "indirect call type mismatch";
    case WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO: return "integer divide by zero";
    case WASMC_TRAP_INTEGER_OVERFLOW: return "integer overflow";
    case WASMC_TRAP_INVALID_CONVERSION_TO_INTEGER: return "invalid conversion to integer";
    case WASMC_TRAP_STACK_OVERFLOW: return "call stack exhausted";
    case WASMC_TRAP_NULL_REFERENCE: return "null reference";
    case WASMC_TRAP_NULL_FUNCTION_REFERENCE: return "null function reference";
    case WASMC_TRAP_NULL_STRUCTURE: return "null structure reference";
    case WASMC_TRAP_NULL_ARRAY: return "null array reference";
    case WASMC_TRAP_NULL_I31: return "null i31 reference";
    case WASMC_TRAP_UNALIGNED_ATOMIC: return "unaligned atomic";
    case WASMC_TRAP_EXPECTED_SHARED_MEMORY: return "expected shared memory";
    case WASMC_TRAP_CAST_FAILURE: return "cast failure";
    case WASMC_TRAP_ARRAY_OUT_OF_BOUNDS: return "out of bounds array access";
    case WASMC_TRAP_OUT_OF_HEAP: return "out of heap";
    case WASMC_TRAP_TOO_MANY_EXCEPTIONS: return "too many exceptions";
    case WASMC_RETURNED:
    case WASMC_HOST_ERROR:
    case WASMC_EXIT:
    case WASMC_OUT_OF_FUEL:
    case WASMC_INTERRUPTED:
    case WASMC_NOT_INTERRUPTIBLE:
    case WASMC_INTERNAL_ERROR:
    case WASMC_EXCEPTION:
    case WASMC_STORE_IN_USE: return NULL;
    }
    return NULL;
}
