#include "KnownBounds.h"

#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {

int64_t KnownBounds::leastSize(Value *size, Region region) const {
    return std::max(regions.minimumSize(region), sizes.lookup(size));
}

// MARK: Branches

void KnownBounds::learn(BasicBlock &before, BasicBlock &block, Undo &undo) {
    auto *branch = dyn_cast<BranchInst>(before.getTerminator());
    if (!branch || !branch->isConditional() || branch->getSuccessor(0) == branch->getSuccessor(1)) return;
    learn(branch->getCondition(), branch->getSuccessor(0) == &block, undo);
}

void KnownBounds::learn(Value *condition, bool holds, Undo &undo) {
    Value *a, *b;
    if (holds ? match(condition, m_LogicalAnd(m_Value(a), m_Value(b)))
              : match(condition, m_LogicalOr(m_Value(a), m_Value(b)))) {
        learn(a, holds, undo);
        learn(b, holds, undo);
        return;
    }
    if (match(condition, m_Not(m_Value(a)))) return learn(a, !holds, undo);
    if (match(condition, m_Freeze(m_Value(a)))) return learn(a, holds, undo);
    auto *comparison = dyn_cast<ICmpInst>(condition);
    if (!comparison || !comparison->getOperand(0)->getType()->isIntegerTy()) return;
    auto predicate = holds ? comparison->getPredicate() : comparison->getInversePredicate();
    Value *index = comparison->getOperand(0), *size = comparison->getOperand(1);
    if (auto *constant = dyn_cast<ConstantInt>(size)) {
        learnSize(*comparison, index, predicate, *constant, undo);
        return learnBound(*comparison, index, predicate, *constant, undo);
    }
    if (!index->getType()->isIntegerTy(64)) return;
    if (predicate == CmpInst::ICMP_UGT || predicate == CmpInst::ICMP_UGE) {
        std::swap(index, size);
        predicate = CmpInst::getSwappedPredicate(predicate);
    }
    if (predicate != CmpInst::ICMP_ULT && predicate != CmpInst::ICMP_ULE) return;
    // `size - constant` does not wrap if the memory is not smaller than the constant.
    Sum limit = Sum::of(size, slice);
    if (limit.terms.size() != 1 || limit.terms[0].factor != 1) return;
    auto region = regions.ofSize(limit.terms[0].value);
    auto difference = int64_t(limit.constant);
    if (!region || !isSmall(limit.constant) || difference > 0 || -difference > leastSize(limit.terms[0].value, *region))
        return;
    slice.insert(comparison);
    Sum sum = Sum::of(index, slice), scaled;
    uint64_t unit = region->kind == Region::table ? sizeof(void *) : 1;
    scaled.add(sum, unit);
    if (!isSmall(sum.constant) || !isSmall(scaled.constant)) return;
    int64_t end = int64_t(scaled.constant) + (int64_t(predicate == CmpInst::ICMP_ULT) - difference) * int64_t(unit);
    note(*region, scaled, {int64_t(scaled.constant), end}, undo);
}

void KnownBounds::learnSize(
    ICmpInst &comparison, Value *size, CmpInst::Predicate predicate, const ConstantInt &constant, Undo &undo) {
    bool isAbove = predicate == CmpInst::ICMP_UGT, isFrom = predicate == CmpInst::ICMP_UGE;
    auto region = isAbove || isFrom ? regions.ofSize(size) : std::nullopt;
    if (!region || region->kind != Region::memory || !isSmall(constant.getZExtValue())) return;
    int64_t least = int64_t(constant.getZExtValue()) + isAbove, known = leastSize(size, *region);
    if (least <= known) return;
    undo.sizes.push_back({size, known});
    sizes[size] = least;
    slice.insert(&comparison);
}

void KnownBounds::learnBound(
    ICmpInst &comparison, Value *index, CmpInst::Predicate predicate, const ConstantInt &constant, Undo &undo) {
    bool isBelow = predicate == CmpInst::ICMP_ULT, isUpTo = predicate == CmpInst::ICMP_ULE;
    if ((!isBelow && !isUpTo) || constant.getValue().getActiveBits() > 32) return;
    uint64_t bound = constant.getZExtValue() + isUpTo;
    uint64_t &known = bounds[index];
    if (known && known <= bound) return;
    undo.bounds.push_back({index, known});
    known = bound;
    slice.insert(&comparison);
}

// MARK: What is known

void KnownBounds::note(Region region, const Sum &sum, Extent extent, Undo &undo) {
    Place place{region, sum.key()};
    auto known = extents.find(place);
    if (known == extents.end()) {
        undo.extents.push_back({place, std::nullopt});
        extents[place] = extent;
    } else if (known->second.end < extent.end || known->second.start > extent.start) {
        undo.extents.push_back({place, known->second});
        known->second = {std::min(known->second.start, extent.start), std::max(known->second.end, extent.end)};
    }
}

void KnownBounds::takeBack(Undo &undo) {
    for (auto &[place, extent] : reverse(undo.extents)) {
        if (extent) extents[place] = *extent;
        else extents.erase(place);
    }
    for (auto &[size, least] : reverse(undo.sizes)) sizes[size] = least;
    for (auto &[value, bound] : reverse(undo.bounds)) bounds[value] = bound;
}

std::optional<KnownBounds::Extent> KnownBounds::extent(Region region, const Sum &sum) const {
    auto known = extents.find({region, sum.key()});
    return known == extents.end() ? std::nullopt : std::optional(known->second);
}

std::optional<int64_t> KnownBounds::most(const Sum &sum) {
    if (sum.terms.size() != 1 || sum.terms[0].factor > 64) return std::nullopt;
    Value *value = sum.terms[0].value;
    uint64_t bound = bounds.lookup(value);
    auto *wide = dyn_cast<ZExtInst>(value);
    if (!bound && wide) bound = bounds.lookup(wide->getOperand(0));
    if (!bound) return std::nullopt;
    if (wide) slice.insert(wide);
    return int64_t((bound - 1) * sum.terms[0].factor + sum.constant);
}

}
