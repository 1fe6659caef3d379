// Short loops: an innermost loop of which the compiler knows that it runs a few times is as good as straight code. It
// needs no polls, and without them LLVM unrolls it.
//
//     for (i = 0; i < 8; i++) {                for (i = 0; i < 8; i++)
//         if (interrupted) stop                    body
//         body
//     }
//
// Invariant: without polls at most `mostIterations` times `mostInstructions` instructions run, none of which is a call,
// where bulk operations count with their bytes; the loop around it polls.
//
// Deadlines rely on it: the time between two polls stays short.

#include "Loops/LoopCharges.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmc {

static constexpr unsigned mostIterations = 32;
static constexpr unsigned mostInstructions = 1000;

PreservedAnalyses
ShortLoopPass::run(Loop &loop, LoopAnalysisManager &, LoopStandardAnalysisResults &results, LPMUpdater &) {
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
