// What the launcher's files share.
//
// Invariant: code is run only from the user's own cache, from the compiler beside this executable, from an artifact
// that --precompiled names, or from this very executable.

#ifndef LAUNCHER_H
#define LAUNCHER_H

#include "wasmc_cache.h"
#include "wasmc_program.h"

// Runs the program that is attached to this executable and ends the process; returns when there is none: whether this
// executable could be read.
bool run_attached_program(int argument_count, char **arguments);

// Runs `wasmc run` without the compiler and ends the process, if that is possible; else returns and has done nothing.
void run_compiled_module(int argument_count, char **arguments, const char *compiler);

// The module with the code that earlier runs compiled, and with a compiler for what is missing; null when the cache has
// no such code. `optimized` is the entry that is not there.
wasmc_module *
load_in_tiers(const char *directory, const wasmc_cache_key *optimized, const char *identity, const char *compiler);
// Before such a module runs: has the whole of it compiled for later runs, unless someone is at it. Does nothing for
// others.
void compile_in_background(void);
// After it: has optimized for later runs what was called often, if the compiler is there already.
void request_warm_code(void);
// Why a function of such a module has no code; null when that ended nothing.
const char *error_of_missing_code(void);

// Runs a program and ends the process with its status. `subject` starts an error message.
_Noreturn void run_program(wasmc_module *module, wasmc_wasi *context, const char *subject);

_Noreturn void fail(const char *subject, const char *reason);

#endif
