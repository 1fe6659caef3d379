// Guarded entries: how the host calls a guest, and how a trap or a refusing host function comes back.
//
// Invariant: longjmp crosses only generated code and this runtime's own frames. The outcome lives in the caller's
// wasmc_result, which is not an automatic variable of the function that called setjmp.

#include "internal.h"

_Thread_local wasmc_activation *wasmc_current_activation;

static void enter(wasmc_store *store, wasmc_activation *activation, wasmc_result *result) {
    result->outcome = WASMC_RETURNED;
    activation->previous_in_store = store->activation;
    activation->previous_on_thread = wasmc_current_activation;
    activation->store = store;
    activation->result = result;
    activation->saved_stack_limit = store->stack_limit;
    if (!store->activation) store->stack_limit = wasmc_thread_stack_limit();
    store->activation = activation;
    wasmc_current_activation = activation;
}

static void leave(wasmc_activation *activation) {
    activation->store->activation = activation->previous_in_store;
    activation->store->stack_limit = activation->saved_stack_limit;
    wasmc_current_activation = activation->previous_on_thread;
}

// True when too little stack is left to enter at all; a guest's own check would come too late for the frames between.
static bool stack_is_exhausted(wasmc_store *store, wasmc_result *result) {
    if ((uintptr_t)__builtin_frame_address(0) >= store->stack_limit) return false;
    *result = (wasmc_result){.outcome = WASMC_TRAP_STACK_OVERFLOW};
    return true;
}

void wasmc_call(wasmc_store *store, const wasmc_function *function, wasmc_value *values, wasmc_result *result) {
    wasmc_activation activation;
    enter(store, &activation, result);
    if (!stack_is_exhausted(store, result) && _setjmp(activation.environment) == 0) {
        function->entry(function, values);
        // Code between two checks may have taken more than there was; a call that returns has paid for everything.
        if (!function->is_host && ((wasmc_instance *)function->context)->remaining_points < 0)
            result->outcome = WASMC_OUT_OF_POINTS;
    }
    leave(&activation);
}

typedef void (*initialize)(wasmc_instance *instance);

static initialize initializer(const wasmc_instance *instance) {
    return (initialize)(uintptr_t)wasmc_at(instance->module, instance->module->artifact->initialize);
}

void wasmc_instance_initialize(wasmc_instance *instance, wasmc_result *result) {
    wasmc_activation activation;
    enter(instance->store, &activation, result);
    if (!stack_is_exhausted(instance->store, result) && _setjmp(activation.environment) == 0) {
        initializer(instance)(instance);
        if (instance->remaining_points < 0) result->outcome = WASMC_OUT_OF_POINTS;
    }
    leave(&activation);
}

_Noreturn void wasmc_raise(wasmc_store *store, wasmc_outcome outcome, wasmc_instance *instance, const void *address) {
    wasmc_activation *activation = store->activation;
    *activation->result = (wasmc_result){
        .outcome = outcome,
        .exit_code = ((wasmc_store_storage *)store)->exit_code,
        .instance = instance,
        .address = address,
    };
    _longjmp(activation->environment, 1);
}
