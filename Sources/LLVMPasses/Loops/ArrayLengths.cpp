// Invariant: a length is loaded before the loop only where the first iteration would load it, unless a check of bounds,
// fuel or an interruption left the loop first: none of these tells whether a reference is null, or of which type.

#include "Loops/ArrayLengths.h"

#include "AliasRegion.h"
#include "Checks/BoundsCheck.h"
#include "Loops/LoopCharges.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace wasmc {

LoadInst *ArrayLengths::loadOf(Value *length) {
    auto *wide = dyn_cast<ZExtInst>(length);
    return dyn_cast<LoadInst>(wide ? wide->getOperand(0) : length);
}

bool ArrayLengths::isWritten() const {
    auto mayWrite = [](Instruction &instruction) {
        if (BoundsCheck::from(&instruction) || asFuelCheck(&instruction) || asPoll(&instruction)) return false;
        bool isMarked = isToLinearMemory(instruction) || isToHeap(instruction) || isToFuel(instruction);
        return instruction.mayWriteToMemory() && (!isMarked || isToArrayLength(instruction));
    };
    return any_of(loop.blocks(), [&](BasicBlock *block) { return any_of(*block, mayWrite); });
}

bool ArrayLengths::add(Value *length) {
    LoadInst *load = loadOf(length);
    // Nothing stands before it but what leaves the loop.
    bool isInEachIteration = load && load->isSimple() && isToArrayLength(*load)
        && loop.isLoopInvariant(load->getPointerOperand())
        && dominators.dominates(load->getParent(), loop.getLoopLatch());
    if (!isInEachIteration || isWritten()) return false;
    lengths.insert(length);
    return true;
}

void ArrayLengths::load(Instruction *before) {
    IRBuilder<> builder(before);
    for (Value *length : lengths) {
        Instruction *load = loadOf(length)->clone();
        builder.Insert(load);
        hoisted[length] = builder.CreateZExt(load, length->getType());
    }
}

Value *ArrayLengths::loaded(Value *size) const {
    Value *length = hoisted.lookup(size);
    return length ? length : size;
}

void ArrayLengths::replaceCopies(ValueToValueMapTy &map) const {
    for (Value *length : lengths) ((Value *)map[length])->replaceAllUsesWith(hoisted.lookup(length));
}

}
