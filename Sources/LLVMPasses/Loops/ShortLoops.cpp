// An innermost loop that runs a few times, as is known while it is compiled, is as good as straight code: it needs no
// polls, and without them LLVM unrolls it.
//
// Invariant: without polls at most `mostIterations` times `mostInstructions` instructions run, none of which is a call,
// where bulk operations count with their bytes; the loop around polls.

#include "Loops/LoopCharges.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmc {

static constexpr unsigned mostIterations = 32;
static constexpr unsigned mostInstructions = 1000;

PreservedAnalyses ShortLoopPass::run(Loop &loop, LoopAnalysisManager &, LoopStandardAnalysisResults &results, LPMUpdater &) {
    if (!loop.isInnermost()) return PreservedAnalyses::all();
    SmallVector<CallInst *, 4> polls;
    auto work = workPerIteration(loop);
    if (!work || *work > mostInstructions) return PreservedAnalyses::all();
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block) {
            if (CallInst *poll = asPoll(&instruction)) polls.push_back(poll);
            else if (isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction) && instruction.mayHaveSideEffects())
                return PreservedAnalyses::all();
        }
    if (polls.empty()) return PreservedAnalyses::all();
    unsigned iterations = results.SE.getSmallConstantMaxTripCount(&loop);
    if (iterations == 0 || iterations > mostIterations) return PreservedAnalyses::all();
    for (CallInst *poll : polls) {
        poll->replaceAllUsesWith(ConstantInt::getTrue(poll->getContext()));
        poll->eraseFromParent();
    }
    results.SE.forgetLoop(&loop);
    return getLoopPassPreservedAnalyses();
}

}
