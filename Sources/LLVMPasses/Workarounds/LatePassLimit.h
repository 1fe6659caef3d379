// Leaves the order of very many blocks, and of very many instructions in one, as it is.

#ifndef WASMC_LATE_PASS_LIMIT_H
#define WASMC_LATE_PASS_LIMIT_H

#include "wasmc_llvm.h"

namespace llvm {
class MachineFunctionPass;
}

namespace wasmc {

/// Before LLVM's last scheduler and its placement of blocks, and behind them.
llvm::MachineFunctionPass *createLatePassLimit(bool isBefore);

}

#endif
