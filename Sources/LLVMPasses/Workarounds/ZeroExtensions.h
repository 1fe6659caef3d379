#ifndef WASMC_ZERO_EXTENSIONS_H
#define WASMC_ZERO_EXTENSIONS_H

#include "wasmc_llvm.h"

namespace llvm {
class MachineFunctionPass;
}

namespace wasmc {

/// For code of x86 after the peephole optimiser: makes the zero extensions that it took away.
llvm::MachineFunctionPass *createZeroExtensions();

}

#endif
