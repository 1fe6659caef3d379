// proc_exit, sched_yield.
//
// Invariant: exiting only notes the status and returns; the runtime unwinds the guest, the host decides what ends.

#include "world.h"

#include <sched.h>

WASI_FUNCTION(proc_exit) {
    (void)data;
    wasmc_set_exit_code(caller->store, U32(0));
    return WASMC_EXIT;
}

WASI_FUNCTION(yield_processor) {
    (void)data, (void)caller;
    sched_yield();
    ANSWER(WASI_OK);
}

const wasmc_wasi_function process_functions[] = {
    {"proc_exit", "i", "", proc_exit},
    {"sched_yield", "", "i", yield_processor},
    {0},
};
