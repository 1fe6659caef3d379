// The upper part of products of 16-bit values, in 32 bits. LLVM 22's selection for x86 multiplies such values in 16
// bits and takes the upper half of the product; where the product has more than 32 bits, and more than the upper half
// was wanted, the sign is lost (llvm-project 218844).
//
//     %p = mul <8 x i64> (sext %a), (sext %b)           %p = mul <8 x i32> (sext %a), (sext %b)
//     %r = trunc (lshr %p, 29) to <8 x i16>        =>   %r = trunc (ashr %p, 29) to <8 x i16>
//
// Invariant: the value is the same; a product of two such values fits 32 bits, and what lies above is its sign.
//
// Instruction selection relies on it: without it, it gives wrong lanes.

#include "Checks/BoundsCheck.h"
#include "Mends.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

constexpr unsigned partBits = 16, productBits = 32;

/// What the truncation is without products of more than 32 bits; null for what is no such part of a product.
Value *narrowed(TruncInst &truncation) {
    auto *type = dyn_cast<VectorType>(truncation.getType());
    Value *a, *b;
    const APInt *distance;
    if (!type || type->getScalarSizeInBits() > partBits) return nullptr;
    if (!match(truncation.getOperand(0), m_Shr(m_Mul(m_Value(a), m_Value(b)), m_APInt(distance)))) return nullptr;
    unsigned bits = a->getType()->getScalarSizeInBits();
    if (bits <= productBits || distance->ult(partBits) || distance->uge(bits)) return nullptr;
    const DataLayout &layout = truncation.getDataLayout();
    for (Value *factor : {a, b})
        if (ComputeNumSignBits(factor, layout) <= bits - partBits) return nullptr;
    // Bits from outside the product would be zeros.
    bool isSigned = isa<Instruction>(truncation.getOperand(0))
        && cast<Instruction>(truncation.getOperand(0))->getOpcode() == Instruction::AShr;
    unsigned most = bits - type->getScalarSizeInBits();
    uint64_t shift = distance->getZExtValue();
    IRBuilder<> builder(&truncation);
    auto *wide = VectorType::get(builder.getInt32Ty(), type->getElementCount());
    Value *product = builder.CreateMul(builder.CreateTrunc(a, wide), builder.CreateTrunc(b, wide));
    Value *part = builder.CreateTrunc(
        builder.CreateAShr(product, ConstantInt::get(wide, std::min<uint64_t>(shift, productBits - 1))), type);
    if (isSigned || shift <= most) return part;
    return builder.CreateLShr(part, ConstantInt::get(type, shift - most));
}

}

PreservedAnalyses HighProductPass::run(Function &function, FunctionAnalysisManager &) {
    if (!isMended("products")) return PreservedAnalyses::all();
    bool changed = false;
    for (Instruction &instruction : make_early_inc_range(instructions(function))) {
        auto *truncation = dyn_cast<TruncInst>(&instruction);
        Value *value = truncation ? narrowed(*truncation) : nullptr;
        if (!value) continue;
        truncation->replaceAllUsesWith(value);
        truncation->eraseFromParent();
        changed = true;
    }
    if (!changed) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
