// Load folding, prevented: loads that must fault when any of their bytes lies outside, whatever becomes of the value,
// stay instructions of their own. They are the volatile loads, where a memory has guard pages.
//
//     x = load volatile p                 x = load volatile p
//     y = select c, x, other              f = freeze x
//                                         y = select c, f, other
//
// LLVM 22 keeps volatile loads until it selects instructions, and there makes some of them operands. It reads half a
// vector where no more is needed; with AVX-512 it puts much under masks, which leave out the faults of what they leave
// out; and it turns a conditional move into a branch around the load, on any x86-64.
//
// Invariant: a volatile load is an instruction of its own wherever its user may not need all of it. Selection takes no
// operand from a load that is frozen first, and later passes move no volatile load into another instruction.
//
// ImplicitBoundsChecks.cpp relies on it, and all code for guarded memories at O0 and O1.

#include "Checks/BoundsCheck.h"

#include "llvm/ADT/SmallBitVector.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace wasmc {
namespace {

/// Calculates with all lanes, or puts all in another order. With constants arithmetic may turn out to be a choice of
/// lanes.
bool needsAllLanes(const User &user) {
    if (auto *shuffle = dyn_cast<ShuffleVectorInst>(&user)) {
        SmallBitVector read(shuffle->getShuffleMask().size());
        for (int lane : shuffle->getShuffleMask())
            if (lane >= 0 && lane < int(read.size())) read.set(lane);
        return shuffle->isSingleSource() && !shuffle->changesLength() && read.all();
    }
    auto *binary = dyn_cast<BinaryOperator>(&user);
    return (isa<MinMaxIntrinsic>(user) || (binary && !binary->isBitwiseLogicOp() && !binary->isShift()))
        && none_of(user.operand_values(), [](const Value *operand) {
               return isa<Constant>(operand) && !isa<Function>(operand);
           });
}

/// Whether lanes of a loaded vector may be left out by an instruction that has the load for an operand.
///
/// - Parameter isCalculated: the vector is not what was loaded, but what an operation made of it. An instruction does
///   one operation and chooses.
bool lanesMayBeLeftOut(const Value &vector, bool isCalculated = false) {
    return any_of(vector.users(), [=](const User *user) {
        if (isa<StoreInst, PHINode, ReturnInst>(user) || (isCalculated && isa<CmpInst>(user))) return false;
        if (isa<BitCastInst>(user) && user->getType()->isVectorTy()) return lanesMayBeLeftOut(*user, isCalculated);
        return !needsAllLanes(*user) || (!isCalculated && lanesMayBeLeftOut(*user, true));
    });
}

/// Whether a loaded number may become an operand of an instruction that chooses by a condition, or among a vector's
/// lanes.
///
/// - Parameter isCalculated: as above.
bool mayBeLeftOut(const Value &number, bool isCalculated = false) {
    return any_of(number.users(), [=](const User *user) {
        if (isa<SelectInst>(user)) return true;
        if (isa<CastInst>(user)) return user->getType()->isVectorTy() || mayBeLeftOut(*user, isCalculated);
        if (isCalculated) return false;
        if (isa<InsertElementInst>(user)) return true;
        // Several conditions can be one comparison under a mask.
        if (isa<FCmpInst>(user))
            return any_of(user->users(), [](const User *reader) { return reader->getType()->isIntegerTy(1); });
        // Whole numbers come under masks in vectors only, and move under conditions as they are.
        bool isOperation =
            user->getType()->isFloatingPointTy() && isa<UnaryOperator, BinaryOperator, IntrinsicInst>(user);
        return isOperation && mayBeLeftOut(*user, true);
    });
}

}

PreservedAnalyses PreventLoadFoldingPass::run(Function &function, FunctionAnalysisManager &) {
    bool changes = false;
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        auto *load = dyn_cast<LoadInst>(&instruction);
        if (!load || !load->isVolatile()) continue;
        if (!(load->getType()->isVectorTy() ? lanesMayBeLeftOut(*load) : mayBeLeftOut(*load))) continue;
        auto *frozen = new FreezeInst(load, "", std::next(load->getIterator()));
        load->replaceUsesWithIf(frozen, [&](const Use &use) { return use.getUser() != frozen; });
        changes = true;
    }
    return changes ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
