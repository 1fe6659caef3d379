// Loop rotation: LLVM's, where the header decides whether the loop continues.
//
//     while (i < n) {                  if (i < n)
//         body                             do {
//     }                                        body
//                                          } while (i < n);
//
// A header that ends in a bounds check decides nothing of the kind. To rotate such a loop would copy the check before
// the loop and split the edge from each other check to the block that traps, which takes quadratic time.
//
// Invariant: LLVM's own. LoopVersioning.cpp relies on the result: a loop that ends at its latch.

#include "Checks/BoundsCheck.h"

#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/MemorySSA.h"
#include "llvm/Analysis/MemorySSAUpdater.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Utils/LoopRotationUtils.h"

using namespace llvm;

namespace wasmc {
namespace {

/// LLVM's own limit: of instructions that are copied.
constexpr unsigned largestHeader = 16;

}

PreservedAnalyses
LoopRotationPass::run(Loop &loop, LoopAnalysisManager &, LoopStandardAnalysisResults &analyses, LPMUpdater &) {
    auto *branch = dyn_cast<BranchInst>(loop.getHeader()->getTerminator());
    if (!branch || !branch->isConditional() || BoundsCheck::from(branch->getCondition()))
        return PreservedAnalyses::all();
    const SimplifyQuery query = getBestSimplifyQuery(analyses, loop.getHeader()->getModule()->getDataLayout());
    std::optional<MemorySSAUpdater> memory;
    if (analyses.MSSA) memory.emplace(analyses.MSSA);
    if (!llvm::LoopRotation(
            &loop, &analyses.LI, &analyses.TTI, &analyses.AC, &analyses.DT, &analyses.SE, memory ? &*memory : nullptr,
            query,
            /*RotationOnly=*/false, largestHeader, /*IsUtilMode=*/false))
        return PreservedAnalyses::all();
    auto preserved = getLoopPassPreservedAnalyses();
    if (analyses.MSSA) preserved.preserve<MemorySSAAnalysis>();
    return preserved;
}

}
