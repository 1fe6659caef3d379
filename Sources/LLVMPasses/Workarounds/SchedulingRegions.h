#ifndef WASMC_SCHEDULING_REGIONS_H
#define WASMC_SCHEDULING_REGIONS_H

namespace llvm {
class MachineFunctionPass;
}

namespace wasmc {

/// For code after the peephole optimiser: divides blocks that the machine scheduler would take too long for.
llvm::MachineFunctionPass *createSchedulingRegions();

}

#endif
