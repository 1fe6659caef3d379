// Divisions stay after their checks. LLVM 22's strength reduction of loops takes a division for an expression like any
// other, and calculates expressions that a loop starts with before the loop: also a quotient that is only needed after
// the check of its divisor. The processor then faults where the program has not divided.
//
//     if (b == 0) trap                         if (b == 0) trap
//     q = udiv a, b                            q = udiv a, b
//     use q                                    f = freeze q
//                                              use f
//
// Invariant: after this pass no analysis looks through a division by what is not a constant.
//
// The runtime's fault handler relies on it: no guest's division faults.

#include "Checks/BoundsCheck.h"

#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace wasmc {

PreservedAnalyses GuardedDivisionPass::run(Function &function, FunctionAnalysisManager &) {
    bool changes = false;
    for (Instruction &division : make_early_inc_range(instructions(function))) {
        if (!division.isIntDivRem() || isa<Constant>(division.getOperand(1))) continue;
        auto *frozen = new FreezeInst(&division, "", std::next(division.getIterator()));
        division.replaceUsesWithIf(frozen, [&](const Use &use) { return use.getUser() != frozen; });
        changes = true;
    }
    return changes ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
