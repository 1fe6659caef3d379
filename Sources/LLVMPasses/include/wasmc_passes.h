// LLVM's pass pipelines with wasmc's own passes in them: what LLVM's C interface cannot say.

#ifndef WASMC_PASSES_H
#define WASMC_PASSES_H

#include <llvm-c/Error.h>
#include <llvm-c/TargetMachine.h>

#ifdef __cplusplus
extern "C" {
#endif

// Runs a pipeline in LLVM's textual form. `default<O2>` and `default<O3>` include the passes that remove checks.
LLVMErrorRef wasmc_run_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline);

#ifdef __cplusplus
}
#endif

#endif
