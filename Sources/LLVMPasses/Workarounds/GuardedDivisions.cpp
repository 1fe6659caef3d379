// Divisions that stay behind their checks. LLVM 22's strength reduction of loops knows a division for an expression
// like any other, and calculates expressions that a loop starts with before the loop: also a quotient that is only
// needed behind it, and behind the check of its divisor. The processor then faults where the program has not divided.
//
// Invariant: behind this pass no analysis looks through a division by what is not a constant.

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
