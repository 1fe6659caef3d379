// proc_exit, proc_raise, sched_yield.
//
// Invariant: ending the guest only notes a status and returns; the runtime unwinds the guest, the host decides what
// ends. No signal is ever sent to the host.

#include "context.h"

#include <sched.h>

static int32_t end(wasmc_instance *caller, uint32_t status) {
    if (!caller) return WASMC_HOST_ERROR;
    wasmc_set_exit_code(caller->store, status);
    return WASMC_EXIT;
}

WASI_FUNCTION(proc_exit) {
    (void)data;
    return end(caller, U32(0));
}

// A guest has no handlers, so a signal does what it does by default, to the guest alone: most end it, with the status
// that a shell reports for a process that ended so.
WASI_FUNCTION(proc_raise) {
    enum { NONE = 0, CHLD = 16, CONT = 17, STOP = 18, TSTP = 19, TTIN = 20, TTOU = 21, URG = 22, WINCH = 27, SYS = 30 };
    (void)data;
    uint32_t signal = U32(0);
    switch (signal) {
    case NONE:
    case CHLD:
    case CONT:
    case URG:
    case WINCH: ANSWER(WASI_OK);
    case STOP:
    case TSTP:
    case TTIN:
    case TTOU: ANSWER(WASI_NOTSUP);
    default: break;
    }
    if (signal > SYS) ANSWER(WASI_INVAL);
    // WASI leaves out the host's number 16.
    return end(caller, 128 + signal + (signal >= CHLD));
}

WASI_FUNCTION(yield_processor) {
    (void)data, (void)caller;
    sched_yield();
    ANSWER(WASI_OK);
}

const wasmc_wasi_function wasmc_wasi_process_functions[] = {
    {"proc_exit", "i", "", proc_exit},
    {"proc_raise", "i", "i", proc_raise},
    {"sched_yield", "", "i", yield_processor},
    {0},
};
