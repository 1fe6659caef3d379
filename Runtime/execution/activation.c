// Guarded entries: how the host calls a guest, and how a trap or a refusing host function comes back.
//
// Invariant: longjmp crosses only generated code and this runtime's own frames. The outcome lives in the caller's
// wasmc_result, which is not an automatic variable of the function that called setjmp.

#include "execution.h"

// Of an outermost call: the thread's, or nearer when the store's guests may use less.
static uintptr_t stack_limit(const wasmc_store *store) {
    uintptr_t end = wasmc_known_stack_limit, here = (uintptr_t)__builtin_frame_address(0);
    if (__builtin_expect(!end, 0)) end = wasmc_thread_stack_limit();
    uint64_t most = ((const wasmc_store_storage *)store)->limits.stack_byte_count;
    if (__builtin_expect(!most, 1)) return end;
    return here > end && most < here - end ? here - most : end;
}

// What the limit that was reached belongs to: it is the end of a stack, or nearer.
static wasmc_stack_bound stack_bound(const wasmc_store_storage *storage) {
    if (storage->limits.stack_byte_count && storage->stack_limit != wasmc_known_stack_limit)
        return (wasmc_stack_bound){storage->stack_owner, storage->limits.stack_byte_count};
    if (storage->fiber) return (wasmc_stack_bound){WASMC_STACK_OF_CALL, wasmc_fiber_stack_byte_count(storage->fiber)};
    return (wasmc_stack_bound){WASMC_STACK_OF_THREAD, 0};
}

wasmc_stack_bound wasmc_store_stack_bound(const wasmc_store *store) {
    return ((const wasmc_store_storage *)store)->stack_bound;
}

static inline __attribute__((always_inline)) void
enter(wasmc_store *store, wasmc_activation *activation, wasmc_result *result) {
    result->outcome = WASMC_RETURNED;
    result->passed_on = 0;
    activation->previous_in_store = store->activation;
    wasmc_activation **innermost = &wasmc_current_activation, *previous = *innermost;
    activation->previous_on_thread = previous;
    activation->innermost = __builtin_expect(previous != NULL, 0) && !previous->innermost ? NULL : innermost;
    activation->store = store;
    activation->result = result;
    activation->exceptions = NULL;
    activation->saved_stack_limit = ((wasmc_store_storage *)store)->stack_limit;
    if (!activation->previous_in_store) {
        uintptr_t limit = stack_limit(store);
        if (limit != activation->saved_stack_limit) wasmc_set_stack_limit(store, limit);
    }
    store->activation = activation;
    *innermost = activation;
    wasmc_fiber *fiber = ((wasmc_store_storage *)store)->fiber;
    if (__builtin_expect(fiber != NULL, 0)) {
        activation->innermost = NULL;
        wasmc_fiber_entered(fiber, activation);
    }
}

// Not inlined: the thread's variables have other addresses than when the call began.
__attribute__((noinline, cold)) static void leave_any_thread(const wasmc_activation *activation) {
    wasmc_current_activation = activation->previous_on_thread;
}

__attribute__((noinline, cold)) static void end_exceptions(wasmc_activation *activation) {
    wasmc_exceptions_end(activation->store, &activation->exceptions);
}

static inline __attribute__((always_inline)) void leave(wasmc_activation *activation) {
    activation->store->activation = activation->previous_in_store;
    // The outermost call leaves the limit for the next one, which mostly comes from the same thread.
    if (__builtin_expect(activation->previous_in_store != NULL, 0))
        wasmc_set_stack_limit(activation->store, activation->saved_stack_limit);
    if (__builtin_expect(activation->innermost != NULL, 1)) *activation->innermost = activation->previous_on_thread;
    else leave_any_thread(activation);
    if (__builtin_expect(activation->exceptions != NULL, 0)) end_exceptions(activation);
}

// Why the guest must not even start: too little stack is left for the frames before a guest's own check, the call is
// interrupted already, another guest of the store has yielded, or it could not be interrupted.
static inline __attribute__((always_inline)) wasmc_outcome
entry_refusal(wasmc_store *store, const wasmc_instance *instance) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if ((uintptr_t)__builtin_frame_address(0) < storage->stack_limit) return WASMC_TRAP_STACK_OVERFLOW;
    // Only in a scope can it be interrupted.
    if (__builtin_expect(!storage->interruption, 1)) return WASMC_RETURNED;
    if (wasmc_is_interrupted(store)) return WASMC_INTERRUPTED;
    if (storage->yielded) return WASMC_STORE_IN_USE;
    return instance && !instance->module->artifact->is_interruptible ? WASMC_NOT_INTERRUPTIBLE : WASMC_RETURNED;
}

static void report(wasmc_store *store, wasmc_outcome outcome, wasmc_result *result) {
    wasmc_store_storage *storage = (wasmc_store_storage *)store;
    if (outcome == WASMC_TRAP_STACK_OVERFLOW) storage->stack_bound = stack_bound(storage);
    *result = (wasmc_result){
        .outcome = outcome,
        .exit_code = storage->exit_code,
        .interruption = outcome == WASMC_INTERRUPTED ? wasmc_pending_interruption(store) : WASMC_NOT_INTERRUPTED,
        .passed_on = result->passed_on,
    };
}

__attribute__((noinline, cold)) static void refuse(wasmc_store *store, wasmc_outcome outcome, wasmc_result *result) {
    ((wasmc_store_storage *)store)->backtrace.count = 0;
    report(store, outcome, result);
}

void wasmc_call(wasmc_store *store, const wasmc_function *function, wasmc_value *values, wasmc_result *result) {
    wasmc_activation activation;
    wasmc_instance *instance = function->index == UINT32_MAX ? NULL : function->context;
    enter(store, &activation, result);
    wasmc_outcome refusal = entry_refusal(store, instance);
    if (__builtin_expect(refusal != WASMC_RETURNED, 0)) {
        refuse(store, refusal, result);
    } else if (wasmc_set_jump(activation.environment) == 0) {
        function->entry(function, values);
        // Code between two checks may have taken more than there was; a call that returns has paid for everything.
        if (instance && __builtin_expect(instance->remaining_fuel < 0, 0)) refuse(store, WASMC_OUT_OF_FUEL, result);
    }
    leave(&activation);
}

bool wasmc_tell_enclosing_call(uintptr_t error) {
    if (!wasmc_current_activation) return false;
    wasmc_current_activation->result->passed_on = error;
    return true;
}

typedef void (*initialize)(wasmc_instance *instance);

static initialize initializer(const wasmc_instance *instance) {
    return (initialize)(uintptr_t)wasmc_at(instance->module, instance->module->artifact->initialize);
}

void wasmc_instance_initialize(wasmc_instance *instance, wasmc_result *result) {
    wasmc_activation activation;
    enter(instance->store, &activation, result);
    wasmc_outcome refusal = entry_refusal(instance->store, instance);
    if (__builtin_expect(refusal != WASMC_RETURNED, 0)) {
        refuse(instance->store, refusal, result);
    } else if (wasmc_set_jump(activation.environment) == 0) {
        initializer(instance)(instance);
        if (instance->remaining_fuel < 0) refuse(instance->store, WASMC_OUT_OF_FUEL, result);
    }
    leave(&activation);
}

_Noreturn void wasmc_raise(wasmc_store *store, wasmc_outcome outcome, wasmc_site site) {
    wasmc_trace(store, site);
    report(store, outcome, store->activation->result);
    wasmc_take_jump(store->activation->environment);
}
