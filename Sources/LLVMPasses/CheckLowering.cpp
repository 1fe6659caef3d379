#include "BoundsCheck.h"

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
    return checks.empty() ? PreservedAnalyses::all() : PreservedAnalyses::none();
}

}
