#include "Address.h"

#include "IterationCount.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace wasmc {

// MARK: Sums

void Sum::add(Value *value, uint64_t factor) {
    auto known = find_if(terms, [=](const Term &term) { return term.value == value; });
    if (known == terms.end()) {
        if (factor) terms.push_back({value, factor});
        return;
    }
    known->factor += factor;
    if (!known->factor) terms.erase(known);
}

void Sum::add(const Sum &other, uint64_t factor) {
    for (const Term &term : other.terms) add(term.value, term.factor * factor);
    constant += other.constant * factor;
}

Sum::Key Sum::key() const {
    Key key;
    for (const Term &term : terms) key.push_back({term.value, term.factor});
    sort(key);
    return key;
}

/// How many low bits of a value are zero.
static unsigned trailingZeros(Value *value, Slice &slice, unsigned depth = 0) {
    if (auto *constant = dyn_cast<ConstantInt>(value)) return constant->getValue().countr_zero();
    auto *instruction = dyn_cast<Instruction>(value);
    if (!instruction || depth > 6) return 0;
    auto operand = [&](unsigned number) { return trailingZeros(instruction->getOperand(number), slice, depth + 1); };
    slice.insert(instruction);
    switch (instruction->getOpcode()) {
    case Instruction::ZExt:
    case Instruction::SExt: return operand(0);
    case Instruction::Add:
    case Instruction::Sub:
    case Instruction::Or: return std::min(operand(0), operand(1));
    case Instruction::And: return std::max(operand(0), operand(1));
    case Instruction::Mul: return std::min(64u, operand(0) + operand(1));
    case Instruction::Shl: {
        auto *constant = dyn_cast<ConstantInt>(instruction->getOperand(1));
        if (!constant || constant->getValue().uge(constant->getBitWidth())) return 0;
        return std::min(64u, operand(0) + unsigned(constant->getZExtValue()));
    }
    case Instruction::PHI: {
        // A counter keeps the zeros that its start and its step share.
        auto *phi = cast<PHINode>(instruction);
        if (phi->getNumIncomingValues() != 2) return 0;
        for (unsigned edge : {0u, 1u}) {
            auto *next = dyn_cast<BinaryOperator>(phi->getIncomingValue(edge));
            if (!next || next->getOpcode() != Instruction::Add || next->getOperand(0) != phi
                || !isa<ConstantInt>(next->getOperand(1)))
                continue;
            slice.insert(next);
            return std::min(
                unsigned(cast<ConstantInt>(next->getOperand(1))->getValue().countr_zero()),
                trailingZeros(phi->getIncomingValue(1 - edge), slice, depth + 1));
        }
        return 0;
    }
    default: return 0;
    }
}

/// After a loop, values pass through phis of one operand.
static Value *throughSinglePhi(Value *value) {
    auto *phi = dyn_cast<PHINode>(value);
    return phi && phi->getNumIncomingValues() == 1 ? throughSinglePhi(phi->getIncomingValue(0)) : value;
}

bool isUndefined(const Constant &constant) {
    return isa<UndefValue>(constant) || constant.containsUndefOrPoisonElement();
}

/// What all lanes of a vector are; null for other vectors and for scalars.
static Value *splatValue(Value *value) {
    if (!value->getType()->isVectorTy()) return nullptr;
    if (auto *constant = dyn_cast<Constant>(value)) return constant->getSplatValue();
    auto *shuffle = dyn_cast<ShuffleVectorInst>(value);
    bool isSplat = shuffle && all_of(shuffle->getShuffleMask(), [](int lane) { return lane == 0; });
    auto *lane = isSplat ? dyn_cast<InsertElementInst>(shuffle->getOperand(0)) : nullptr;
    auto *index = lane ? dyn_cast<ConstantInt>(lane->getOperand(2)) : nullptr;
    return index && index->isZero() ? lane->getOperand(1) : nullptr;
}

static void collect(Sum &sum, Value *value, uint64_t factor, Slice &slice, unsigned depth) {
    if (auto *constant = dyn_cast<ConstantInt>(value)) {
        sum.constant += factor * constant->getValue().sextOrTrunc(64).getZExtValue();
        return;
    }
    value = throughSinglePhi(value);
    if (Value *lane = splatValue(value)) return collect(sum, lane, factor, slice, depth + 1);
    auto *operation = dyn_cast<BinaryOperator>(value);
    if (!operation || depth > 8) return sum.add(value, factor);
    Value *left = operation->getOperand(0), *right = operation->getOperand(1);
    Value *lane = splatValue(right);
    auto *constant = dyn_cast<ConstantInt>(lane ? lane : right);
    auto take = [&](Value *part, uint64_t partFactor) { collect(sum, part, partFactor, slice, depth + 1); };
    slice.insert(operation);
    switch (operation->getOpcode()) {
    case Instruction::Add: take(left, factor), take(right, factor); return;
    case Instruction::Sub: take(left, factor), take(right, 0 - factor); return;
    case Instruction::Mul:
        if (constant) return take(left, factor * constant->getSExtValue());
        break;
    case Instruction::Shl:
        if (constant && constant->getValue().ult(value->getType()->getScalarSizeInBits()))
            return take(left, factor << constant->getZExtValue());
        break;
    case Instruction::Or:
        if (constant && constant->getValue().getActiveBits() <= trailingZeros(left, slice))
            return take(left, factor), take(right, factor);
        break;
    default: break;
    }
    sum.add(value, factor);
}

Sum Sum::of(Value *value, Slice &slice) {
    Sum sum;
    collect(sum, value, 1, slice, 0);
    return sum;
}

Address Address::of(Value *pointer, const DataLayout &layout, Slice &slice) {
    Address address{throughSinglePhi(pointer), Sum()};
    while (true) {
        // One of several pointers is where any of them may be.
        auto *lane = dyn_cast<ExtractElementInst>(address.root);
        auto *step = dyn_cast<GEPOperator>(lane ? lane->getVectorOperand() : address.root);
        if (!step) return address;
        if (auto *instruction = dyn_cast<Instruction>(step)) slice.insert(instruction);
        if (step->getType()->isVectorTy()) {
            Value *root = step->getPointerOperand(), *index = step->getOperand(1);
            Value *splat = splatValue(root);
            if (step->getNumIndices() != 1 || !step->getSourceElementType()->isIntegerTy(8)) return address;
            if (!index->getType()->getScalarType()->isIntegerTy(64) || (root->getType()->isVectorTy() && !splat))
                return address;
            address.offset.add(Sum::of(index, slice), 1);
            address.root = splat ? splat : root;
            continue;
        }
        SmallMapVector<Value *, APInt, 4> variables;
        APInt constant(64, 0);
        if (!step->collectOffset(layout, 64, variables, constant)) return address;
        if (any_of(variables, [](auto &variable) { return !variable.first->getType()->isIntegerTy(64); }))
            return address;
        address.offset.constant += constant.getZExtValue();
        for (auto &[value, factor] : variables) address.offset.add(Sum::of(value, slice), factor.getZExtValue());
        address.root = throughSinglePhi(step->getPointerOperand());
    }
}

// MARK: Intervals

Interval Interval::operator+(Interval other) const {
    Interval sum{least + other.least, most + other.most};
    return sum.isKnown() && isKnown() && other.isKnown() ? sum : unknown();
}

Interval Interval::scaled(uint64_t factor) const {
    auto signedFactor = int64_t(factor);
    if (!isKnown()) return unknown();
    __int128 a = __int128(least) * signedFactor, b = __int128(most) * signedFactor;
    if (a > b) std::swap(a, b);
    if (a <= -limit || b >= limit) return unknown();
    return {int64_t(a), int64_t(b)};
}

Interval Intervals::of(Value *value) {
    ConstantRange range = this->range(value, 0);
    APInt least = range.getSignedMin(), most = range.getSignedMax();
    if (least.getSignificantBits() > 61 || most.getSignificantBits() > 61) return Interval::unknown();
    return {least.getSExtValue(), most.getSExtValue()};
}

Interval Intervals::of(const Sum &sum) {
    auto constant = int64_t(sum.constant);
    Interval total{constant, constant};
    if (!total.isKnown()) return Interval::unknown();
    for (const Term &term : sum.terms) total = total + of(term.value).scaled(term.factor);
    return total;
}

ConstantRange Intervals::range(Value *value, unsigned depth) {
    constexpr unsigned mostDepth = 32;
    unsigned width = value->getType()->getScalarSizeInBits();
    if (auto *constant = dyn_cast<ConstantInt>(value)) return ConstantRange(constant->getValue());
    if (auto *constant = dyn_cast<Constant>(value))
        return isUndefined(*constant) ? ConstantRange::getFull(width) : constant->toConstantRange();
    auto [place, isNew] = known.try_emplace(value);
    if (!isNew) return place->second ? *place->second : ConstantRange::getFull(width);
    if (depth > mostDepth) {
        known.erase(value);
        return ConstantRange::getFull(width);
    }
    // A phi that depends on itself can be anything.
    ConstantRange result = compute(value, depth + 1);
    known[value] = result;
    return result;
}

ConstantRange Intervals::compute(Value *value, unsigned depth) {
    constexpr unsigned largestWeb = 64;
    unsigned width = value->getType()->getScalarSizeInBits();
    auto *instruction = dyn_cast<Instruction>(value);
    if (!instruction) return ConstantRange::getFull(width);
    auto operand = [&](unsigned number) { return range(instruction->getOperand(number), depth); };
    auto extended = [&] {
        Value *narrow = instruction->getOperand(0);
        unsigned narrowWidth = narrow->getType()->getScalarSizeInBits();
        return looksThroughExtensions || narrowWidth > 32 ? range(narrow, depth) : ConstantRange::getFull(narrowWidth);
    };
    slice.insert(instruction);
    switch (instruction->getOpcode()) {
    case Instruction::ZExt: return extended().zeroExtend(width);
    case Instruction::SExt: return extended().signExtend(width);
    case Instruction::Trunc: return operand(0).truncate(width);
    case Instruction::Add: return operand(0).add(operand(1));
    case Instruction::Sub: return operand(0).sub(operand(1));
    case Instruction::Mul: return operand(0).multiply(operand(1));
    case Instruction::And: return operand(0).binaryAnd(operand(1));
    case Instruction::Or: return operand(0).binaryOr(operand(1));
    case Instruction::Xor: return operand(0).binaryXor(operand(1));
    case Instruction::Shl:
    case Instruction::LShr: {
        // A shift by too much is poison, not a number.
        ConstantRange count = operand(1);
        if (count.getUnsignedMax().uge(width)) return ConstantRange::getFull(width);
        return instruction->getOpcode() == Instruction::Shl ? operand(0).shl(count) : operand(0).lshr(count);
    }
    case Instruction::UDiv: return operand(0).udiv(operand(1));
    case Instruction::URem: return operand(0).urem(operand(1));
    case Instruction::Select: return operand(1).unionWith(operand(2));
    case Instruction::InsertElement: return rangeOfLanes(instruction, depth);
    case Instruction::ShuffleVector: {
        auto *shuffle = cast<ShuffleVectorInst>(instruction);
        ArrayRef<int> lanes = shuffle->getShuffleMask();
        if (any_of(lanes, [](int lane) { return lane < 0; })) return ConstantRange::getFull(width);
        bool isFromFirst = all_of(lanes, [&](int lane) {
            return lane < int(cast<FixedVectorType>(shuffle->getOperand(0)->getType())->getNumElements());
        });
        if (Value *lane = splatValue(shuffle)) return range(lane, depth);
        return isFromFirst ? operand(0) : operand(0).unionWith(operand(1));
    }
    case Instruction::PHI: {
        if (auto counted = rangeOfInduction(*cast<PHINode>(instruction), depth)) return *counted;
        // Phis hand on what others calculate.
        SmallSetVector<Value *, 8> web;
        web.insert(instruction);
        ConstantRange all = ConstantRange::getEmpty(width);
        for (size_t next = 0; next < web.size(); next++) {
            auto *phi = dyn_cast<PHINode>(web[next]);
            if (!phi) all = all.unionWith(range(web[next], depth));
            else if (web.size() < largestWeb) web.insert_range(phi->incoming_values());
            else return ConstantRange::getFull(width);
        }
        return all;
    }
    case Instruction::Call:
        if (auto *choice = dyn_cast<MinMaxIntrinsic>(instruction)) {
            ConstantRange a = operand(0), b = operand(1);
            switch (choice->getIntrinsicID()) {
            case Intrinsic::umin: return a.umin(b);
            case Intrinsic::umax: return a.umax(b);
            case Intrinsic::smin: return a.smin(b);
            case Intrinsic::smax: return a.smax(b);
            default: break;
            }
        }
        return ConstantRange::getFull(width);
    default: return ConstantRange::getFull(width);
    }
}

/// Every exit that each iteration passes is a limit.
std::optional<uint64_t> Intervals::countMostBackedges(Loop &loop, unsigned depth) {
    auto [place, isNew] = mostBackedges.try_emplace(&loop);
    if (!isNew) return place->second;
    SmallVector<BasicBlock *, 4> exiting;
    loop.getExitingBlocks(exiting);
    std::optional<uint64_t> least;
    for (BasicBlock *block : exiting) {
        if (!loop.getLoopLatch() || !dominators.dominates(block, loop.getLoopLatch())) continue;
        auto count = IterationCount::of(loop, block, slice);
        auto most = count ? count->mostBackedges([&](Value *value) { return range(value, depth); }) : std::nullopt;
        if (most) least = std::min(*most, least.value_or(UINT64_MAX));
    }
    return mostBackedges[&loop] = least;
}

/// Of what a loop adds a constant to each time.
std::optional<ConstantRange> Intervals::rangeOfInduction(PHINode &phi, unsigned depth) {
    Loop *loop = loops.getLoopFor(phi.getParent());
    auto induction = loop && !phi.getType()->isVectorTy() ? Induction::of(phi, *loop, slice) : std::nullopt;
    if (!induction || !induction->step.terms.empty()) return std::nullopt;
    auto most = countMostBackedges(*loop, depth);
    unsigned width = phi.getType()->getIntegerBitWidth();
    APInt step(width, induction->step.constant, false, true);
    bool wraps = width < 64 && most && *most >> width, falls = step.isNegative();
    if (!most || wraps) return std::nullopt;
    APInt distance = step.abs().umul_ov(APInt(width, *most), wraps);
    if (wraps || distance.isAllOnes()) return std::nullopt;
    ConstantRange distances(APInt(width, 0), distance + 1);
    ConstantRange start = range(induction->start, depth);
    return falls ? start.sub(distances) : start.add(distances);
}

/// Of a vector that is put together of single lanes. What it was before matters only where some are left out.
ConstantRange Intervals::rangeOfLanes(Value *vector, unsigned depth) {
    unsigned width = vector->getType()->getScalarSizeInBits();
    ConstantRange all = ConstantRange::getEmpty(width);
    SmallBitVector replaced(cast<FixedVectorType>(vector->getType())->getNumElements());
    while (auto *insertion = dyn_cast<InsertElementInst>(vector)) {
        auto *number = dyn_cast<ConstantInt>(insertion->getOperand(2));
        if (!number || number->getValue().uge(replaced.size())) return ConstantRange::getFull(width);
        slice.insert(insertion);
        all = all.unionWith(range(insertion->getOperand(1), depth));
        replaced.set(unsigned(number->getZExtValue()));
        vector = insertion->getOperand(0);
    }
    return replaced.all() ? all : all.unionWith(range(vector, depth));
}

// MARK: Loops

std::optional<Induction> Induction::of(PHINode &phi, Loop &loop, Slice &slice) {
    BasicBlock *latch = loop.getLoopLatch(), *before = loop.getLoopPredecessor();
    if (phi.getParent() != loop.getHeader() || !latch || !before || !phi.getType()->isIntOrIntVectorTy())
        return std::nullopt;
    Sum next = Sum::of(phi.getIncomingValueForBlock(latch), slice);
    auto self = find_if(next.terms, [&](const Term &term) { return term.value == &phi; });
    if (self == next.terms.end() || self->factor != 1) return std::nullopt;
    next.terms.erase(self);
    // All lanes step alike.
    if (any_of(next.terms, [&](const Term &term) {
            return !loop.isLoopInvariant(term.value) || term.value->getType()->isVectorTy();
        }))
        return std::nullopt;
    return Induction{phi.getIncomingValueForBlock(before), next};
}

std::optional<Progression> Progression::of(const Sum &sum, Loop &loop, Intervals &intervals, Slice &slice) {
    Progression result;
    Sum start;
    start.constant = sum.constant;
    auto vary = [&](const Term &term) { result.rest = result.rest + intervals.of(term.value).scaled(term.factor); };
    for (const Term &term : sum.terms) {
        auto *phi = dyn_cast<PHINode>(term.value);
        if (loop.isLoopInvariant(term.value)) {
            start.add(term.value, term.factor);
        } else if (auto induction = phi ? Induction::of(*phi, loop, slice) : std::nullopt) {
            start.add(Sum::of(induction->start, slice), term.factor);
            result.step.add(induction->step, term.factor);
        } else {
            vary(term);
        }
    }
    // Lanes differ by what is known of them.
    result.start.constant = start.constant;
    for (const Term &term : start.terms) {
        if (term.value->getType()->isVectorTy()) vary(term);
        else result.start.add(term.value, term.factor);
    }
    return result.rest.isKnown() ? std::optional(result) : std::nullopt;
}

}
