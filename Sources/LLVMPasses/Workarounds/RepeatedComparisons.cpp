// Where one value is compared with thousands, as the size of a memory is with the ends of accesses, LLVM's
// CodeGenPrepare goes through all users of the value for each `a < b` or `b > a`: it looks for a subtraction a - b that
// makes the comparison, too. It looks for none where the comparison is the opposite one:
//
//     %out = icmp ugt i64 %end, %size                  %in = icmp ule i64 %end, %size
//     br i1 %out, label %trap, label %next       =>    br i1 %in, label %next, label %trap
//
// Invariant: each branch goes where it went; the condition and the order of its two targets change together.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Checks/BoundsCheck.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {
namespace {

/// Whose users LLVM goes through; null for comparisons of other kinds.
const Value *searchedOperand(const ICmpInst &comparison) {
    const Value *less = comparison.getOperand(0), *more = comparison.getOperand(1);
    if (comparison.getPredicate() == ICmpInst::ICMP_UGT) std::swap(less, more);
    else if (comparison.getPredicate() != ICmpInst::ICMP_ULT) return nullptr;
    return isa<Constant>(less) ? more : less;
}

bool decidesBranchesOnly(const ICmpInst &comparison) {
    return all_of(comparison.users(), [](const User *user) { return isa<BranchInst>(user); });
}

}

PreservedAnalyses RepeatedComparisonPass::run(Function &function, FunctionAnalysisManager &) {
    bool changed = false;
    for (Instruction &instruction : instructions(function)) {
        auto *comparison = dyn_cast<ICmpInst>(&instruction);
        const Value *searched = comparison ? searchedOperand(*comparison) : nullptr;
        if (!searched || isa<Constant>(searched) || !searched->hasNUsesOrMore(mostUses + 1)
            || !decidesBranchesOnly(*comparison))
            continue;
        comparison->setPredicate(comparison->getInversePredicate());
        for (User *user : comparison->users()) cast<BranchInst>(user)->swapSuccessors();
        changed = true;
    }
    return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
