// Deep expressions: LLVM's analyses recurse through what a value is calculated from, in frames of up to 4 KB. 20,000
// products and sums in a row took more than 64 MiB of stack, and minutes. None of them looks through memory: a value
// that so many others are needed for goes through the stack.
//
//     %4000 = mul %3999, %x                    %4000 = mul %3999, %x
//     %4001 = add %4000, %x                    store volatile %4000, %slot
//                                              %again = load volatile %slot
//                                              %4001 = add %again, %x
//
// Invariant: a value is loaded as it was stored, in the same block; nothing else has the slot's address.
//
// Every pass after it relies on it for its stack and its time.

#include "Checks/BoundsCheck.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Mem2Reg.h"

using namespace llvm;

namespace wasmc {
namespace {

bool isPartOfExpression(const Instruction &instruction) {
    if (instruction.getType()->isVoidTy() || instruction.isTerminator()) return false;
    if (isa<CallBase>(instruction)) return !instruction.mayReadOrWriteMemory();
    return !isa<PHINode, LoadInst, AllocaInst>(instruction);
}

}

PreservedAnalyses DeepExpressionPass::run(Function &function, FunctionAnalysisManager &analyses) {
    if (function.getInstructionCount() < deepestExpression) return PreservedAnalyses::all();
    // Expressions go on through locals.
    PromotePass().run(function, analyses);
    DenseMap<const Value *, unsigned> depths;
    SmallVector<Instruction *, 0> ends;
    for (BasicBlock *block : ReversePostOrderTraversal<Function *>(&function))
        for (Instruction &instruction : *block) {
            if (!isPartOfExpression(instruction)) continue;
            unsigned depth = 1;
            for (Value *operand : instruction.operands()) depth = std::max(depth, depths.lookup(operand) + 1);
            // Conditions and addresses stay where our own passes know them.
            Type *type = instruction.getType();
            bool isNumber = !type->isPointerTy() && !type->isIntegerTy(1);
            if (depth < deepestExpression || !isNumber) depths[&instruction] = depth;
            else ends.push_back(&instruction);
        }
    for (Instruction *end : ends) passThroughStack(*end);
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
