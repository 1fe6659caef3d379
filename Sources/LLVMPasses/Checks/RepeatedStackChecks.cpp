// Repeated stack checks: a function that was inlined brings its comparison of the stack pointer with the limit along.
// Its frame is a part of its caller's, which has compared it on entry.
//
//     if (stack pointer < limit) stack_check_failed()      if (stack pointer < limit) stack_check_failed()
//     a = load p                                           a = load p
//     if (stack pointer < limit) stack_check_failed()      b = load q
//     b = load q
//
// Invariant: a function's frame does not change while it runs, nor does the limit of its stack, but for requests to
// stop. Each function that calls others still looks for those when it is entered, and loops look by themselves. Only a
// comparison in the entry block, which dominates all others, removes them.
//
// Nothing relies on it but speed.

#include "Checks/BoundsCheck.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

/// Whether it says that the stack pointer as it is, without a frame that is still to come, is below what is loaded.
bool isStackCheck(Instruction &instruction) {
    auto pointer = m_Intrinsic<Intrinsic::read_register>(m_Value());
    return match(&instruction, m_SpecificICmp(ICmpInst::ICMP_ULT, pointer, m_Load(m_Value())))
        || match(&instruction, m_SpecificICmp(ICmpInst::ICMP_UGT, m_Load(m_Value()), pointer));
}

}

PreservedAnalyses RepeatedStackCheckPass::run(Function &function, FunctionAnalysisManager &) {
    BasicBlock &entry = function.getEntryBlock();
    if (none_of(entry, isStackCheck)) return PreservedAnalyses::all();
    SmallVector<Instruction *, 8> checks;
    for (Instruction &instruction : instructions(function))
        if (isStackCheck(instruction)) checks.push_back(&instruction);
    // The entry block's come first.
    for (Instruction *check : drop_begin(checks)) {
        check->replaceAllUsesWith(ConstantInt::getFalse(check->getType()));
        RecursivelyDeleteTriviallyDeadInstructions(check);
    }
    if (checks.size() == 1) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
