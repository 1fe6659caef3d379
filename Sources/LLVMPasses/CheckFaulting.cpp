// Checks that become faults: where a memory has guard pages, an access behind a check can do the check's work itself.
//
// Invariant: a check goes only if the access runs whenever the check did, if nothing that a guest or host could see
// happens between the two, and if the access touches the last byte that the check is about: then it faults if the check
// would have failed, and the fault is the same trap. Such an access is volatile, and so are the stores of its block and the
// loads behind it, which nothing else keeps in their place. Passes that see the result could still move what is not
// volatile from block to block, so none does.

#include "BoundsCheck.h"

#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

class Faulting {
    Function &function;
    /// The accesses that checks rely on now.
    SmallPtrSet<Instruction *, 32> faulting;

    /// As many blocks are searched for the access.
    static constexpr unsigned mostBlocks = 4;

public:
    explicit Faulting(Function &function) : function(function) {}

    bool run() {
        for (BasicBlock &block : function)
            if (auto *branch = dyn_cast<BranchInst>(block.getTerminator()))
                if (branch->isConditional()) replaceChecks(*branch);
        if (faulting.empty()) return false;
        for (BasicBlock &block : make_early_inc_range(function)) MergeBlockIntoPredecessor(&block);
        for (BasicBlock &block : function) keepOrder(block);
        return true;
    }

private:
    /// The checks that a condition consists of; empty when there is anything else.
    static bool collect(Value *condition, SmallVectorImpl<BoundsCheck> &checks) {
        if (auto check = BoundsCheck::from(condition)) {
            checks.push_back(*check);
            return true;
        }
        Value *a, *b;
        return match(condition, m_LogicalAnd(m_Value(a), m_Value(b))) && collect(a, checks) && collect(b, checks);
    }

    /// Whether nothing happens from here on but the trap.
    static bool onlyTraps(BasicBlock *block) {
        for (unsigned length = 0; length < mostBlocks; length++) {
            if (isa<PHINode>(block->front())) return false;
            for (Instruction &instruction : *block) {
                auto *call = dyn_cast<CallInst>(&instruction);
                if (call && call->doesNotReturn()) return true;
                if (instruction.mayHaveSideEffects()) return false;
            }
            block = block->getSingleSuccessor();
            if (!block) return false;
        }
        return false;
    }

    static bool isLinearMemory(Instruction &access) {
        MDNode *tag = access.getMetadata(LLVMContext::MD_tbaa);
        auto *type = tag ? dyn_cast<MDNode>(tag->getOperand(0)) : nullptr;
        auto *name = type ? dyn_cast<MDString>(type->getOperand(0)) : nullptr;
        return name && name->getString() == linearMemoryName;
    }

    /// Whether the access faults if the check would fail.
    static bool covers(Instruction &access, const BoundsCheck &check) {
        Value *address = getLoadStorePointerOperand(&access);
        const DataLayout &layout = access.getDataLayout();
        auto byteCount = check.constantByteCount();
        if (!address || !byteCount || access.isAtomic() || !isLinearMemory(access)) return false;
        uint64_t end = layout.getTypeStoreSize(getLoadStoreType(&access)).getFixedValue();
        while (auto *step = dyn_cast<GetElementPtrInst>(address)) {
            APInt offset(layout.getIndexTypeSizeInBits(step->getType()), 0);
            if (step->accumulateConstantOffset(layout, offset)) {
                if (offset.getActiveBits() > 33) return false;
                end += offset.getZExtValue();
                address = step->getPointerOperand();
                continue;
            }
            if (step->getNumIndices() != 1 || !step->getSourceElementType()->isIntegerTy(8)) return false;
            Place place = Place::of(step->getOperand(1)), checked = Place::of(check.index());
            return place.root == checked.root && place.distance + end >= checked.distance + *byteCount;
        }
        return false;
    }

    /// The accesses that run first when the branch goes on, up to the first that changes anything.
    void findAccesses(BasicBlock *block, SmallVectorImpl<Instruction *> &accesses) {
        // Behind an edge back to a loop's head, values are those of another iteration.
        for (unsigned length = 0; block && block->getSinglePredecessor() && length < mostBlocks; length++) {
            for (Instruction &instruction : *block) {
                if (getLoadStorePointerOperand(&instruction)) accesses.push_back(&instruction);
                if (instruction.mayHaveSideEffects() && !(isa<LoadInst>(instruction) && !instruction.isAtomic())) return;
            }
            block = block->getSingleSuccessor();
        }
    }

    void replaceChecks(BranchInst &branch) {
        SmallVector<BoundsCheck, 4> checks;
        if (!collect(branch.getCondition(), checks) || !onlyTraps(branch.getSuccessor(1))) return;
        SmallVector<Instruction *, 16> accesses;
        findAccesses(branch.getSuccessor(0), accesses);
        SmallVector<BoundsCheck, 4> left;
        for (const BoundsCheck &check : checks) {
            auto access = find_if(accesses, [&](Instruction *access) { return covers(*access, check); });
            if (access == accesses.end()) left.push_back(check);
            else faulting.insert(*access);
        }
        if (left.size() == checks.size()) return;
        IRBuilder<> builder(&branch);
        Value *before = branch.getCondition(), *condition = nullptr;
        for (const BoundsCheck &check : left)
            condition = condition ? builder.CreateLogicalAnd(condition, check.call()) : check.call();
        if (condition) {
            branch.setCondition(condition);
        } else {
            branch.getSuccessor(1)->removePredecessor(branch.getParent());
            builder.CreateBr(branch.getSuccessor(0));
            branch.eraseFromParent();
        }
        RecursivelyDeleteTriviallyDeadInstructions(before);
    }

    /// Code generation keeps the order of volatile accesses, and none of the others crosses a block's bounds.
    void keepOrder(BasicBlock &block) {
        bool isBehind = false;
        if (none_of(block, [&](Instruction &instruction) { return faulting.contains(&instruction); })) return;
        for (Instruction &instruction : block) {
            isBehind |= faulting.contains(&instruction);
            if (auto *store = dyn_cast<StoreInst>(&instruction)) store->setVolatile(true);
            auto *load = dyn_cast<LoadInst>(&instruction);
            if (load && isBehind && !load->hasMetadata(LLVMContext::MD_invariant_load)) load->setVolatile(true);
        }
    }
};

}

PreservedAnalyses CheckFaultingPass::run(Function &function, FunctionAnalysisManager &) {
    return Faulting(function).run() ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
