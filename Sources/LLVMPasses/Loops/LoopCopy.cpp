#include "Loops/LoopCopy.h"

#include "llvm/Analysis/DomTreeUpdater.h"
#include "llvm/Analysis/InstructionSimplify.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace wasmc {

void connectExits(const Loop &loop, ValueToValueMapTy &map) {
    SmallVector<BasicBlock *, 8> exits;
    loop.getUniqueExitBlocks(exits);
    for (BasicBlock *exit : exits)
        for (PHINode &phi : exit->phis())
            for (unsigned edge = 0, count = phi.getNumIncomingValues(); edge < count; edge++) {
                auto mapped = map.find(phi.getIncomingBlock(edge));
                if (mapped == map.end()) continue;
                Value *value = phi.getIncomingValue(edge);
                auto clone = map.find(value);
                phi.addIncoming(clone == map.end() ? value : (Value *)clone->second, cast<BasicBlock>(mapped->second));
            }
}

void moveDominators(const Loop &loop, BasicBlock *test, DominatorTree &dominators) {
    SmallVector<BasicBlock *, 8> outside;
    for (BasicBlock *block : loop.blocks())
        for (DomTreeNode *child : dominators.getNode(block)->children())
            if (!loop.contains(child->getBlock())) outside.push_back(child->getBlock());
    for (BasicBlock *block : outside) dominators.changeImmediateDominator(block, test);
}

void foldConditions(Loop &loop, DominatorTree &dominators, LoopInfo &loops) {
    DomTreeUpdater updater(dominators, DomTreeUpdater::UpdateStrategy::Eager);
    SmallVector<BasicBlock *, 8> blocks(loop.blocks());
    const DataLayout &layout = loop.getHeader()->getDataLayout();
    for (BasicBlock *block : blocks) {
        for (Instruction &instruction : make_early_inc_range(*block))
            if (instruction.getType()->isIntegerTy(1) && !isa<PHINode>(instruction))
                if (Value *simple = simplifyInstruction(&instruction, layout)) {
                    instruction.replaceAllUsesWith(simple);
                    instruction.eraseFromParent();
                }
        ConstantFoldTerminator(block, true, nullptr, &updater);
    }
    for (BasicBlock *block : blocks)
        if (block != loop.getHeader()) MergeBlockIntoPredecessor(block, &updater, &loops);
}

void removeDead(Loop &loop, bool phis) {
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : make_early_inc_range(reverse(*block)))
            if ((phis || !isa<PHINode>(instruction)) && isInstructionTriviallyDead(&instruction))
                instruction.eraseFromParent();
}

}
