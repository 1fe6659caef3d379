// Check lowering: the opaque calls that lowering writes for checks and polls become comparisons and branches.
//
//     br in_bounds(index, 4, size, ...), next, trap      end = add nuw nsw index, 4
//                                                        br (end <= size), next, trap
//     br has_fuel(left), next, stop                      br (left >= 0), next, stop
//     br not_interrupted(requests, ...), next, stop      r = load volatile requests
//                                                        br (r == 0), next, ask
//                                                      ask:
//                                                        br may_go_on(instance), next, stop
//
// Invariant: the comparison is true exactly where the call is defined to be. Index and byte count are below 2^33 each,
// so that their sum does not wrap.
//
// Code generation relies on it, for it knows none of these calls; containment reads the comparisons as facts.

#include "Checks/BoundsCheck.h"
#include "Loops/LoopCharges.h"

#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llvm;

namespace wasmc {

namespace {

Value *meaning(const BoundsCheck &check, IRBuilder<> &builder) {
    if (check.isOfArray() && check.constantByteCount() == 1)
        return builder.CreateICmpULT(check.index(), check.memorySize());
    // Index and byte count are below 2^33 each.
    Value *end = builder.CreateAdd(check.index(), check.byteCount(), "", true, true);
    return builder.CreateICmpULE(end, check.memorySize());
}

/// Nothing is added to an index that may be any number.
Value *wideMeaning(const BoundsCheck &check, IRBuilder<> &builder) {
    auto byteCount = check.constantByteCount();
    bool isKnown = byteCount && *byteCount <= check.minimumSize();
    Value *last = builder.CreateSub(check.memorySize(), check.byteCount(), "", isKnown, isKnown);
    Value *isInside = builder.CreateICmpULE(check.index(), last);
    if (isKnown) return isInside;
    return builder.CreateLogicalAnd(builder.CreateICmpULE(check.byteCount(), check.memorySize()), isInside);
}

/// Asks what is to be done about requests.
CallInst *ask(CallInst *poll, Instruction *before) {
    IRBuilder<> builder(before);
    auto *mayGoOn = cast<Function>(poll->getArgOperand(2));
    CallInst *answer = builder.CreateCall(mayGoOn, {poll->getArgOperand(1)});
    answer->setCallingConv(mayGoOn->getCallingConv());
    answer->addFnAttr(Attribute::Cold);
    answer->addFnAttr(Attribute::NoUnwind);
    // The guest sees nothing of what happens meanwhile.
    answer->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    return answer;
}

/// Looks every time, because another thread makes the requests, and asks only if there are any.
void lower(CallInst *poll) {
    IRBuilder<> builder(poll);
    Value *requests = builder.CreateLoad(builder.getInt32Ty(), poll->getArgOperand(0), true);
    Value *isNone = builder.CreateICmpEQ(requests, builder.getInt32(0));
    BasicBlock *block = poll->getParent();
    MDBuilder weights(poll->getContext());
    auto *branch = dyn_cast<BranchInst>(block->getTerminator());
    if (!branch || !branch->isConditional() || branch->getCondition() != poll || !poll->hasOneUse()) {
        Instruction *end = SplitBlockAndInsertIfThen(
            builder.CreateNot(isNone), poll->getIterator(), false, weights.createUnlikelyBranchWeights());
        CallInst *answer = ask(poll, end);
        builder.SetInsertPoint(poll);
        PHINode *goesOn = builder.CreatePHI(builder.getInt1Ty(), 2);
        goesOn->addIncoming(builder.getTrue(), block);
        goesOn->addIncoming(answer, end->getParent());
        poll->replaceAllUsesWith(goesOn);
    } else {
        // The usual case, without a truth value that code would have to keep.
        BasicBlock *next = branch->getSuccessor(0), *stop = branch->getSuccessor(1);
        auto *asked = BasicBlock::Create(poll->getContext(), "", block->getParent(), stop);
        auto *decision = BranchInst::Create(next, stop, isNone, asked);
        decision->setCondition(ask(poll, decision));
        decision->setDebugLoc(branch->getDebugLoc());
        for (PHINode &phi : next->phis()) phi.addIncoming(phi.getIncomingValueForBlock(block), asked);
        stop->replacePhiUsesWith(block, asked);
        branch->setSuccessor(1, asked);
        branch->setCondition(isNone);
        branch->setMetadata(LLVMContext::MD_prof, weights.createLikelyBranchWeights());
    }
    poll->eraseFromParent();
}

}

PreservedAnalyses CheckLoweringPass::run(Function &function, FunctionAnalysisManager &analyses) {
    SmallVector<BoundsCheck, 32> checks;
    for (Instruction &instruction : instructions(function))
        if (auto check = BoundsCheck::from(&instruction)) checks.push_back(*check);
    analyses.getResult<OptimizationRemarkEmitterAnalysis>(function).emit([&] {
        OptimizationRemark remark("wasmc", "ChecksLeft", DebugLoc(), &function.getEntryBlock());
        return remark << std::to_string(checks.size());
    });
    for (const BoundsCheck &check : checks) {
        IRBuilder<> builder(check.call());
        check.call()->replaceAllUsesWith(check.isWide() ? wideMeaning(check, builder) : meaning(check, builder));
        check.call()->eraseFromParent();
    }
    bool changed = !checks.empty();
    SmallVector<CallInst *, 8> polls;
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        if (CallInst *poll = asPoll(&instruction)) polls.push_back(poll);
        IRBuilder<> builder(&instruction);
        Value *meaning = nullptr;
        if (CallInst *check = asFuelCheck(&instruction)) {
            meaning = builder.CreateICmpSGE(check->getArgOperand(0), builder.getInt64(0));
        } else {
            continue;
        }
        instruction.replaceAllUsesWith(meaning);
        instruction.eraseFromParent();
        changed = true;
    }
    for (CallInst *poll : polls) lower(poll);
    changed |= !polls.empty();
    return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
