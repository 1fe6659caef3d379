// Implicit bounds checks: where a memory has guard pages, the access after a check does the check's work by faulting.
//
//     br in_bounds(p, 4, size), next, trap        a = load volatile p
//   next:
//     a = load p
//
// Invariant: a check goes only if the access runs whenever the check did, if nothing that a guest or host could observe
// happens between the two, and if the access, to the same memory, touches the last byte that the check is about: then
// it faults if the check would have failed, and the fault is the same trap. A count of fuel that the trap would have
// written back is written before the access. Such an access is volatile, and so are the stores of its block and the
// loads after it, which nothing else keeps in their order. Passes that see the result could still move what is not
// volatile from block to block, so none does; removing what is dead moves nothing.
//
// The runtime's fault handler relies on it: a fault in a guard page is a trap of the guest at that instruction. Code
// generation must not make less of such a load either: PreventLoadFolding.cpp.

#include "AliasRegion.h"
#include "Checks/BoundsCheck.h"

#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

bool isFuelStore(const Instruction &instruction) { return isa<StoreInst>(instruction) && isToFuel(instruction); }

/// What happens from a failed check on: the count of fuel is written back, at most, and the trap.
class WayToTrap {
    SmallVector<BasicBlock *, 4> blocks;

    static constexpr unsigned mostBlocks = 4;

public:
    /// Nothing if anything else happens.
    static std::optional<WayToTrap> from(BasicBlock *block) {
        WayToTrap way;
        for (; block && way.blocks.size() < mostBlocks; block = block->getSingleSuccessor()) {
            way.blocks.push_back(block);
            for (Instruction &instruction : *block) {
                auto *call = dyn_cast<CallInst>(&instruction);
                if (call && call->doesNotReturn()) return way;
                if (isa<PHINode>(instruction) || instruction.isTerminator() || isFuelStore(instruction)) continue;
                if (instruction.mayReadOrWriteMemory() || !isSafeToSpeculativelyExecute(&instruction))
                    return std::nullopt;
            }
        }
        return std::nullopt;
    }

    bool countsFuel() const {
        return any_of(blocks, [](BasicBlock *block) { return any_of(*block, isFuelStore); });
    }

    /// Does the same where the branch is, which leads here: nobody reads the count while the code runs on, and a fault
    /// finds it right.
    void repeat(BranchInst &branch) const {
        ValueToValueMapTy values;
        BasicBlock *from = branch.getParent();
        for (BasicBlock *block : blocks) {
            for (PHINode &phi : block->phis()) {
                Value *value = phi.getIncomingValueForBlock(from), *known = values.lookup(value);
                values[&phi] = known ? known : value;
            }
            for (Instruction &instruction : *block) {
                auto *call = dyn_cast<CallInst>(&instruction);
                if (call && call->doesNotReturn()) return;
                if (isa<PHINode>(instruction) || instruction.isTerminator()) continue;
                Instruction *copy = instruction.clone();
                RemapInstruction(copy, values, RF_NoModuleLevelChanges | RF_IgnoreMissingLocals);
                copy->insertBefore(branch.getIterator());
                if (auto *store = dyn_cast<StoreInst>(copy)) store->setVolatile(true);
                values[&instruction] = copy;
            }
            from = block;
        }
    }
};

class Faulting {
    Function &function;
    /// The accesses that checks rely on now.
    SmallPtrSet<Instruction *, 32> faulting;

    /// As many blocks are searched for the access.
    static constexpr unsigned mostBlocks = 4;

public:
    explicit Faulting(Function &function) : function(function) {}

    bool run() {
        // Backwards, since an access may be after the next check, too.
        for (BasicBlock *block : post_order(&function))
            if (auto *branch = dyn_cast<BranchInst>(block->getTerminator()))
                if (branch->isConditional()) replaceChecks(*branch);
        if (faulting.empty()) return false;
        for (Instruction *access : faulting) setVolatile(*access);
        for (BasicBlock &block : make_early_inc_range(function)) MergeBlockIntoPredecessor(&block);
        return true;
    }

    void keepOrder() {
        for (BasicBlock &block : function) keepOrder(block);
    }

private:
    static void setVolatile(Instruction &access) {
        if (auto *store = dyn_cast<StoreInst>(&access)) store->setVolatile(true);
        if (auto *load = dyn_cast<LoadInst>(&access)) load->setVolatile(true);
    }

    /// The checks that a condition consists of; empty when there is anything else.
    static bool collect(Value *condition, SmallVectorImpl<BoundsCheck> &checks) {
        if (auto check = BoundsCheck::from(condition)) {
            checks.push_back(*check);
            return true;
        }
        Value *a, *b;
        return match(condition, m_LogicalAnd(m_Value(a), m_Value(b))) && collect(a, checks) && collect(b, checks);
    }

    /// Whether the access faults if the check would fail.
    static bool covers(Instruction &access, const BoundsCheck &check) {
        Value *address = getLoadStorePointerOperand(&access);
        const DataLayout &layout = access.getDataLayout();
        auto byteCount = check.constantByteCount();
        if (check.isWide() || !address || !byteCount || access.isAtomic() || !isToLinearMemory(access)
            || address->getType()->getPointerAddressSpace() != check.memory())
            return false;
        uint64_t end = layout.getTypeStoreSize(getLoadStoreType(&access)).getFixedValue();
        // All that is added to the memory's base: constants and one index.
        std::optional<Place> place;
        while (auto *step = dyn_cast<GetElementPtrInst>(address)) {
            address = step->getPointerOperand();
            APInt offset(layout.getIndexTypeSizeInBits(step->getType()), 0);
            if (step->accumulateConstantOffset(layout, offset)) {
                if (offset.getActiveBits() > 33) return false;
                end += offset.getZExtValue();
            } else if (place || step->getNumIndices() != 1 || !step->getSourceElementType()->isIntegerTy(8)) {
                return false;
            } else {
                place = Place::of(step->getOperand(1));
            }
        }
        Place checked = Place::of(check.index());
        return place && place->root == checked.root && place->distance + end >= checked.distance + *byteCount;
    }

    /// The accesses that run first when the check succeeds, up to the first that changes anything.
    void findAccesses(BasicBlock *block, SmallVectorImpl<Instruction *> &accesses) {
        // After an edge back to a loop's head, values are those of another iteration.
        for (unsigned length = 0; block && block->getSinglePredecessor() && length < mostBlocks; length++) {
            for (Instruction &instruction : *block) {
                if (getLoadStorePointerOperand(&instruction)) accesses.push_back(&instruction);
                if (instruction.mayHaveSideEffects() && !(isa<LoadInst>(instruction) && !instruction.isAtomic()))
                    return;
            }
            block = block->getSingleSuccessor();
        }
    }

    void replaceChecks(BranchInst &branch) {
        SmallVector<BoundsCheck, 4> checks;
        if (!collect(branch.getCondition(), checks)) return;
        auto way = WayToTrap::from(branch.getSuccessor(1));
        if (!way) return;
        SmallVector<Instruction *, 16> accesses;
        findAccesses(branch.getSuccessor(0), accesses);
        SmallVector<BoundsCheck, 4> left;
        for (const BoundsCheck &check : checks) {
            auto access = find_if(accesses, [&](Instruction *access) { return covers(*access, check); });
            if (access == accesses.end()) left.push_back(check);
            else faulting.insert(*access);
        }
        if (left.size() == checks.size()) return;
        if (way->countsFuel()) way->repeat(branch);
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
        Value *count = nullptr;
        for (Instruction &instruction : make_early_inc_range(block)) {
            if (isFuelStore(instruction)) {
                Value *stored = instruction.getOperand(0);
                if (stored == count) instruction.eraseFromParent();
                else cast<StoreInst>(instruction).setVolatile(true);
                count = stored;
                continue;
            }
            if (isa<CallBase>(instruction) && instruction.mayWriteToMemory()) count = nullptr;
            isBehind |= faulting.contains(&instruction);
            if (isa<StoreInst>(instruction) || (isBehind && !instruction.hasMetadata(LLVMContext::MD_invariant_load)))
                setVolatile(instruction);
        }
    }
};

}

PreservedAnalyses ImplicitBoundsChecksPass::run(Function &function, FunctionAnalysisManager &analyses) {
    Faulting faulting(function);
    if (!faulting.run()) return PreservedAnalyses::all();
    // The sizes that only checks needed, which are read again after calls and carried around loops.
    analyses.invalidate(function, PreservedAnalyses::none());
    ADCEPass().run(function, analyses);
    faulting.keepOrder();
    return PreservedAnalyses::none();
}

}
