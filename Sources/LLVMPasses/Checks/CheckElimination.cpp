// Check elimination: a check that cannot fail, because of its index's range or because of a check before it, is
// removed; and of several checks with nothing observable between them the first does the work of all.
//
//     if (!in_bounds(p, 8)) trap          if (!in_bounds(p, 16)) trap
//     a = load p                          a = load p
//     if (!in_bounds(p + 12, 4)) trap     b = load p + 12
//     b = load p + 12                     c = load p + 4
//     if (!in_bounds(p + 4, 4)) trap
//     c = load p + 4
//
// Invariant: a memory never shrinks, so what was in bounds once stays in bounds; no memory is larger than 2^63 bytes.
// What is known of an array is known of its length, a value that is what it is. A check takes over another one's bytes
// only if nothing that a guest or host could observe happens between the two.
//
// The passes after it rely on nothing but the checks that are left. Memory safety does not rest on this pass:
// containment looks at every access again.

#include "Checks/BoundsCheck.h"
#include "DominatorWalk.h"

#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmc {

Place Place::of(Value *index) {
    uint64_t distance = 0;
    while (true) {
        if (auto *wide = dyn_cast<ZExtInst>(index)) {
            index = wide->getOperand(0);
            continue;
        }
        auto *sum = dyn_cast<BinaryOperator>(index);
        auto *constant = sum ? dyn_cast<ConstantInt>(sum->getOperand(1)) : nullptr;
        if (!constant || constant->getValue().getActiveBits() > 32 || distance >> 32) break;
        bool isExact = sum->getOpcode() == Instruction::Or
            ? cast<PossiblyDisjointInst>(sum)->isDisjoint()
            : sum->getOpcode() == Instruction::Add && sum->hasNoUnsignedWrap();
        if (!isExact) break;
        distance += constant->getZExtValue();
        index = sum->getOperand(0);
    }
    return {index, distance};
}

namespace {

class Elimination {
    Function &function;
    DominatorTree &dominators;
    ScalarEvolution &evolution;
    /// What is in bounds of a memory, which its number stands for, or of an array, for which its length does.
    using Key = std::pair<Value *, uintptr_t>;
    /// By root: as many bytes or elements from the root on are in bounds where the walk is.
    DenseMap<Key, uint64_t> known;

public:
    unsigned removed = 0;

    Elimination(Function &function, DominatorTree &dominators, ScalarEvolution &evolution)
        : function(function), dominators(dominators), evolution(evolution) {}

    void run() {
        for (BasicBlock &block : function) joinChecks(block);
        walk();
    }

private:
    void remove(const BoundsCheck &check) {
        check.call()->replaceAllUsesWith(ConstantInt::getTrue(function.getContext()));
        check.call()->eraseFromParent();
        removed++;
    }

    // MARK: Checks with nothing to see between them

    /// The check that a block ends with.
    static std::optional<BoundsCheck> last(BasicBlock *block) {
        auto *branch = dyn_cast<BranchInst>(block->getTerminator());
        if (!branch || !branch->isConditional()) return std::nullopt;
        auto check = BoundsCheck::from(branch->getCondition());
        if (!check || !check->constantByteCount() || !check->call()->hasOneUse()) return std::nullopt;
        return check;
    }

    static bool hasEffects(BasicBlock *block) {
        return any_of(*block, [](Instruction &instruction) { return instruction.mayHaveSideEffects(); });
    }

    /// The trap, which may write back what is in registers, does the same from either block.
    static bool arrivesAlike(BasicBlock *trap, BasicBlock *a, BasicBlock *b) {
        return all_of(trap->phis(), [&](PHINode &phi) {
            return phi.getIncomingValueForBlock(a) == phi.getIncomingValueForBlock(b);
        });
    }

    /// Follows the blocks after a check as long as they only check and load, and lets the first check do all the work.
    void joinChecks(BasicBlock &start) {
        auto first = last(&start);
        if (!first) return;
        Place place = Place::of(first->index());
        uint64_t byteCount = *first->constantByteCount(), mostBytes = byteCount;
        BasicBlock *trap = start.getTerminator()->getSuccessor(1);
        BasicBlock *block = &start;
        SmallVector<BoundsCheck, 4> covered;
        for (unsigned length = 0; length < 64; length++) {
            block = block->getTerminator()->getSuccessor(0);
            if (!block->getSinglePredecessor() || hasEffects(block)) break;
            auto next = last(block);
            if (!next || block->getTerminator()->getSuccessor(1) != trap || !arrivesAlike(trap, &start, block)) break;
            Place other = Place::of(next->index());
            if (other.root != place.root || other.distance < place.distance || next->memorySize() != first->memorySize()
                || next->memory() != first->memory())
                continue;
            mostBytes = std::max(mostBytes, other.distance - place.distance + *next->constantByteCount());
            covered.push_back(*next);
        }
        if (covered.empty()) return;
        first->call()->setArgOperand(1, ConstantInt::get(first->byteCount()->getType(), mostBytes));
        for (const BoundsCheck &check : covered) remove(check);
    }

    // MARK: Checks that cannot fail

    bool isAlwaysInBounds(const BoundsCheck &check, uint64_t byteCount) {
        uint64_t least = check.minimumSize();
        if (auto *length = dyn_cast<ConstantInt>(check.memorySize())) least = length->getZExtValue();
        if (byteCount > least) return false;
        APInt most = evolution.getUnsignedRangeMax(evolution.getSCEV(check.index()));
        return most.ule(least - byteCount);
    }

    static Key keyOf(Value *root, Value *length) {
        if (auto *wide = dyn_cast<ZExtInst>(length)) length = wide->getOperand(0);
        return {root, uintptr_t(length)};
    }

    static Key keyOf(Value *root, const BoundsCheck &check) {
        return check.isOfArray() ? keyOf(root, check.memorySize()) : Key{root, uintptr_t(check.memory())};
    }

    /// What was known before a block: restored on leaving it.
    using Undo = SmallVector<std::pair<Key, uint64_t>, 2>;

    void walk() {
        walkDominatorTree<Undo>(
            dominators,
            [&](BasicBlock &block, Undo &undo) {
                learn(&block, undo);
                for (Instruction &instruction : make_early_inc_range(block))
                    if (auto check = BoundsCheck::from(&instruction); check && cannotFail(*check)) remove(*check);
                removeBranch(block.getTerminator());
            },
            [&](Undo &undo) {
                for (auto &[key, value] : reverse(undo)) {
                    if (value) known[key] = value;
                    else known.erase(key);
                }
            });
    }

    /// A block that is reached only when a check succeeded, or the guest's own comparison with an array's length.
    void learn(BasicBlock *block, Undo &undo) {
        BasicBlock *before = block->getSinglePredecessor();
        if (!before) return;
        auto *branch = dyn_cast<BranchInst>(before->getTerminator());
        if (!branch || !branch->isConditional() || branch->getSuccessor(0) == branch->getSuccessor(1)) return;
        bool isTrue = branch->getSuccessor(0) == block;
        if (auto *comparison = dyn_cast<ICmpInst>(branch->getCondition())) learn(*comparison, isTrue, undo);
        auto check = BoundsCheck::from(branch->getCondition());
        if (!isTrue || !check || !check->constantByteCount()) return;
        Place place = Place::of(check->index());
        learn(keyOf(place.root, *check), place.distance + *check->constantByteCount(), undo);
    }

    void learn(ICmpInst &comparison, bool isTrue, Undo &undo) {
        auto predicate = isTrue ? comparison.getPredicate() : comparison.getInversePredicate();
        Value *index = comparison.getOperand(0), *length = comparison.getOperand(1);
        if (predicate == ICmpInst::ICMP_UGT) std::swap(index, length);
        else if (predicate != ICmpInst::ICMP_ULT) return;
        Place place = Place::of(index);
        learn(keyOf(place.root, length), place.distance + 1, undo);
    }

    void learn(Key key, uint64_t byteCount, Undo &undo) {
        uint64_t earlier = known.lookup(key);
        if (byteCount <= earlier) return;
        undo.push_back({key, earlier});
        known[key] = byteCount;
    }

    bool cannotFail(const BoundsCheck &check) {
        auto byteCount = check.constantByteCount();
        if (!byteCount) return false;
        if (isAlwaysInBounds(check, *byteCount)) return true;
        Place place = Place::of(check.index());
        auto covered = known.find(keyOf(place.root, check));
        return covered != known.end() && covered->second >= place.distance + *byteCount;
    }

    /// Where a check was moved ahead of a loop, with others, more may be known at its branch than where it is.
    void removeBranch(Instruction *end) {
        auto *branch = dyn_cast<BranchInst>(end);
        if (!branch || !branch->isConditional()) return;
        auto check = BoundsCheck::from(branch->getCondition());
        if (!check || !cannotFail(*check)) return;
        branch->setCondition(ConstantInt::getTrue(function.getContext()));
        if (check->call()->use_empty()) check->call()->eraseFromParent();
        removed++;
    }
};

}

PreservedAnalyses CheckEliminationPass::run(Function &function, FunctionAnalysisManager &analyses) {
    Module *module = function.getParent();
    if (!module->getFunction(checkName) && !module->getFunction(wideCheckName)) return PreservedAnalyses::all();
    Elimination elimination(
        function, analyses.getResult<DominatorTreeAnalysis>(function),
        analyses.getResult<ScalarEvolutionAnalysis>(function));
    elimination.run();
    if (!elimination.removed) return PreservedAnalyses::all();
    return PreservedAnalyses::none();
}

}
