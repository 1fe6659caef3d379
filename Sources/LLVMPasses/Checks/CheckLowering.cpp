#include "Checks/BoundsCheck.h"
#include "Loops/LoopCharges.h"

#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"

using namespace llvm;

namespace wasmc {

PreservedAnalyses CheckLoweringPass::run(Function &function, FunctionAnalysisManager &analyses) {
    SmallVector<BoundsCheck, 32> checks;
    for (Instruction &instruction : instructions(function))
        if (auto check = BoundsCheck::from(&instruction)) checks.push_back(*check);
    analyses.getResult<OptimizationRemarkEmitterAnalysis>(function).emit([&] {
        return OptimizationRemark("wasmc", "ChecksLeft", DebugLoc(), &function.getEntryBlock()) << std::to_string(checks.size());
    });
    for (const BoundsCheck &check : checks) {
        IRBuilder<> builder(check.call());
        // Index and byte count are below 2^33 each.
        Value *end = builder.CreateAdd(check.index(), check.byteCount(), "", true, true);
        check.call()->replaceAllUsesWith(builder.CreateICmpULE(end, check.memorySize()));
        check.call()->eraseFromParent();
    }
    bool changed = !checks.empty();
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        IRBuilder<> builder(&instruction);
        Value *meaning = nullptr;
        if (CallInst *check = asPointsCheck(&instruction)) {
            meaning = builder.CreateICmpSGE(check->getArgOperand(0), builder.getInt64(0));
        } else if (CallInst *poll = asPoll(&instruction)) {
            // Another thread sets the flag: code must look every time.
            Value *flag = builder.CreateLoad(builder.getInt32Ty(), poll->getArgOperand(0), true);
            meaning = builder.CreateICmpEQ(flag, builder.getInt32(0));
        } else {
            continue;
        }
        instruction.replaceAllUsesWith(meaning);
        instruction.eraseFromParent();
        changed = true;
    }
    return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
