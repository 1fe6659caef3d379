#ifndef WASMC_SCHEDULING_REGIONS_H
#define WASMC_SCHEDULING_REGIONS_H

namespace llvm {
class MachineFunctionPass;
}

namespace wasmc {

/// For code after the peephole optimiser: divides blocks that later passes would take too long for.
llvm::MachineFunctionPass *createSchedulingRegions();

}

#endif
