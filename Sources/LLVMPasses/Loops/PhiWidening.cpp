// Phi widening: where code extends a phi with zeros, the phi's operands are extended instead.
//
//   loop:                                        loop:
//     i = phi i32 [0, entry], [next, loop]         w = phi i64 [0, entry], [zext next, loop]
//     index = zext i to i64                        access base + w
//     access base + index                          next = (trunc w) + 1
//     next = i + 1
//
// That costs nothing: an instruction which makes 32 bits clears the upper half of its register, and loads of bytes
// extend as they load. But code generation selects instructions block by block and cannot know it of a phi, so that
// each address of a 32-bit counter took a move, and a second register. WebAssembly's addresses are such counters
// everywhere.
//
// Invariant: the wide phi is the zero extension of the narrow one in every iteration. No access moves.
//
// Nothing relies on it but speed.

#include "Checks/BoundsCheck.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace llvm;

namespace wasmc {
namespace {

class Widening {
    Function &function;
    /// The phis to replace, and what replaces them.
    MapVector<PHINode *, PHINode *> phis;
    DenseMap<Value *, Value *> extended;

    /// Phis that hand their values to each other are replaced together, unless there are more of them.
    static constexpr unsigned mostPhis = 64;

public:
    explicit Widening(Function &function) : function(function) {}

    bool run() {
        for (BasicBlock &block : function)
            for (PHINode &phi : block.phis())
                if (Type *wide = extension(phi)) collect(phi, wide);
        for (auto &[phi, wide] : phis)
            for (unsigned i = 0; i < phi->getNumIncomingValues(); i++)
                wide->addIncoming(extend(phi->getIncomingValue(i), wide->getType()), phi->getIncomingBlock(i));
        for (auto &[phi, wide] : phis) replace(*phi, *wide);
        for (auto &[phi, wide] : phis) phi->eraseFromParent();
        return !phis.empty();
    }

private:
    /// The widest type that the phi is extended to, if any.
    static Type *extension(const PHINode &phi) {
        Type *wide = nullptr;
        if (!phi.getType()->isIntegerTy() || phi.getType()->isIntegerTy(1)) return wide;
        for (const User *user : phi.users())
            if (isa<ZExtInst>(user) && (!wide || user->getType()->getIntegerBitWidth() > wide->getIntegerBitWidth()))
                wide = user->getType();
        return wide && wide->getIntegerBitWidth() <= 64 ? wide : nullptr;
    }

    /// After an invoke there is no place on the way to the phi alone.
    static bool isExtendedForNothing(const Value *value) {
        if (isa<InvokeInst>(value)) return false;
        return isa<Constant>(value) || isa<LoadInst>(value) || value->getType()->isIntegerTy(32);
    }

    /// Notes the phi with all that hand it their values, unless to extend one of their operands costs something.
    void collect(PHINode &first, Type *wide) {
        if (phis.contains(&first)) return;
        SmallSetVector<PHINode *, 8> web;
        web.insert(&first);
        for (unsigned i = 0; i < web.size(); i++) {
            for (Value *value : web[i]->incoming_values()) {
                auto *phi = dyn_cast<PHINode>(value);
                if (phi && !phis.contains(phi)) web.insert(phi);
                else if (phi ? phis.lookup(phi)->getType() != wide : !isExtendedForNothing(value)) return;
            }
            if (web.size() > mostPhis) return;
        }
        for (PHINode *phi : web) phis[phi] = PHINode::Create(wide, phi->getNumIncomingValues(), "", phi->getIterator());
    }

    Value *extend(Value *value, Type *wide) {
        if (auto *phi = dyn_cast<PHINode>(value)) return phis.lookup(phi);
        if (auto *constant = dyn_cast<ConstantInt>(value))
            return ConstantInt::get(wide, constant->getValue().zext(wide->getIntegerBitWidth()));
        Value *&known = extended[value];
        if (known && known->getType() == wide) return known;
        BasicBlock::iterator place = function.getEntryBlock().getFirstInsertionPt();
        if (auto *instruction = dyn_cast<Instruction>(value)) place = std::next(instruction->getIterator());
        return known = CastInst::Create(Instruction::ZExt, value, wide, "", place);
    }

    static void replace(PHINode &phi, PHINode &wide) {
        for (User *user : make_early_inc_range(phi.users())) {
            auto *wider = dyn_cast<ZExtInst>(user);
            if (!wider || wider->getType() != wide.getType()) continue;
            wider->replaceAllUsesWith(&wide);
            wider->eraseFromParent();
        }
        if (phi.use_empty()) return;
        phi.replaceAllUsesWith(
            CastInst::Create(Instruction::Trunc, &wide, phi.getType(), "", phi.getParent()->getFirstInsertionPt()));
    }
};

}

PreservedAnalyses PhiWideningPass::run(Function &function, FunctionAnalysisManager &) {
    if (!Widening(function).run()) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
