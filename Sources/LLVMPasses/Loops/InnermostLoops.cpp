#include "InnermostLoops.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

using namespace llvm;

namespace wasmc {

bool findInnermost(
    LoopInfo &loops, DominatorTree &dominators, ScalarEvolution &evolution, AssumptionCache &assumptions,
    SmallVectorImpl<Loop *> &innermost) {
    bool changed = false;
    for (Loop *outermost : loops) {
        changed |= simplifyLoop(outermost, &dominators, &loops, &evolution, &assumptions, nullptr, false);
        changed |= formLCSSARecursively(*outermost, dominators, &loops, &evolution);
    }
    for (Loop *loop : loops.getLoopsInPreorder())
        if (loop->isInnermost()) innermost.push_back(loop);
    return changed;
}

}
