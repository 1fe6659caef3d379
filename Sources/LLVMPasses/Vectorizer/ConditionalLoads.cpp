// Loads under conditions stay where they are. The vectoriser makes masked loads of them, and LLVM 22's instcombine
// makes a `select` between a masked load and another value one masked load, where the `select` was: after a store,
// perhaps, to what was loaded (llvm-project 215453).
//
//     if (m[i] > 7) {                  x = masked load p, m > 7, undefined
//         t = p[i];                    masked store c, p, m > 7
//         p[i] = c[i];                 y = select m > 7, x, t        ->    masked load p, m > 7, t    ; reads c
//     }
//
// After a `freeze` the `select` has no masked load for an operand.
//
// Invariant: no load in a conditional block of a loop without calls is, through conversions or arithmetic, the value of
// a phi that joins blocks, unless it is frozen.
//
// The loop vectoriser and instcombine after it rely on it.

#include "VectorizerFaults.h"

#include "Checks/BoundsCheck.h"
#include "Mends.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmc {
namespace {

bool callsOut(const Loop &loop) {
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block)
            if (isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction)) return true;
    return false;
}

/// A phi that joins blocks of the loop, or ends it, takes the value or what is calculated from it.
bool isJoined(Instruction &value, const Loop &loop, SmallPtrSetImpl<Instruction *> &seen) {
    if (!seen.insert(&value).second || seen.size() > 16) return seen.size() > 16;
    for (User *user : value.users()) {
        auto *instruction = cast<Instruction>(user);
        if (isa<PHINode>(instruction)) {
            if (instruction->getParent() != loop.getHeader()) return true;
        } else if (isa<CastInst, BinaryOperator, UnaryOperator, FreezeInst>(instruction)) {
            if (isJoined(*instruction, loop, seen)) return true;
        }
    }
    return false;
}

}

PreservedAnalyses ConditionalLoadPass::run(Function &function, FunctionAnalysisManager &analyses) {
    if (!isMended("selects")) return PreservedAnalyses::all();
    auto &loops = analyses.getResult<LoopAnalysis>(function);
    auto &dominators = analyses.getResult<DominatorTreeAnalysis>(function);
    SmallVector<LoadInst *, 16> found;
    for (Loop *loop : loops.getLoopsInPreorder()) {
        BasicBlock *latch = loop->getLoopLatch();
        if (!loop->isInnermost() || !latch || loop->getNumBlocks() == 1 || callsOut(*loop)) continue;
        for (BasicBlock *block : loop->blocks()) {
            if (dominators.dominates(block, latch)) continue;
            for (Instruction &instruction : *block) {
                auto *load = dyn_cast<LoadInst>(&instruction);
                SmallPtrSet<Instruction *, 16> seen;
                if (load && !load->isVolatile() && isJoined(*load, *loop, seen)) found.push_back(load);
            }
        }
    }
    for (LoadInst *load : found) {
        IRBuilder<> builder(load->getNextNode());
        auto *frozen = cast<Instruction>(builder.CreateFreeze(load));
        load->replaceUsesWithIf(frozen, [&](Use &use) { return use.getUser() != frozen; });
    }
    if (found.empty()) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
