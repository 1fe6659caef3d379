// Finds phis and selects of pointers into the heap, and makes the same of their offsets. HeapOffsets.h has the picture.

#include "HeapOffsets.h"

#include "Access.h"

#include "llvm/Analysis/Utils/Local.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace wasmc {
namespace {

class Offsets {
    Function &function;
    Slice slice;
    Regions regions;
    MapVector<Instruction *, Instruction *> choices;  // and what is made in their place
    DenseMap<Value *, Value *> known;
    Value *base = nullptr;

public:
    Offsets(Function &function, const wasmc_containment &layout)
        : function(function), regions(function, layout, slice) {}

    bool run() {
        for (Instruction &instruction : instructions(function)) {
            if (!isa<PHINode, SelectInst>(instruction) || !instruction.getType()->isPointerTy()) continue;
            // Bases are the same wherever they come from.
            if (regions.ofBase(&instruction)) continue;
            auto region = regions.ofChoice(&instruction);
            if (region && region->kind == Region::heap && isPlain(instruction)) choices[&instruction] = nullptr;
        }
        if (choices.empty()) return false;
        for (auto &[choice, offset] : choices) offset = place(*choice);
        for (auto &[choice, offset] : choices) connect(*choice, *offset);
        IRBuilder<> entry(&function.getEntryBlock(), function.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
        base = regions.base(entry, Region{Region::heap, 0}, entry.getPtrTy());
        cast<LoadInst>(base)->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(function.getContext(), {}));
        for (auto &[choice, offset] : choices) {
            IRBuilder<> builder(choice->getParent(), behind(*choice));
            choice->replaceAllUsesWith(builder.CreateGEP(builder.getInt8Ty(), base, offset));
        }
        for (auto &[choice, offset] : choices) choice->eraseFromParent();
        return true;
    }

private:
    /// Whether all that it chooses from is a base and numbers.
    bool isPlain(Instruction &choice) {
        SmallSetVector<Value *, 8> pointers;
        pointers.insert(&choice);
        for (size_t next = 0; next < pointers.size(); next++) {
            Value *value = pointers[next];
            if (isa<PoisonValue>(value) || regions.ofBase(value)) continue;
            if (isa<PHINode, SelectInst, FreezeInst, GetElementPtrInst>(value) && value->getType()->isPointerTy()) {
                for (Value *operand : cast<Instruction>(value)->operands())
                    if (operand->getType()->isPtrOrPtrVectorTy()) pointers.insert(operand);
            } else {
                return false;
            }
        }
        return true;
    }

    static BasicBlock::iterator behind(Instruction &choice) {
        return isa<PHINode>(choice) ? choice.getParent()->getFirstInsertionPt() : std::next(choice.getIterator());
    }

    /// The phi or select of offsets, without its operands.
    Instruction *place(Instruction &choice) {
        IRBuilder<> builder(&choice);
        Type *i64 = builder.getInt64Ty();
        if (auto *phi = dyn_cast<PHINode>(&choice)) return builder.CreatePHI(i64, phi->getNumIncomingValues());
        Value *zero = builder.getInt64(0);
        return SelectInst::Create(cast<SelectInst>(choice).getCondition(), zero, zero, "", choice.getIterator());
    }

    void connect(Instruction &choice, Instruction &offset) {
        if (auto *phi = dyn_cast<PHINode>(&choice)) {
            for (unsigned edge = 0; edge < phi->getNumIncomingValues(); edge++)
                cast<PHINode>(offset).addIncoming(offsetOf(phi->getIncomingValue(edge)), phi->getIncomingBlock(edge));
        } else {
            offset.setOperand(1, offsetOf(choice.getOperand(1)));
            offset.setOperand(2, offsetOf(choice.getOperand(2)));
        }
    }

    /// How far a pointer is from the heap's base; calculated where the pointer is.
    Value *offsetOf(Value *pointer) {
        if (auto *choice = dyn_cast<Instruction>(pointer))
            if (auto place = choices.find(choice); place != choices.end()) return place->second;
        Value *&offset = known[pointer];
        if (offset) return offset;
        Value *result = ConstantInt::get(Type::getInt64Ty(function.getContext()), 0);
        if (auto *step = dyn_cast<GetElementPtrInst>(pointer)) {
            Value *start = offsetOf(step->getPointerOperand());
            IRBuilder<> builder(step);
            result = emitGEPOffset(&builder, function.getDataLayout(), step, true);
            auto *zero = dyn_cast<ConstantInt>(start);
            if (!zero || !zero->isZero()) result = builder.CreateAdd(start, result);
        } else if (auto *frozen = dyn_cast<FreezeInst>(pointer)) {
            IRBuilder<> builder(frozen);
            result = builder.CreateFreeze(offsetOf(frozen->getOperand(0)));
        }
        return known[pointer] = result;
    }
};

}

PreservedAnalyses HeapOffsetsPass::run(Function &function, FunctionAnalysisManager &) {
    if (!function.getName().starts_with("wasm_function_") || function.arg_empty()) return PreservedAnalyses::all();
    if (!Offsets(function, layout).run()) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
