// LLVM's pass pipelines with wasmc's own passes in them: what LLVM's C interface cannot say.

#ifndef WASMC_PASSES_H
#define WASMC_PASSES_H

#include <llvm-c/Error.h>
#include <llvm-c/TargetMachine.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a pass says about a function. The pass "wasmc" says "ChecksEmitted", "ChecksLeft" and "Seconds" (numbers, for every
// function), "Versioned", "Rerolled" and "NotVersioned" (for loops); others use LLVM's names. The strings live as long as
// the call.
typedef void (*wasmc_remark_handler)(void *context, const char *function, const char *pass, const char *name, const char *message);

// Runs a pipeline in LLVM's textual form. `default<O2>` and `default<O3>` include the passes that remove checks.
// `remarks` may be null.
LLVMErrorRef wasmc_run_passes(
    LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline, wasmc_remark_handler remarks, void *context);

#ifdef __cplusplus
}
#endif

#endif
