// Long chains: the selection of instructions looks at sums of sums as a whole, and again whenever a part of one
// changes. For `x + (x + 1) + (x + 2) + ...`, 1,000 parts in one block, that took minutes. It does not look through
// memory: every so many links the chain goes through the stack.
//
//     %100 = add %99, %x                       %100 = add %99, %x
//     %101 = add %100, %y                      store volatile %100, %slot
//                                              %again = load volatile %slot
//                                              %101 = add %again, %y
//
// Invariant: a link's value is loaded as it was stored, in the same block; nothing else has the slot's address.
//
// Instruction selection relies on it for its time.

#include "Checks/BoundsCheck.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmc {
namespace {

/// Sums and differences are one kind; 0 is what is not regrouped.
unsigned kind(const Instruction &instruction) {
    if (!instruction.getType()->isIntegerTy()) return 0;
    switch (instruction.getOpcode()) {
    case Instruction::Add:
    case Instruction::Sub: return Instruction::Add;
    case Instruction::Mul:
    case Instruction::And:
    case Instruction::Or:
    case Instruction::Xor: return instruction.getOpcode();
    default: return 0;
    }
}

/// How many links a value's chain has in a block up to it.
class Chains {
    DenseMap<const Instruction *, unsigned> lengths;

public:
    unsigned length(const Instruction &link) {
        unsigned most = 0;
        for (const Use &use : link.operands()) {
            auto *previous = dyn_cast<Instruction>(use.get());
            if (previous && previous->hasOneUse() && previous->getParent() == link.getParent()
                && kind(*previous) == kind(link))
                most = std::max(most, lengths.lookup(previous) + 1);
        }
        if (most > 0) lengths[&link] = most;
        return most;
    }

    void end(const Instruction &link) { lengths.erase(&link); }
};

}

void passThroughStack(Instruction &value) {
    Function &function = *value.getFunction();
    IRBuilder<> entry(&function.getEntryBlock(), function.getEntryBlock().getFirstInsertionPt());
    AllocaInst *slot = entry.CreateAlloca(value.getType());
    IRBuilder<> builder(value.getNextNode());
    StoreInst *store = builder.CreateStore(&value, slot, true);
    LoadInst *load = builder.CreateLoad(value.getType(), slot, true);
    value.replaceUsesWithIf(load, [=](Use &use) { return use.getUser() != store; });
}

PreservedAnalyses LongChainPass::run(Function &function, FunctionAnalysisManager &) {
    bool changed = false;
    for (BasicBlock &block : function) {
        Chains chains;
        SmallVector<Instruction *, 0> ends;
        for (Instruction &instruction : block) {
            if (kind(instruction) == 0 || chains.length(instruction) < longestChain) continue;
            chains.end(instruction);
            ends.push_back(&instruction);
        }
        for (Instruction *end : ends) passThroughStack(*end);
        changed |= !ends.empty();
    }
    if (!changed) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
