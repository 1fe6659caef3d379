// C++ names, for programs that have LLVM.
//
// Invariant: LLVM's demangler is used through limits of time and length; see ItaniumName.cpp.

#include "wasmc_text.h"

// The target LLVMPasses defines it. Programs without LLVM do not link that.
__attribute__((weak)) char *wasmc_demangle_itanium(const char *symbol, size_t byte_count);

char *wasmc_demangle_cxx(const char *symbol, size_t byte_count) {
    return wasmc_demangle_itanium ? wasmc_demangle_itanium(symbol, byte_count) : NULL;
}
