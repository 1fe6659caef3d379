// Float arithmetic that LLVM folds away: `x * 1`, `x / 1`, `x + -0` and `x - 0` are x, `-0 - x` and `x * -1` are -x,
// and the demotion of a promotion is what was promoted. If that is a signalling NaN, arithmetic has to make a quiet one
// of it.
//
// Lowering writes operands that are no results of arithmetic as `wasmc.operand(x)`, of which LLVM knows nothing. This
// pass puts x back, once the passes are over that find constants through memory and after comparisons:
//
//     %p = call float @wasmc.operand.f32(float %x)        %u = load float, ptr @one, !invariant.load
//     %q = call float @wasmc.operand.f32(float 1.0)
//     %y = fmul float %p, %q                              %y = fmul float %x, %u
//
// Invariant: of two operands, when the one may be a signalling NaN, the other is nothing that LLVM could still find to
// be a constant with which the operation is none. What could be one depends on constants only (`Knowable`); it is
// calculated with constants from memory whose content LLVM does not know. Constants that are no such unit stay.
//
// Every pass after it relies on it, up to instruction selection: they fold floats as if no NaN were signalling.

#include "Checks/BoundsCheck.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/ConstantFolding.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace wasmc {
namespace {

constexpr StringLiteral operandName = "wasmc.operand.";

bool isArithmetic(const Value *value) {
    auto *operation = dyn_cast<BinaryOperator>(value);
    return operation && operation->getType()->isFPOrFPVectorTy() && operation->getOpcode() != Instruction::FRem;
}

/// Whether the operands of the instruction are among what it may give, bit by bit but for the signs of floats.
bool passesThrough(const Instruction *instruction) {
    if (auto *intrinsic = dyn_cast<IntrinsicInst>(instruction))
        return intrinsic->getIntrinsicID() == Intrinsic::fabs || intrinsic->getIntrinsicID() == Intrinsic::copysign;
    return isa<PHINode, SelectInst, FreezeInst, ShuffleVectorInst, InsertElementInst, ExtractElementInst>(instruction)
        || instruction->getOpcode() == Instruction::FNeg;
}

/// Calls `isFine` with all that the value may have come from unchanged, until it says no; says whether it never did.
/// Too many are not fine.
bool allSources(Value *value, function_ref<bool(Value *)> isFine) {
    constexpr unsigned mostSources = 64;
    SetVector<Value *, SmallVector<Value *, 16>, SmallPtrSet<Value *, 16>> sources;
    sources.insert(value);
    for (unsigned next = 0; next < sources.size(); ++next) {
        if (next == mostSources) return false;
        Value *source = sources[next];
        auto *instruction = dyn_cast<Instruction>(source);
        auto *cast = dyn_cast<BitCastInst>(source);
        auto *inner = cast ? dyn_cast<BitCastInst>(cast->getOperand(0)) : nullptr;
        if (inner && inner->getSrcTy() == cast->getDestTy()) {
            sources.insert(inner->getOperand(0));
        } else if (!instruction || !passesThrough(instruction)) {
            if (!isFine(source)) return false;
        } else {
            for (Value *operand : instruction->operand_values())
                if (operand->getType()->isFPOrFPVectorTy()) sources.insert(operand);
        }
    }
    return true;
}

/// Whether a lane of the constant fulfils the condition, or cannot be seen.
bool anyLane(const Constant *constant, function_ref<bool(const APFloat &)> condition) {
    if (auto *number = dyn_cast<ConstantFP>(constant)) return condition(number->getValueAPF());
    auto *type = dyn_cast<FixedVectorType>(constant->getType());
    if (!type) return !isa<UndefValue>(constant);
    for (unsigned lane = 0; lane < type->getNumElements(); ++lane) {
        Constant *element = constant->getAggregateElement(lane);
        if (!element || anyLane(element, condition)) return true;
    }
    return false;
}

bool isSignalling(const APFloat &number) { return number.isSignaling(); }
bool isFiniteNonZero(const APFloat &number) { return number.isFiniteNonZero(); }

bool mayBeSignalling(Value *value) {
    return !allSources(value, [](Value *source) {
        if (auto *constant = dyn_cast<Constant>(source)) return !anyLane(constant, isSignalling);
        if (isArithmetic(source) || isa<SIToFPInst, UIToFPInst, FPTruncInst>(source)) return true;
        // As quiet as what it promotes, as far as a demotion after arithmetic that LLVM folds is concerned.
        if (auto *promotion = dyn_cast<FPExtInst>(source)) return !mayBeSignalling(promotion->getOperand(0));
        auto *intrinsic = dyn_cast<IntrinsicInst>(source);
        return intrinsic
            && is_contained(
                   {Intrinsic::ceil, Intrinsic::floor, Intrinsic::trunc, Intrinsic::roundeven, Intrinsic::sqrt},
                   intrinsic->getIntrinsicID());
    });
}

/// Whether the constant, as an operand, leaves the other one as it is but for its sign.
bool isUnit(const Constant *constant, unsigned operation, unsigned index) {
    if (operation == Instruction::FDiv && index == 0) return false;
    bool isSum = operation == Instruction::FAdd || operation == Instruction::FSub;
    return anyLane(
        constant, [=](const APFloat &number) { return isSum ? number.isZero() : abs(number).isExactlyValue(1.0); });
}

/// What LLVM might find to be constant: what is calculated from constants, and what may be one of several values one of
/// which is constant.
class Knowable {
    /// Between a store and a load of the same.
    static constexpr unsigned mostInstructions = 16;

    DenseSet<const Value *> found;

    bool follows(const Instruction &instruction) const {
        if (auto *load = dyn_cast<LoadInst>(&instruction)) return isKnown(storedBefore(*load));
        if (auto *select = dyn_cast<SelectInst>(&instruction))
            return isKnown(select->getTrueValue()) || isKnown(select->getFalseValue());
        auto isKnownHere = [this](const Value *operand) { return isKnown(operand); };
        if (isa<PHINode, InsertElementInst, ShuffleVectorInst>(instruction))
            return any_of(instruction.operand_values(), isKnownHere);
        if (auto *intrinsic = dyn_cast<IntrinsicInst>(&instruction))
            return !intrinsic->mayReadOrWriteMemory() && all_of(intrinsic->args(), isKnownHere);
        if (isa<CallBase, AllocaInst>(instruction) || instruction.isTerminator()) return false;
        return all_of(instruction.operand_values(), isKnownHere);
    }

public:
    explicit Knowable(Function &function) {
        SmallVector<Instruction *, 0> next;
        for (Instruction &instruction : instructions(function)) next.push_back(&instruction);
        std::reverse(next.begin(), next.end());
        while (!next.empty()) {
            Instruction *instruction = next.pop_back_val();
            if (found.contains(instruction) || !follows(*instruction)) continue;
            found.insert(instruction);
            for (User *user : instruction->users()) {
                next.push_back(cast<Instruction>(user));
                if (!isa<StoreInst>(user)) continue;
                auto *behind = next.back()->getNextNode();
                for (unsigned count = 0; behind && count < mostInstructions; behind = behind->getNextNode(), ++count)
                    if (isa<LoadInst>(behind)) next.push_back(behind);
            }
        }
    }

    bool isKnown(const Value *value) const {
        if (!value || isa<UndefValue, GlobalValue>(value)) return false;
        return isa<Constant>(value) || found.contains(value);
    }

    /// Whether that still holds for an instruction, after operands of it were hidden.
    bool isStillKnown(const Instruction &instruction) const { return isKnown(&instruction) && follows(instruction); }

    /// The store that the selection of instructions would load from.
    static StoreInst *storeBefore(const LoadInst &load) {
        auto *previous = load.getPrevNode();
        for (unsigned count = 0; previous && count < mostInstructions; previous = previous->getPrevNode(), ++count)
            if (previous->mayWriteToMemory()) return const_cast<StoreInst *>(dyn_cast<StoreInst>(previous));
        return nullptr;
    }

    static const Value *storedBefore(const LoadInst &load) {
        const StoreInst *store = load.isVolatile() ? nullptr : storeBefore(load);
        return store ? store->getValueOperand() : nullptr;
    }
};

class Revealing {
    Function &function;
    Knowable knowable;

    /// The constant, from where LLVM does not know it.
    Value *loadHidden(Constant *constant, Instruction *before) {
        // As lowering builds it, it may be an expression of another type's constants.
        constant = ConstantFoldConstant(constant, function.getDataLayout());
        std::string name;
        raw_string_ostream(name) << "wasmc.hidden " << *constant;
        Module &module = *function.getParent();
        GlobalVariable *place = module.getNamedGlobal(name);
        if (!place) {
            place = new GlobalVariable(module, constant->getType(), true, GlobalValue::PrivateLinkage, constant, name);
            place->setExternallyInitialized(true);
        }
        LoadInst *load = IRBuilder<>(before).CreateLoad(constant->getType(), place);
        load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(module.getContext(), {}));
        return load;
    }

    static Instruction *place(const Use &use) {
        auto *user = cast<Instruction>(use.getUser());
        auto *phi = dyn_cast<PHINode>(user);
        return phi ? phi->getIncomingBlock(use)->getTerminator() : user;
    }

    /// Has the value calculated from something that LLVM does not know.
    void hide(Use &first) {
        SmallVector<Use *, 16> next{&first};
        SmallPtrSet<Instruction *, 16> seen;
        while (!next.empty()) {
            Use &use = *next.pop_back_val();
            if (!knowable.isKnown(use.get())) continue;
            if (auto *constant = dyn_cast<Constant>(use.get())) {
                setAll(use, loadHidden(constant, place(use)));
                continue;
            }
            auto *value = cast<Instruction>(use.get());
            if (!seen.insert(value).second || !knowable.isStillKnown(*value)) continue;
            if (auto *load = dyn_cast<LoadInst>(value)) {
                next.push_back(&Knowable::storeBefore(*load)->getOperandUse(0));
            } else if (isa<PHINode, SelectInst, InsertElementInst, ShuffleVectorInst>(value)) {
                unsigned first = isa<SelectInst>(value) ? 1 : 0;
                unsigned end = isa<InsertElementInst>(value) ? 2 : value->getNumOperands();
                for (unsigned index = first; index < end; ++index) next.push_back(&value->getOperandUse(index));
            } else if (value->getType()->isIntOrIntVectorTy()) {
                IRBuilder<> builder(place(use));
                setAll(use, builder.CreateXor(value, loadHidden(Constant::getNullValue(value->getType()), place(use))));
            } else {
                // One will do. Constants cost nothing, and of a call the last operand is what is called.
                unsigned index = isa<BinaryOperator>(value) && isa<Constant>(value->getOperand(1)) ? 1 : 0;
                next.push_back(&value->getOperandUse(index));
            }
        }
    }

    /// A phi has the same value for all edges from one block.
    static void setAll(Use &use, Value *value) {
        auto *phi = dyn_cast<PHINode>(use.getUser());
        if (phi) phi->setIncomingValueForBlock(phi->getIncomingBlock(use), value);
        else use.set(value);
    }

    void hideUnits(Instruction &operation) {
        for (unsigned index : {0, 1}) {
            Use &use = operation.getOperandUse(index);
            auto *constant = dyn_cast<Constant>(use.get());
            if (!knowable.isKnown(use.get()) || (constant && !isUnit(constant, operation.getOpcode(), index))) continue;
            if (mayBeSignalling(operation.getOperand(1 - index))) hide(use);
        }
    }

    /// LLVM knows what is equal to a constant, too.
    void hideEqual(FCmpInst &comparison) {
        bool isEquality = is_contained({FCmpInst::FCMP_OEQ, FCmpInst::FCMP_UNE}, comparison.getPredicate());
        for (unsigned index : {0, 1}) {
            auto *constant = dyn_cast<Constant>(comparison.getOperand(index));
            if (!isEquality || !constant || !anyLane(constant, isFiniteNonZero)) continue;
            if (!comparison.getOperand(1 - index)->hasOneUse()) hide(comparison.getOperandUse(index));
        }
    }

    /// Quiets what may be the promotion of a signalling NaN.
    void quiet(FPTruncInst &demotion) {
        Value *operand = demotion.getOperand(0);
        bool isFine = allSources(operand, [](Value *source) {
            auto *promotion = dyn_cast<FPExtInst>(source);
            return !promotion || !mayBeSignalling(promotion->getOperand(0));
        });
        if (isFine) return;
        Value *one = loadHidden(ConstantFP::get(operand->getType(), 1.0), &demotion);
        demotion.setOperand(0, IRBuilder<>(&demotion).CreateFMul(operand, one));
    }

public:
    explicit Revealing(Function &function) : function(function), knowable(function) {}

    void run() {
        for (Instruction &instruction : make_early_inc_range(instructions(function))) {
            if (isArithmetic(&instruction)) hideUnits(instruction);
            else if (auto *comparison = dyn_cast<FCmpInst>(&instruction)) hideEqual(*comparison);
            else if (auto *demotion = dyn_cast<FPTruncInst>(&instruction)) quiet(*demotion);
        }
    }
};

}

CallInst *asOperand(Value *value) {
    auto *call = dyn_cast<CallInst>(value);
    Function *called = call ? call->getCalledFunction() : nullptr;
    return called && called->getName().starts_with(operandName) ? call : nullptr;
}

PreservedAnalyses OperandRevealingPass::run(Function &function, FunctionAnalysisManager &) {
    bool hasFloats = false;
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        hasFloats |= isArithmetic(&instruction) || isa<FPTruncInst>(instruction);
        CallInst *operand = asOperand(&instruction);
        if (!operand) continue;
        operand->replaceAllUsesWith(operand->getArgOperand(0));
        operand->eraseFromParent();
    }
    if (!hasFloats) return PreservedAnalyses::all();
    Revealing(function).run();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
