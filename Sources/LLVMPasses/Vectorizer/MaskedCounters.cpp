// Counters of different widths in one loop. LLVM's vectoriser takes each for a counter that does not wrap, on
// conditions that it tests before the loop; and LLVM 22 takes the condition for the wider one to imply that for the
// narrower one, which it does not test then (SCEVWrapPredicate::implies; llvm-project issues 191382 and 215690). That
// is so for two of one kind: extended with zeros, or with signs.
//
//     for (i = 0; i < n; i++)
//         a[i & 255] ^= b[i & 7];      ; counters of 8 and of 3 bits, both extended to 64
//
// Invariant: in a loop that passes this test all conditions of a kind are about one width, and there LLVM is right.
//
// VectorizerFaults.cpp relies on it.

#include "VectorizerFaults.h"

#include "Mends.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {
namespace {

/// The widths of what is extended, and whether there are different ones. Expressions have their conditions from any
/// part.
class Widths {
    const Loop &loop;
    SmallSet<unsigned, 4> unsignedWidths, signedWidths;
    SmallPtrSet<const SCEV *, 32> seen;

    /// A counter, or a phi that LLVM may take for one.
    bool counts(const SCEV *expression) const {
        return SCEVExprContains(expression, [&](const SCEV *part) {
            auto *sequence = dyn_cast<SCEVAddRecExpr>(part);
            auto *unknown = dyn_cast<SCEVUnknown>(part);
            auto *phi = unknown ? dyn_cast<PHINode>(unknown->getValue()) : nullptr;
            return (sequence && sequence->getLoop() == &loop) || (phi && phi->getParent() == loop.getHeader());
        });
    }

public:
    explicit Widths(const Loop &loop) : loop(loop) {}

    /// What the vectoriser would test before the loop.
    void add(const SCEVPredicate *condition) {
        if (auto *all = dyn_cast<SCEVUnionPredicate>(condition))
            for (const SCEVPredicate *part : all->getPredicates()) add(part);
        auto *wraps = dyn_cast<SCEVWrapPredicate>(condition);
        if (!wraps || !wraps->getExpr()->getType()->isIntegerTy()) return;
        unsigned width = wraps->getExpr()->getType()->getIntegerBitWidth();
        if (wraps->getFlags() & SCEVWrapPredicate::IncrementNUSW) unsignedWidths.insert(width);
        if (wraps->getFlags() & SCEVWrapPredicate::IncrementNSSW) signedWidths.insert(width);
    }

    bool differ() const { return unsignedWidths.size() > 1 || signedWidths.size() > 1; }

    void add(const SCEV *expression) {
        if (isa<SCEVCouldNotCompute>(expression) || !seen.insert(expression).second) return;
        auto *extension = dyn_cast<SCEVCastExpr>(expression);
        if (extension && isa<SCEVZeroExtendExpr, SCEVSignExtendExpr>(extension) && counts(extension->getOperand()))
            (isa<SCEVSignExtendExpr>(extension) ? signedWidths : unsignedWidths)
                .insert(extension->getOperand()->getType()->getScalarSizeInBits());
        for (const SCEV *part : expression->operands()) add(part);
    }
};

}

bool masksDiffer(Loop &loop, ScalarEvolution &evolution) {
    if (!isMended("masks")) return false;
    Widths widths(loop);
    SmallVector<const SCEVPredicate *, 4> conditions;
    widths.add(evolution.getPredicatedSymbolicMaxBackedgeTakenCount(&loop, conditions));
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block)
            if (Value *address = getLoadStorePointerOperand(&instruction)) widths.add(evolution.getSCEV(address));
    for (PHINode &phi : loop.getHeader()->phis()) {
        auto *unknown = evolution.isSCEVable(phi.getType()) ? dyn_cast<SCEVUnknown>(evolution.getSCEV(&phi)) : nullptr;
        auto counter =
            unknown && phi.getType()->isIntegerTy() ? evolution.createAddRecFromPHIWithCasts(unknown) : std::nullopt;
        if (counter) append_range(conditions, counter->second);
    }
    for (const SCEVPredicate *condition : conditions) widths.add(condition);
    return widths.differ();
}

}
