// Accesses that LLVM 22's vectoriser takes for independent, and that are not. It says so where their distance is more
// than all iterations step over together, and forgets the bytes of the last access. Where accesses are aligned,
// distances are multiples of the step, and it is right; WebAssembly's need not be.
//
//     for (i = 0; i < 64; i += 4) {    ; 16 steps of 4
//         store i32, a + i - 63        ; the last one reaches into what
//         load i32, a + i              ; the first one loads
//     }
//
// Invariant: a loop that passes this test may be given to the vectoriser. What is asked here is what LLVM's
// isSafeDependenceDistance asks, and then whether the bytes fit in, too.
//
// VectorizerFaults.cpp relies on it.

#include "VectorizerFaults.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {
namespace {

struct Access {
    const SCEVAddRecExpr *places;
    uint64_t step, byteCount;
    bool writes;
};

std::optional<Access> access(Instruction &instruction, const Loop &loop, PredicatedScalarEvolution &evolution) {
    Value *pointer = getLoadStorePointerOperand(&instruction);
    auto *places = pointer ? evolution.getAsAddRec(pointer) : nullptr;
    if (!places || places->getLoop() != &loop || !places->isAffine()) return std::nullopt;
    auto *step = dyn_cast<SCEVConstant>(places->getStepRecurrence(*evolution.getSE()));
    if (!step) return std::nullopt;
    uint64_t byteCount = instruction.getDataLayout().getTypeStoreSize(getLoadStoreType(&instruction)).getFixedValue();
    return Access{places, step->getAPInt().abs().getZExtValue(), byteCount, isa<StoreInst>(instruction)};
}

/// More pairs than this are not looked at.
constexpr size_t mostAccesses = 200;

/// What all iterations step over together, as LLVM has it: in the type of their number, where it may wrap.
const SCEV *narrowProduct(const SCEV *count, uint64_t step, ScalarEvolution &evolution) {
    unsigned width = evolution.getTypeSizeInBits(count->getType());
    return evolution.getMulExpr(count, evolution.getConstant(APInt(64, step).zextOrTrunc(width)));
}

/// The distance is known to be more than `all` as LLVM has it, and not known to leave room for the bytes.
bool reaches(const SCEV *distance, const SCEV *count, uint64_t step, uint64_t byteCount, ScalarEvolution &evolution) {
    Type *wide = evolution.getWiderType(distance->getType(), count->getType());
    distance = evolution.getNoopOrSignExtend(distance, wide);
    const SCEV *all = evolution.getNoopOrZeroExtend(narrowProduct(count, step, evolution), wide);
    if (!evolution.isKnownPositive(evolution.getMinusSCEV(distance, all))) return false;
    const SCEV *truly =
        evolution.getMulExpr(evolution.getNoopOrZeroExtend(count, wide), evolution.getConstant(wide, step));
    const SCEV *rest = evolution.getMinusSCEV(distance, truly);
    return !evolution.isKnownNonNegative(evolution.getMinusSCEV(rest, evolution.getConstant(wide, byteCount)));
}

}

bool endsOverlap(Loop &loop, ScalarEvolution &evolution) {
    // Knows what holds under conditions that the vectoriser would test before the loop.
    PredicatedScalarEvolution predicated(evolution, loop);
    const SCEV *count = predicated.getSymbolicMaxBackedgeTakenCount();
    if (isa<SCEVCouldNotCompute>(count)) return false;
    SmallVector<Access, 16> accesses;
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block)
            if (auto found = access(instruction, loop, predicated)) accesses.push_back(*found);
    if (accesses.size() > mostAccesses) return true;
    for (const Access &a : accesses)
        for (const Access &b : accesses) {
            if (!a.writes || &a == &b) continue;
            const SCEV *distance = evolution.getMinusSCEV(b.places, a.places);
            uint64_t step = std::max(a.step, b.step), byteCount = std::max(a.byteCount, b.byteCount);
            auto *constant = dyn_cast<SCEVConstant>(distance);
            if (isa<SCEVCouldNotCompute>(distance) || step == 0) continue;
            if (constant && byteCount <= step && constant->getAPInt().abs().urem(step) == 0) continue;
            if (reaches(distance, count, step, byteCount, evolution)
                || reaches(evolution.getNegativeSCEV(distance), count, step, byteCount, evolution))
                return true;
        }
    return false;
}

}
