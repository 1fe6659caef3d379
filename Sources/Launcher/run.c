// How the process of a program ends: with the program's status, or with a message.
//
// Invariant: a message goes to the standard error output only, and no signal ends the process before it is written.

#include "launcher.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// The process ends with a message, which must not end it by a signal: the reader may be gone, or a limit on files
// reached.
static void prepare_message(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

_Noreturn void fail(const char *subject, const char *reason) {
    prepare_message();
    dprintf(STDERR_FILENO, "Error: %s: %s\n", subject, reason);
    _exit(WASMC_STATUS_FAILED);
}

_Noreturn void run_program(wasmc_module *module, wasmc_wasi *context, const char *subject) {
    char message[8192];
    int status = wasmc_program_run(module, context, message, sizeof message);
    request_warm_code();
    if (status == WASMC_STATUS_FAILED && error_of_missing_code()) {
        // The frames, each in a line of its own, say where it was called.
        const char *frames = strchr(message, '\n');
        char reason[sizeof message + 2048];
        snprintf(reason, sizeof reason, "%s%s", error_of_missing_code(), frames ? frames : "");
        fail(subject, reason);
    }
    if (message[0] && status == WASMC_STATUS_FAILED) fail(subject, message);
    if (message[0]) prepare_message();
    if (message[0]) dprintf(STDERR_FILENO, "%s\n", message);
    _exit(status);
}
