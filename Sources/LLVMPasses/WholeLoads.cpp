// Loads that must fault when any of their bytes lies outside, whatever comes of the value: volatile ones, where a memory has
// guard pages.
//
// LLVM 22 keeps volatile loads until it selects instructions, and there makes some of them operands. It reads half a vector
// where no more is needed; with AVX-512 it does much under masks, which leave out the faults of what they leave out; and of
// a conditional move it makes a branch around the load, on any x86-64.
//
// Invariant: a volatile load is an instruction of its own wherever what reads it may not need all of it. Selection takes no
// operand from a load that is frozen first, and later passes move no volatile load into another instruction.

#include "BoundsCheck.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmc {
namespace {

bool isVectorOrFloat(const Value &value) { return value.getType()->isVectorTy() || value.getType()->isFloatingPointTy(); }

/// Whether what is loaded may become an operand of an instruction that chooses: by a condition, or among a vector's lanes.
bool mayBeLeftOut(const Value &value, unsigned depth = 0) {
    // One instruction does not do the work of more.
    static constexpr unsigned mostOperations = 6;
    if (value.getType()->isVectorTy()) return true;
    for (const User *user : value.users()) {
        auto *call = dyn_cast<CallBase>(user);
        if (isa<PHINode, StoreInst>(user) || cast<Instruction>(user)->isTerminator() || (call && !isa<IntrinsicInst>(call))) continue;
        if (isa<SelectInst>(user)) return true;
        // Several conditions can be one comparison under a mask.
        if (isa<CmpInst>(user)) {
            if (isVectorOrFloat(value) && any_of(user->users(), [](const User *reader) { return !isa<BranchInst>(reader); })) return true;
            continue;
        }
        // Whole numbers move under conditions as they are.
        if (!isVectorOrFloat(*user) && !isVectorOrFloat(value) && !isa<CastInst>(user)) continue;
        if (depth < mostOperations && mayBeLeftOut(*user, depth + 1)) return true;
    }
    return false;
}

}

PreservedAnalyses WholeLoadPass::run(Function &function, FunctionAnalysisManager &) {
    bool changes = false;
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        auto *load = dyn_cast<LoadInst>(&instruction);
        if (!load || !load->isVolatile() || !mayBeLeftOut(*load)) continue;
        auto *frozen = new FreezeInst(load, "", std::next(load->getIterator()));
        load->replaceUsesWithIf(frozen, [&](const Use &use) { return use.getUser() != frozen; });
        changes = true;
    }
    return changes ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
