// Leaves the order of very many blocks as it is.

#ifndef WASMC_MANY_BLOCKS_H
#define WASMC_MANY_BLOCKS_H

#include "wasmc_llvm.h"

namespace llvm {
class MachineFunctionPass;
}

namespace wasmc {

/// Before LLVM's placement of blocks, and behind it.
llvm::MachineFunctionPass *createPlacementLimit(bool isBefore);

}

#endif
