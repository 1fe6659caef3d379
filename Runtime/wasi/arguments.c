// args_* and environ_*.
//
// Invariant: a list is written only after both of its ranges have been found to lie inside guest memory.

#include "context.h"

#include <string.h>

static uint32_t sizes(const strings *list, wasmc_instance *caller, uint32_t count_at, uint32_t size_at) {
    if (list->byte_count > UINT32_MAX) return WASI_OVERFLOW;
    if (!wasmc_guest_bytes(caller, count_at, 4)) return WASI_FAULT;
    return wasmc_store_u32(caller, count_at, list->count)
            && wasmc_store_u32(caller, size_at, (uint32_t)list->byte_count)
        ? WASI_OK
        : WASI_FAULT;
}

static uint32_t copy(const strings *list, wasmc_instance *caller, uint32_t pointers_at, uint32_t bytes_at) {
    uint8_t *pointers = wasmc_guest_bytes(caller, pointers_at, (uint64_t)list->count * 4);
    uint8_t *bytes = wasmc_guest_bytes(caller, bytes_at, list->byte_count);
    if (!pointers || !bytes) return WASI_FAULT;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t address = bytes_at + offset;
        size_t length = strlen(list->items[i]) + 1;
        memcpy(pointers + (size_t)i * 4, &address, 4);
        memcpy(bytes + offset, list->items[i], length);
        offset += (uint32_t)length;
    }
    return WASI_OK;
}

WASI_FUNCTION(args_sizes_get) { ANSWER(sizes(&CONTEXT->arguments, caller, U32(0), U32(1))); }
WASI_FUNCTION(args_get) { ANSWER(copy(&CONTEXT->arguments, caller, U32(0), U32(1))); }
WASI_FUNCTION(environ_sizes_get) { ANSWER(sizes(&CONTEXT->environment, caller, U32(0), U32(1))); }
WASI_FUNCTION(environ_get) { ANSWER(copy(&CONTEXT->environment, caller, U32(0), U32(1))); }

const wasmc_wasi_function wasmc_wasi_argument_functions[] = {
    {"args_get", "ii", "i", args_get},
    {"args_sizes_get", "ii", "i", args_sizes_get},
    {"environ_get", "ii", "i", environ_get},
    {"environ_sizes_get", "ii", "i", environ_sizes_get},
    {0},
};
