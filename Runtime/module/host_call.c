// Calls of the host: the one place where generated code enters it.
//
// Invariant: the callback has returned, and with it every frame of the host, before this file raises.

#include "registers.h"

static inline __attribute__((always_inline)) uint32_t
invoke(wasmc_site site, wasmc_host_binding *binding, wasmc_value *values) {
    wasmc_instance *caller = binding->caller;
    // Before the host does anything: a guest that has run out calls nobody.
    if (caller && (caller->remaining_fuel -= caller->host_call_fuel) < 0)
        wasmc_raise(binding->store, WASMC_OUT_OF_FUEL, site);
    // Field by field: to copy what was stored a moment ago in other sizes would stall.
    wasmc_activation *activation = binding->store->activation;
    if (activation) {
        activation->host_call.code = site.code;
        activation->host_call.stack_pointer = site.stack_pointer;
        activation->host_call.frame_pointer = site.frame_pointer;
    }
    int32_t outcome = binding->callback(binding->user_data, caller, values);
    // What the host may have been told; also ends blocked calls of WASI. No handler of the guest's runs then.
    if ((outcome == WASMC_RETURNED || outcome == WASMC_EXCEPTION)
        && __builtin_expect(wasmc_is_interrupted(binding->store), 0))
        outcome = WASMC_INTERRUPTED;
    if (__builtin_expect(outcome == WASMC_RETURNED, 1)) return 0;
    if (outcome == WASMC_EXCEPTION && binding->store->exception_tag) return 1;
    wasmc_raise(binding->store, (wasmc_outcome)outcome, site);
}

uint32_t wasmc_invoke_host(wasmc_host_binding *binding, wasmc_value *values) {
    return invoke(WASMC_CALL_SITE, binding, values);
}

uint32_t wasmc_invoke_host_from(wasmc_site site, wasmc_host_binding *binding, wasmc_value *values) {
    return invoke(site, binding, values);
}
