// Writes to a pipe without a reader, or beyond a limit on file sizes, raise a signal whose default is to kill the host.
//
// Invariant: between holding and releasing, such a signal waits; releasing takes it away if the write made it, and
// leaves the thread's mask as it was.

#include "context.h"

#include <errno.h>

static void write_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
    sigaddset(set, SIGXFSZ);
}

void wasmc_hold_signals(const wasmc_wasi *context, const descriptor *written, held_signals *held) {
    held->holds = written->raises_signals || context->writes_raise_signals;
    if (!held->holds) return;
    sigset_t set, pending;
    write_signals(&set);
    sigpending(&pending);
    held->had_pending = sigismember(&pending, SIGPIPE) || sigismember(&pending, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set, &held->before);
}

void wasmc_release_signals(const held_signals *held) {
    if (!held->holds) return;
    int error = errno;
    sigset_t set;
    write_signals(&set);
    if ((error == EPIPE || error == EFBIG) && !held->had_pending) sigtimedwait(&set, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
    errno = error;
}
