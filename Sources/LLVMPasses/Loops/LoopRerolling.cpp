// Re-rolling: the compiler that made the module has unrolled its small loops, and LLVM vectorises loops, not copies of
// their bodies. A loop whose body is U copies of one body, each a U-th of the step further, becomes U times as many
// iterations of the first copy.
//
//     for (i = 0; i < n; i += 2) {             for (i = 0; i < n; i++)
//         a[i] = 3 * b[i];                         a[i] = 3 * b[i];
//         a[i + 1] = 3 * b[i + 1];
//     }
//
// Invariant: the stores happen in the same order with the same values, every load reads what it read, and what is live
// after the loop is the same. A load may change its place among the stores only if they cannot overlap.
//
// Nothing relies on it but the vectoriser's success.

#include "Checks/BoundsCheck.h"
#include "Loops/LinearFunctions.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Local.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;

namespace wasmc {
namespace {

class Rerolling {
    Loop &loop;
    ScalarEvolution &evolution;
    BasicBlock *body;
    unsigned copies = 0;

    /// Counts iterations for the latch and nothing else; another one will take its place.
    PHINode *counter = nullptr;
    /// Other phis that step by a constant.
    Inductions inductions;
    SmallVector<StoreInst *, 8> stores;
    DenseMap<const Instruction *, unsigned> positions;

    using Pair = std::tuple<Instruction *, Instruction *, unsigned>;

    /// What an attempt has found out. What turns out to be wrong is forgotten again.
    class Findings {
        DenseSet<Pair> known;
        SmallVector<std::pair<PHINode *, unsigned>, 8> handedOnOrder;

    public:
        /// Instructions of the first copy, their counterparts, and those's copy, in the order in which they were found.
        SmallVector<Pair, 32> pairs;
        /// By phi: what takes its place in copy k + 1, the value that copy k hands on.
        DenseMap<PHINode *, SmallVector<Value *, 8>> handedOn;

        bool contains(const Pair &pair) const { return known.contains(pair); }

        void add(const Pair &pair) {
            known.insert(pair);
            pairs.push_back(pair);
        }

        void handOn(PHINode *phi, unsigned copy, Value *value) {
            handedOn[phi][copy] = value;
            handedOnOrder.push_back({phi, copy});
        }

        struct Mark {
            size_t pairCount, handedOnCount;
        };

        Mark mark() const { return {pairs.size(), handedOnOrder.size()}; }

        void forget(Mark mark) {
            while (pairs.size() > mark.pairCount) known.erase(pairs.pop_back_val());
            while (handedOnOrder.size() > mark.handedOnCount) {
                auto [phi, copy] = handedOnOrder.pop_back_val();
                handedOn[phi][copy] = nullptr;
            }
        }
    };
    Findings findings;
    LinearFunctions linear;
    /// Comparisons that are left: sums can be matched in many orders.
    unsigned comparisonsLeft = mostComparisons;

    /// A sum (or product...) of the phi and terms, U of each kind in an order of no importance.
    struct Reduction {
        PHINode *phi;
        BinaryOperator *result;
        SmallVector<Value *, 2> firstTerms;
    };
    SmallVector<Reduction, 2> reductions;
    SmallPtrSet<PHINode *, 4> reduced;

    static constexpr unsigned mostCopies = 16;
    static constexpr unsigned mostComparisons = 20'000;

public:
    Rerolling(Loop &loop, ScalarEvolution &evolution)
        : loop(loop), evolution(evolution), body(loop.getHeader()), linear(loop, evolution, inductions) {}

    bool run() {
        if (loop.getNumBlocks() != 1 || !isa<BranchInst>(body->getTerminator())) return false;
        const SCEV *count = evolution.getBackedgeTakenCount(&loop);
        if (!loop.getLoopPreheader() || isa<SCEVCouldNotCompute>(count)) return false;
        unsigned countBits = evolution.getUnsignedRangeMax(count).getActiveBits();
        if (!collect()) return false;
        for (copies = mostCopies; copies > 1; copies--) {
            // As many iterations of the first copy, and one more, can be counted in 64 bits, also with a sign.
            if (countBits + Log2_32_Ceil(copies) > 62) continue;
            findings = Findings();
            reductions.clear();
            reduced.clear();
            linear.forget();
            if (isUnrolled()) {
                commit();
                return true;
            }
        }
        return false;
    }

private:
    bool collect() {
        unsigned position = 0;
        for (Instruction &instruction : *body) {
            positions[&instruction] = position++;
            if (auto *phi = dyn_cast<PHINode>(&instruction)) {
                if (isCounter(phi)) counter = phi;
                else if (auto step = constantStep(phi)) inductions[phi] = *step;
            } else if (auto *store = dyn_cast<StoreInst>(&instruction)) {
                if (!store->isSimple()) return false;
                stores.push_back(store);
            } else if (auto *load = dyn_cast<LoadInst>(&instruction)) {
                if (!load->isSimple()) return false;
            } else if (instruction.mayHaveSideEffects() || instruction.mayReadFromMemory()) {
                return false;
            }
        }
        return true;
    }

    bool isCounter(PHINode *phi) const {
        auto *next = dyn_cast<BinaryOperator>(latchValue(phi));
        if (!phi->hasOneUse() || *phi->user_begin() != next || next->getParent() != body || !next->hasNUses(2))
            return false;
        Value *condition = cast<BranchInst>(body->getTerminator())->getCondition();
        return condition->hasOneUse() && is_contained(next->users(), condition);
    }

    /// The step of a phi that is increased by a constant.
    std::optional<int64_t> constantStep(PHINode *phi) {
        if (!phi->getType()->isIntegerTy() || phi->getType()->getIntegerBitWidth() > 64) return std::nullopt;
        auto *next = dyn_cast<BinaryOperator>(phi->getIncomingValueForBlock(body));
        if (!next || next->getOpcode() != Instruction::Add || next->getOperand(0) != phi) return std::nullopt;
        auto *step = dyn_cast<ConstantInt>(next->getOperand(1));
        if (!step || step->getValue().abs().ugt(uint64_t(LinearFunctions::largestStep))) return std::nullopt;
        return step->getSExtValue();
    }

    Value *latchValue(PHINode *phi) const { return phi->getIncomingValueForBlock(body); }

    // MARK: Matching

    bool isUnrolled() {
        for (auto &[phi, step] : inductions)
            if (step % int64_t(copies)) return false;
        if (stores.size() % copies) return false;
        unsigned storesInCopy = stores.size() / copies;
        for (unsigned copy = copies - 1; copy > 0; copy--)
            for (unsigned number = 0; number < storesInCopy; number++)
                if (!match(stores[number], stores[copy * storesInCopy + number], copy)) return false;
        bool hasRecurrence = false;
        for (PHINode &phi : body->phis()) {
            if (&phi == counter || inductions.count(&phi)) continue;
            hasRecurrence = true;
            if (!matchReduction(&phi) && !matchRecurrence(&phi)) return false;
        }
        if (stores.empty() && !hasRecurrence) return false;
        return areResultsKnown() && isOrderKept() && areSumsKept();
    }

    /// `b` is in copy `copy` what `a` is in the first.
    bool match(Value *a, Value *b, unsigned copy) {
        if (a->getType() != b->getType() || comparisonsLeft == 0) return false;
        comparisonsLeft--;
        if (loop.isLoopInvariant(a)) return a == b;
        auto *phi = dyn_cast<PHINode>(a);
        if (phi && !inductions.count(phi)) return handsOn(phi, b, copy);
        auto *first = cast<Instruction>(a);
        auto *other = dyn_cast<Instruction>(b);
        if (!other || other->getParent() != body) return false;
        if (findings.contains({first, other, copy})) return true;
        if (stepsAlike(first, other, copy)) return true;
        if (phi || isa<PHINode>(other) || first == other || !first->isSameOperationAs(other)) return false;
        auto before = findings.mark();
        findings.add({first, other, copy});
        bool matches = true;
        for (unsigned operand = 0; matches && operand < first->getNumOperands(); operand++)
            matches = match(first->getOperand(operand), other->getOperand(operand), copy);
        if (matches) return true;
        findings.forget(before);
        if (!first->isCommutative() || first->getNumOperands() != 2) return false;
        findings.add({first, other, copy});
        if (match(first->getOperand(0), other->getOperand(1), copy)
            && match(first->getOperand(1), other->getOperand(0), copy))
            return true;
        findings.forget(before);
        return false;
    }

    /// In copy `copy`, `value` is used where the first copy uses the phi.
    bool handsOn(PHINode *phi, Value *value, unsigned copy) {
        auto &values = findings.handedOn[phi];
        values.resize(copies);
        if (values[copy - 1]) return values[copy - 1] == value;
        findings.handOn(phi, copy - 1, value);
        return true;
    }

    /// Both step by the same amount, and the other is as far ahead as its copy has to be.
    bool stepsAlike(Instruction *first, Instruction *other, unsigned copy) {
        // Asked before LLVM's analysis, which is expensive: most values that are compared are no linear functions at
        // all.
        std::optional<int64_t> exact = linear.step(first);
        if (!exact || *exact % int64_t(copies) || !evolution.isSCEVable(first->getType())) return false;
        auto *sequence = dyn_cast<SCEVAddRecExpr>(evolution.getSCEV(first));
        if (!sequence || sequence->getLoop() != &loop || !sequence->isAffine()) return false;
        auto *step = dyn_cast<SCEVConstant>(sequence->getStepRecurrence(evolution));
        if (!step || step->getAPInt().getSignificantBits() > 31 || *exact != step->getAPInt().getSExtValue())
            return false;
        auto *distance = dyn_cast<SCEVConstant>(evolution.getMinusSCEV(evolution.getSCEV(other), sequence));
        if (!distance || distance->getAPInt().getSignificantBits() > 63
            || distance->getAPInt().getSExtValue() != *exact / int64_t(copies) * int64_t(copy))
            return false;
        linear.note(first);
        return true;
    }

    // MARK: Values that iterations hand on

    /// The phi's next value is computed in each copy from that of the copy before.
    bool matchRecurrence(PHINode *phi) {
        auto *last = dyn_cast<Instruction>(latchValue(phi));
        if (!last || last->getParent() != body || isa<PHINode>(last)) return false;
        auto known = findings.handedOn.find(phi);
        Value *first = known == findings.handedOn.end() ? nullptr : known->second[0];
        if (first) return matchChain(phi, first, last);
        for (Instruction &candidate : *body) {
            if (candidate.getOpcode() != last->getOpcode() || candidate.getType() != last->getType()
                || &candidate == last)
                continue;
            auto before = findings.mark();
            if (matchChain(phi, &candidate, last)) return true;
            findings.forget(before);
        }
        return false;
    }

    bool matchChain(PHINode *phi, Value *first, Value *last) {
        if (!handsOn(phi, last, copies)) return false;
        for (unsigned copy = copies - 1; copy > 0; copy--) {
            Value *value = findings.handedOn[phi][copy];
            if (!value || !match(first, value, copy)) return false;
        }
        return findings.handedOn[phi][0] == first;
    }

    /// The phi's next value is an integer sum (or product...) of it and terms that come U at a time.
    bool matchReduction(PHINode *phi) {
        auto *result = dyn_cast<BinaryOperator>(latchValue(phi));
        if (!result || !result->getType()->isIntegerTy() || !result->isAssociative() || !result->isCommutative()
            || result->getParent() != body || !phi->hasOneUse())
            return false;
        SmallVector<Value *, 16> terms, work{result->getOperand(0), result->getOperand(1)};
        bool reachesPhi = false;
        while (!work.empty()) {
            Value *value = work.pop_back_val();
            auto *inner = dyn_cast<BinaryOperator>(value);
            if (value == phi) {
                reachesPhi = true;
            } else if (
                inner && inner->getOpcode() == result->getOpcode() && inner->hasOneUse()
                && inner->getParent() == body) {
                work.append({inner->getOperand(0), inner->getOperand(1)});
            } else {
                terms.push_back(value);
            }
        }
        if (!reachesPhi || terms.empty() || terms.size() % copies) return false;
        auto before = findings.mark();
        Reduction reduction{phi, result, SmallVector<Value *, 2>()};
        while (!terms.empty()) {
            auto first = find_if(terms, [&](Value *term) { return takeCounterparts(term, terms); });
            // takeCounterparts() left the first term for us to remove.
            if (first == terms.end()) {
                findings.forget(before);
                return false;
            }
            reduction.firstTerms.push_back(*first);
            SmallVector<Value *, 16> rest;
            for (Value *term : terms)
                if (term && term != *first) rest.push_back(term);
            if (rest.size() + copies != terms.size()) {
                findings.forget(before);
                return false;
            }
            terms = rest;
        }
        reductions.push_back(reduction);
        reduced.insert(phi);
        return true;
    }

    /// Finds the counterparts of a term in all other copies and clears their places; all or none.
    bool takeCounterparts(Value *first, SmallVectorImpl<Value *> &terms) {
        if (!first || loop.isLoopInvariant(first)) return false;
        auto before = findings.mark();
        SmallVector<Value **, 16> taken;
        for (unsigned copy = 1; copy < copies; copy++) {
            auto place = find_if(terms, [&](Value *&term) {
                return term && term != first && !is_contained(taken, &term) && match(first, term, copy);
            });
            if (place == terms.end()) {
                findings.forget(before);
                return false;
            }
            taken.push_back(place);
        }
        for (Value **place : taken) *place = nullptr;
        return true;
    }

    // MARK: What must not change

    /// After the loop only what iterations hand on is used.
    bool areResultsKnown() {
        for (Instruction &instruction : *body)
            for (User *user : instruction.users()) {
                if (loop.contains(cast<Instruction>(user))) continue;
                bool isHandedOn = any_of(body->phis(), [&](PHINode &phi) { return latchValue(&phi) == &instruction; });
                if (!isHandedOn) return false;
            }
        return true;
    }

    /// An `or` that a linear function takes for a sum is none in any copy.
    bool areSumsKept() {
        linear.findParts();
        return none_of(findings.pairs, [&](const Pair &pair) { return linear.addsWithOr(std::get<0>(pair)); });
    }

    bool isOrderKept() {
        SmallVector<std::tuple<LoadInst *, LoadInst *, unsigned>, 16> loads;
        SmallPtrSet<LoadInst *, 16> firsts;
        for (auto &[first, other, copy] : findings.pairs)
            if (auto *load = dyn_cast<LoadInst>(first)) {
                loads.push_back({load, cast<LoadInst>(other), copy});
                if (firsts.insert(load).second) loads.push_back({load, load, 0});
            }
        unsigned storesInCopy = stores.size() / copies;
        for (auto &[first, load, copy] : loads)
            for (unsigned number = 0; number < stores.size(); number++) {
                unsigned storeCopy = number / storesInCopy;
                bool isBefore = positions[load] < positions[stores[number]];
                bool staysBefore =
                    copy != storeCopy ? copy < storeCopy : positions[first] < positions[stores[number % storesInCopy]];
                if (isBefore != staysBefore && mayOverlap(load, stores[number])) return false;
            }
        return true;
    }

    /// In one iteration.
    bool mayOverlap(LoadInst *load, StoreInst *store) {
        const DataLayout &layout = body->getDataLayout();
        auto *distance = dyn_cast<SCEVConstant>(evolution.getMinusSCEV(
            evolution.getSCEV(load->getPointerOperand()), evolution.getSCEV(store->getPointerOperand())));
        if (!distance) return true;
        int64_t bytes = distance->getAPInt().getSExtValue();
        int64_t loadSize = layout.getTypeStoreSize(load->getType());
        int64_t storeSize = layout.getTypeStoreSize(store->getValueOperand()->getType());
        return bytes < storeSize && -bytes < loadSize;
    }

    // MARK: The smaller body

    void commit() {
        BasicBlock *preheader = loop.getLoopPreheader();
        Type *i64 = Type::getInt64Ty(body->getContext());
        SCEVExpander expander(evolution, "wasmc");
        const SCEV *count = evolution.getTruncateOrZeroExtend(evolution.getBackedgeTakenCount(&loop), i64);
        count = evolution.getMulExpr(
            evolution.getAddExpr(count, evolution.getOne(i64)), evolution.getConstant(i64, copies));
        Value *total = expander.expandCodeFor(count, i64, preheader->getTerminator());

        for (auto &[first, other, copy] : findings.pairs) first->andIRFlags(other);
        linear.forgetFlags();
        auto *branch = cast<BranchInst>(body->getTerminator());
        IRBuilder<> builder(branch);
        for (PHINode &phi : body->phis()) {
            if (&phi == counter) continue;
            auto *last = cast<Instruction>(latchValue(&phi));
            Value *next = nullptr;
            auto induction = inductions.find(&phi);
            if (induction != inductions.end()) {
                // What does not wrap in one step does not in a part of it. Unsigned, a step down is a long way up.
                auto *old = cast<BinaryOperator>(last);
                next = builder.CreateAdd(
                    &phi, ConstantInt::getSigned(phi.getType(), induction->second / int64_t(copies)), "",
                    old->hasNoUnsignedWrap() && induction->second > 0, old->hasNoSignedWrap());
            } else if (reduced.contains(&phi)) {
                next = &phi;
                for (const Reduction &reduction : reductions) {
                    if (reduction.phi != &phi) continue;
                    for (Value *term : reduction.firstTerms)
                        next = builder.CreateBinOp(reduction.result->getOpcode(), next, term);
                }
            } else {
                next = findings.handedOn[&phi][0];
            }
            last->replaceUsesOutsideBlock(next, body);
            phi.setIncomingValueForBlock(body, next);
        }
        linear.addInPlaceOfOr();
        unsigned storesInCopy = stores.size() / copies;
        for (StoreInst *store : drop_begin(stores, storesInCopy)) store->eraseFromParent();

        countIterations(loop, total);
        if (counter) RecursivelyDeleteDeadPHINode(counter);
        for (Instruction &instruction : make_early_inc_range(reverse(*body)))
            if (isInstructionTriviallyDead(&instruction)) instruction.eraseFromParent();
        evolution.forgetLoop(&loop);
    }
};

}

void countIterations(Loop &loop, Value *total) {
    BasicBlock *header = loop.getHeader(), *latch = loop.getLoopLatch();
    Type *i64 = total->getType();
    auto *branch = cast<BranchInst>(latch->getTerminator());
    PHINode *counter = PHINode::Create(i64, 2, "", header->begin());
    IRBuilder<> builder(branch);
    Value *next = builder.CreateAdd(counter, ConstantInt::get(i64, 1), "", true, true);
    counter->addIncoming(ConstantInt::get(i64, 0), loop.getLoopPreheader());
    counter->addIncoming(next, latch);
    bool goesOnIfTrue = branch->getSuccessor(0) == header;
    branch->setCondition(goesOnIfTrue ? builder.CreateICmpNE(next, total) : builder.CreateICmpEQ(next, total));
}

bool rerollLoop(Loop &loop, ScalarEvolution &evolution) { return Rerolling(loop, evolution).run(); }

}
