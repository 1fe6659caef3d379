// Large blocks: LLVM's first order of instructions tries again, and undoes, wherever two need the flags at a time. In a
// block of some thousand that depend on each other it takes the cube of them. Such blocks get an order in one walk; the
// machine scheduler goes over all blocks later.
//
// Invariant: any order is right that keeps dependences; both of LLVM's schedulers do. Compile time relies on it.

#include "wasmc_llvm.h"

#include "llvm/CodeGen/SchedulerRegistry.h"
#include "llvm/CodeGen/SelectionDAG.h"
#include "llvm/CodeGen/SelectionDAGISel.h"

using namespace llvm;

namespace {

constexpr unsigned mostNodes = 4'000;

ScheduleDAGSDNodes *makeScheduler(SelectionDAGISel *selection, CodeGenOptLevel level) {
    // At O0 nothing is asked for that another compilation of the process may have set.
    bool isLarge = level != CodeGenOptLevel::None && selection->CurDAG->allnodes_size() > mostNodes;
    return isLarge ? createFastDAGScheduler(selection, level) : createDefaultScheduler(selection, level);
}

/// Found by its name among LLVM's options.
RegisterScheduler registration("wasmc", "LLVM's default, but for large blocks", makeScheduler);

}
