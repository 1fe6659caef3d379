#include "IterationCount.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;

namespace wasmc {
namespace {

/// Quotient and rest: shifted and masked where that does it, since nothing simplifies this code any more.
std::pair<Value *, Value *> divide(Value *value, Value *size, IRBuilder<> &builder) {
    Type *type = value->getType();
    if (auto *constant = dyn_cast<ConstantInt>(size); constant && constant->getValue().isPowerOf2()) {
        Value *quotient = builder.CreateLShr(value, constant->getValue().logBase2());
        return {quotient, builder.CreateAnd(value, ConstantInt::get(type, constant->getValue() - 1))};
    }
    Value *quotient = builder.CreateUDiv(value, size);
    return {quotient, builder.CreateSub(value, builder.CreateMul(quotient, size))};
}

}

Value *emit(const Sum &sum, Type *type, IRBuilder<> &builder) {
    Value *total = nullptr;
    for (const Term &term : sum.terms) {
        Value *part = term.value;
        if (term.factor != 1) part = builder.CreateMul(part, ConstantInt::get(type, term.factor, false, true));
        total = total ? builder.CreateAdd(total, part) : part;
    }
    Constant *constant = ConstantInt::get(type, sum.constant, false, true);
    if (!total) return constant;
    return sum.constant ? builder.CreateAdd(total, constant) : total;
}

std::optional<IterationCount> IterationCount::of(Loop &loop, Slice &slice) {
    return of(loop, loop.getExitingBlock(), slice);
}

std::optional<IterationCount> IterationCount::of(Loop &loop, BasicBlock *exiting, Slice &slice) {
    auto *branch = exiting ? dyn_cast<BranchInst>(exiting->getTerminator()) : nullptr;
    auto *comparison = branch && branch->isConditional() ? dyn_cast<ICmpInst>(branch->getCondition()) : nullptr;
    if (!comparison || !comparison->getOperand(0)->getType()->isIntegerTy()) return std::nullopt;
    unsigned width = comparison->getOperand(0)->getType()->getIntegerBitWidth();
    if (width > 64) return std::nullopt;
    auto predicate = comparison->getPredicate();
    if (!loop.contains(branch->getSuccessor(0))) predicate = CmpInst::getInversePredicate(predicate);
    Value *counter = comparison->getOperand(0), *bound = comparison->getOperand(1);
    if (loop.isLoopInvariant(counter)) {
        std::swap(counter, bound);
        predicate = CmpInst::getSwappedPredicate(predicate);
    }
    if (!loop.isLoopInvariant(bound)) return std::nullopt;

    // The counter is a phi, and something that no iteration changes.
    Sum now = Sum::of(counter, slice);
    auto varying = find_if(now.terms, [&](const Term &term) { return !loop.isLoopInvariant(term.value); });
    auto *phi = varying != now.terms.end() && varying->factor == 1 ? dyn_cast<PHINode>(varying->value) : nullptr;
    auto induction = phi ? Induction::of(*phi, loop, slice) : std::nullopt;
    if (!induction) return std::nullopt;
    slice.insert(comparison);
    Sum step = induction->step;
    APInt constant(width, step.constant, false, true);
    bool isConstant = step.terms.empty(), falls = isConstant && constant.isNegative();
    if (isConstant && constant.isZero()) return std::nullopt;
    if (isConstant) step.constant = constant.abs().getZExtValue();
    now.terms.erase(varying);
    if (any_of(now.terms, [&](const Term &term) { return !loop.isLoopInvariant(term.value); })) return std::nullopt;
    Sum start = Sum::of(induction->start, slice);
    start.add(now, 1);

    IterationCount count(start, bound, step, falls, CmpInst::isSigned(predicate));
    switch (falls ? CmpInst::getSwappedPredicate(predicate) : predicate) {
    case CmpInst::ICMP_NE: break;
    case CmpInst::ICMP_ULT:
    case CmpInst::ICMP_SLT: count.condition = Condition::less; break;
    case CmpInst::ICMP_ULE:
    case CmpInst::ICMP_SLE: count.condition = Condition::lessOrEqual; break;
    default: return std::nullopt;
    }
    return count;
}

std::optional<uint64_t> IterationCount::mostBackedges(function_ref<ConstantRange(Value *)> range) const {
    unsigned width = bound->getType()->getIntegerBitWidth();
    bool hasOneTerm = start.terms.size() == 1 && start.terms[0].factor == 1;
    if (!step.terms.empty() || (!start.terms.empty() && !hasOneTerm)) return std::nullopt;
    ConstantRange offset(APInt(width, start.constant, false, true));
    auto normal = [&](ConstantRange values) {
        if (isReversed) values = values.binaryNot();
        return isSigned ? values.add(APInt::getSignMask(width)) : values;
    };
    ConstantRange firsts = normal(hasOneTerm ? range(start.terms[0].value).add(offset) : offset);
    ConstantRange ends = normal(range(bound));
    APInt size(width, step.constant, false, true), first = firsts.getUnsignedMin(), end = ends.getUnsignedMax();
    if (condition == Condition::unequal) {
        bool isMet = firsts.isSingleElement() && ends.isSingleElement() && (end - first).urem(size).isZero();
        return isMet ? std::optional((end - first).udiv(size).getZExtValue()) : std::nullopt;
    }
    bool wraps = false;
    if (condition == Condition::lessOrEqual) end = end.uadd_ov(APInt(width, 1), wraps);
    if (wraps) return std::nullopt;
    // The counter that meets the bound does not wrap, from whatever start.
    APInt beyond = end.uadd_ov(size - 1, wraps);
    if (wraps) return std::nullopt;
    return first.ult(end) ? (beyond - first).udiv(size).getZExtValue() : 0;
}

IterationCount::Code IterationCount::emit(IRBuilder<> &builder) const {
    Type *type = bound->getType(), *i64 = builder.getInt64Ty();
    unsigned width = type->getIntegerBitWidth();
    Constant *zero = ConstantInt::get(type, 0), *one = ConstantInt::get(type, 1);
    auto normal = [&](Value *value) {
        if (isReversed) value = builder.CreateNot(value);
        return isSigned ? builder.CreateXor(value, ConstantInt::get(type, APInt::getSignMask(width))) : value;
    };
    Value *first = normal(wasmc::emit(start, type, builder)), *end = normal(bound);
    Value *size = wasmc::emit(step, type, builder);
    Value *isFinite = builder.CreateICmpNE(size, zero);
    // The builder does not fold intrinsics, and division by what selection does not know to be constant is slow.
    if (!isa<Constant>(size)) size = builder.CreateBinaryIntrinsic(Intrinsic::umax, size, one);
    if (condition == Condition::unequal) {
        Value *distance = builder.CreateSub(end, first);
        auto [backedges, rest] = divide(distance, size, builder);
        return {builder.CreateZExt(backedges, i64), builder.CreateAnd(isFinite, builder.CreateICmpEQ(rest, zero))};
    }
    // `counter <= bound` is `counter < bound + 1`, and always true for the greatest bound.
    if (condition == Condition::lessOrEqual) {
        isFinite = builder.CreateAnd(isFinite, builder.CreateICmpNE(end, ConstantInt::getAllOnesValue(type)));
        end = builder.CreateAdd(end, one);
    }
    Value *rounded = builder.CreateAdd(builder.CreateSub(end, first), builder.CreateSub(size, one));
    Value *backedges = divide(rounded, size, builder).first;
    backedges = builder.CreateSelect(builder.CreateICmpULT(first, end), backedges, zero);
    // Less than the bound where the counter wraps in its last step, and where the rounding wraps, which makes the steps
    // too few for the distance.
    Value *last = builder.CreateAdd(first, builder.CreateMul(backedges, size));
    isFinite = builder.CreateAnd(isFinite, builder.CreateICmpUGE(last, end));
    return {builder.CreateZExt(backedges, i64), isFinite};
}

}
