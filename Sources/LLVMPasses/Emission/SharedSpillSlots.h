#ifndef WASMC_SHARED_SPILL_SLOTS_H
#define WASMC_SHARED_SPILL_SLOTS_H

namespace llvm {
class FunctionPass;
}

namespace wasmc {

/// Between register allocation and the layout of the frame.
llvm::FunctionPass *createSharedSpillSlots();

}

#endif
