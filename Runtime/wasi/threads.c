// A context that the threads of one program use: one call of theirs at a time, but for those that wait.
//
// Invariant: whoever reads or writes the context holds its lock. It is let go only where a call waits and keeps nothing
// of the context: no descriptor that another call may close, no list that it may move.

#include "context.h"

bool wasmc_wasi_share(wasmc_wasi *context) {
    if (context->has_threads) return true;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    // A clock of the host's may call the guest, which calls again.
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    context->has_threads = pthread_mutex_init(&context->lock, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return context->has_threads;
}

void wasmc_wasi_begin_wait(wasmc_wasi *context) {
    if (context->has_threads) pthread_mutex_unlock(&context->lock);
}

void wasmc_wasi_end_wait(wasmc_wasi *context) {
    if (context->has_threads) pthread_mutex_lock(&context->lock);
}

int32_t wasmc_wasi_call_shared(void *data, wasmc_instance *caller, wasmc_value *values) {
    const wasmc_wasi_shared_call *call = data;
    pthread_mutex_lock(&call->context->lock);
    int32_t outcome = call->callback(call->context, caller, values);
    pthread_mutex_unlock(&call->context->lock);
    return outcome;
}
