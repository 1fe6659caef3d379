#if !__has_include(<llvm-c/Core.h>)
#error "LLVM 22 was not found: run `make setup` (it installs llvm-22-dev and tells pkg-config where it is)"
#else
#include <llvm-c/Core.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>
#if LLVM_VERSION_MAJOR != 22
#error "wasmc needs LLVM 22: run `make setup` (it installs llvm-22-dev and tells pkg-config where it is)"
#endif
#endif
