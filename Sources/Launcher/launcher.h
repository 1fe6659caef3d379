// What the launcher's files share.
//
// Invariant: code is run only from the user's own cache, from an artifact that --precompiled names, or from this very
// executable.

#ifndef LAUNCHER_H
#define LAUNCHER_H

#include "wasmc_program.h"

// Runs the program that is attached to this executable and ends the process; returns when there is none: whether this
// executable could be read.
bool run_attached_program(int argument_count, char **arguments);

// Runs `wasmc run` without the compiler and ends the process, if that is possible; else returns and has done nothing.
void run_compiled_module(int argument_count, char **arguments, const char *compiler);

// Runs a program and ends the process with its status. `subject` starts an error message.
_Noreturn void run_program(wasmc_module *module, wasmc_wasi *context, const char *subject);

_Noreturn void fail(const char *subject, const char *reason);

#endif
