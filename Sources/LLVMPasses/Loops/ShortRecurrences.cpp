// Min/max recurrences, reassociated: the least or greatest of the last iteration's value and of others takes the former
// last, so that iterations wait for less of each other. Dynamic programming consists of such loops.
//
//     last = min(min(last, a) + 1, b)          last = min(last + 1, min(a + 1, b))
//
// Invariant: the value is the same. The sum is distributed only where neither of its two new forms wraps.
//
// Nothing relies on it but speed.

#include "Checks/BoundsCheck.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/SimplifyQuery.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

/// min(min(last, other) + distance, rest), in any order of operands; the addition may be missing.
struct Recurrence {
    MinMaxIntrinsic *outer, *inner;
    BinaryOperator *sum = nullptr;
    Value *last, *other, *rest;

    /// Made of a header's phi by changes of width only.
    static bool comesFrom(Value *value, PHINode &phi) {
        Value *operand;
        while (match(value, m_ZExt(m_Value(operand))) || match(value, m_Trunc(m_Value(operand)))
               || match(value, m_And(m_Value(operand), m_ConstantInt())))
            value = operand;
        return value == &phi;
    }

    static std::optional<Recurrence> from(PHINode &phi, Value *next) {
        auto *outer = dyn_cast<MinMaxIntrinsic>(next);
        for (unsigned side = 0; outer && side < 2; side++) {
            Recurrence found;
            Value *argument = outer->getArgOperand(side);
            found.outer = outer;
            found.rest = outer->getArgOperand(1 - side);
            if (!argument->hasOneUse()) continue;
            if (match(argument, m_Add(m_Value(), m_ConstantInt()))) {
                found.sum = cast<BinaryOperator>(argument);
                argument = found.sum->getOperand(0);
            }
            found.inner = dyn_cast<MinMaxIntrinsic>(argument);
            if (!found.inner || !found.inner->hasOneUse() || found.inner->getIntrinsicID() != outer->getIntrinsicID())
                continue;
            bool isFirst = comesFrom(found.inner->getArgOperand(0), phi);
            found.last = found.inner->getArgOperand(isFirst ? 0 : 1);
            found.other = found.inner->getArgOperand(isFirst ? 1 : 0);
            if (comesFrom(found.last, phi)) return found;
        }
        return std::nullopt;
    }

    /// The sum of either operand is the sum of the inner result, if it is taken, only where neither wraps.
    bool mayDistribute(const DataLayout &layout) const {
        if (!sum) return true;
        SimplifyQuery query(layout, sum);
        auto fits = [&](Value *value) {
            auto overflow = outer->isSigned() ? computeOverflowForSignedAdd(value, sum->getOperand(1), query)
                                              : computeOverflowForUnsignedAdd(value, sum->getOperand(1), query);
            return overflow == OverflowResult::NeverOverflows;
        };
        return fits(last) && fits(other);
    }

    void shorten() {
        IRBuilder<> builder(outer);
        auto add = [&](Value *value) { return sum ? builder.CreateAdd(value, sum->getOperand(1)) : value; };
        Value *before = builder.CreateBinaryIntrinsic(outer->getIntrinsicID(), add(other), rest);
        outer->replaceAllUsesWith(builder.CreateBinaryIntrinsic(outer->getIntrinsicID(), add(last), before));
        outer->eraseFromParent();
        if (sum) sum->eraseFromParent();
        inner->eraseFromParent();
    }
};

}

PreservedAnalyses ShortRecurrencePass::run(Function &function, FunctionAnalysisManager &analyses) {
    bool changed = false;
    for (Loop *loop : analyses.getResult<LoopAnalysis>(function).getLoopsInPreorder()) {
        BasicBlock *latch = loop->getLoopLatch();
        if (!loop->isInnermost() || !latch) continue;
        for (PHINode &phi : loop->getHeader()->phis()) {
            auto recurrence = Recurrence::from(phi, phi.getIncomingValueForBlock(latch));
            if (!recurrence || !recurrence->mayDistribute(function.getDataLayout())) continue;
            recurrence->shorten();
            changed = true;
        }
    }
    if (!changed) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
