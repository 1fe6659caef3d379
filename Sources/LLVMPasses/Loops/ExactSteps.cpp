#include "Loops/ExactSteps.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {

std::optional<ExactSteps> ExactSteps::of(Loop &loop, BasicBlock *latch, ScalarEvolution &evolution) {
    auto *comparison = dyn_cast<ICmpInst>(cast<BranchInst>(latch->getTerminator())->getCondition());
    bool goesOnIfTrue = loop.contains(latch->getTerminator()->getSuccessor(0));
    if (!comparison || comparison->getPredicate() != (goesOnIfTrue ? ICmpInst::ICMP_NE : ICmpInst::ICMP_EQ))
        return std::nullopt;
    const SCEV *value = evolution.getSCEV(comparison->getOperand(0)),
               *bound = evolution.getSCEV(comparison->getOperand(1));
    if (evolution.isLoopInvariant(value, &loop)) std::swap(value, bound);
    auto *sequence = dyn_cast<SCEVAddRecExpr>(value);
    if (!sequence || sequence->getLoop() != &loop || !sequence->isAffine() || !evolution.isLoopInvariant(bound, &loop))
        return std::nullopt;
    auto *step = dyn_cast<SCEVConstant>(sequence->getStepRecurrence(evolution));
    if (!step || step->isZero()) return std::nullopt;
    bool isUpward = !step->getAPInt().isNegative();
    const SCEV *size = evolution.getConstant(step->getAPInt().abs());
    const SCEV *distance = isUpward ? evolution.getMinusSCEV(bound, sequence->getStart())
                                    : evolution.getMinusSCEV(sequence->getStart(), bound);
    return ExactSteps{evolution.getUDivExpr(distance, size), evolution.getURemExpr(distance, size)};
}

}
