// Stores that overlap with those of the next iteration, or whose addresses fall while their widths differ: LLVM's
// vectoriser writes them in another order than the loop does.
//
//     for (p = 0; p < n; p++)          ; four bytes each, one byte further each time
//         store i32 x, p
//
// Invariant: of a loop that passes this test, each store's bytes are all after those of the store before, or all
// before them; or all stores have one width.
//
// VectorizerFaults.cpp relies on it.

#include "VectorizerFaults.h"

#include "Mends.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {

bool storesOverlap(Loop &loop, ScalarEvolution &evolution) {
    if (!isMended("stores")) return false;
    SmallSet<uint64_t, 4> sizes;
    bool fall = false;
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block) {
            auto *store = dyn_cast<StoreInst>(&instruction);
            if (!store) continue;
            uint64_t size =
                store->getDataLayout().getTypeStoreSize(store->getValueOperand()->getType()).getFixedValue();
            sizes.insert(size);
            Value *address = store->getPointerOperand();
            while (auto *place = dyn_cast<GetElementPtrInst>(address)) {
                address = place->getPointerOperand();
                Value *index = place->getOperand(place->getNumOperands() - 1);
                if (!index->getType()->isIntegerTy() || index->getType()->getIntegerBitWidth() < 32) continue;
                Type *i32 = Type::getInt32Ty(store->getContext());
                auto *sequence = dyn_cast<SCEVAddRecExpr>(evolution.getTruncateOrNoop(evolution.getSCEV(index), i32));
                auto *step = sequence && sequence->getLoop() == &loop
                    ? dyn_cast<SCEVConstant>(sequence->getStepRecurrence(evolution))
                    : nullptr;
                // Of an array, indices count elements.
                uint64_t scale = place->getDataLayout().getTypeAllocSize(place->getSourceElementType());
                if (step && step->getAPInt().abs().getZExtValue() * scale < size) return true;
                fall |= step && step->getAPInt().isNegative();
            }
        }
    return fall && sizes.size() > 1;
}

}
