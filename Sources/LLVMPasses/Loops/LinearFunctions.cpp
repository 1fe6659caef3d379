#include "Loops/LinearFunctions.h"

#include "Mends.h"

#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace wasmc {

/// No memory reaches farther.
static constexpr int64_t farthest = int64_t(1) << 36;

std::optional<int64_t> LinearFunctions::step(Value *value, unsigned depth) {
    if (auto known = steps.find(value); known != steps.end()) return known->second;
    std::optional<int64_t> found = findStep(value, depth);
    // What was too deep from here need not be elsewhere.
    if (found || depth == 0) steps[value] = found;
    return found;
}

/// An integer that has not wrapped. Modulo a power of two, a U-th of it is what sums and multiples change by whatever
/// their values are; extensions do where nothing wraps.
std::optional<int64_t> LinearFunctions::findStep(Value *value, unsigned depth) {
    if (loop.isLoopInvariant(value)) return 0;
    if (auto *phi = dyn_cast<PHINode>(value)) {
        auto known = inductions.find(phi);
        if (known == inductions.end()) return std::nullopt;
        return known->second;
    }
    auto *instruction = dyn_cast<Instruction>(value);
    if (!instruction || depth > 12) return std::nullopt;
    auto part = [&](unsigned operand) { return step(instruction->getOperand(operand), depth + 1); };
    auto bounded = [](int64_t step) -> std::optional<int64_t> {
        if (step > largestStep || step < -largestStep) return std::nullopt;
        return step;
    };
    std::optional<int64_t> a, b;
    switch (instruction->getOpcode()) {
    case Instruction::Or:
        if (!cast<PossiblyDisjointInst>(instruction)->isDisjoint()) return std::nullopt;
        [[fallthrough]];
    case Instruction::Add:
        if (!(a = part(0)) || !(b = part(1))) return std::nullopt;
        return bounded(*a + *b);
    case Instruction::Sub:
        if (!(a = part(0)) || !(b = part(1))) return std::nullopt;
        return bounded(*a - *b);
    case Instruction::Mul:
    case Instruction::Shl: {
        auto *constant = dyn_cast<ConstantInt>(instruction->getOperand(1));
        if (!constant || constant->getValue().getActiveBits() > 20 || !(a = part(0))) return std::nullopt;
        uint64_t factor = constant->getZExtValue();
        if (instruction->getOpcode() == Instruction::Mul) return bounded(*a * int64_t(factor));
        return factor > 20 ? std::nullopt : bounded(*a * (int64_t(1) << factor));
    }
    case Instruction::ZExt:
    case Instruction::SExt:
        if (!(a = part(0))
            || !staysInRange(instruction->getOperand(0), *a, instruction->getOpcode() == Instruction::SExt))
            return std::nullopt;
        return a;
    case Instruction::Trunc: return part(0);
    case Instruction::GetElementPtr: {
        auto *address = cast<GetElementPtrInst>(instruction);
        if (address->getNumIndices() != 1 || !address->getSourceElementType()->isIntegerTy(8)
            || !address->getOperand(1)->getType()->isIntegerTy(64))
            return std::nullopt;
        if (!(a = part(0)) || !(b = part(1))) return std::nullopt;
        return bounded(*a + *b);
    }
    default: return std::nullopt;
    }
}

/// A value that changes by `step` wraps neither between its old values nor where the last iteration's copies are.
bool LinearFunctions::staysInRange(Value *value, int64_t step, bool isSigned) {
    if (!isMended("extensions") || step == 0) return true;
    const SCEV *old = evolution.getSCEV(value);
    unsigned width = evolution.getTypeSizeInBits(old->getType());
    ConstantRange range = isSigned ? evolution.getSignedRange(old) : evolution.getUnsignedRange(old);
    APInt room = isSigned ? step < 0 ? range.getSignedMin() - APInt::getSignedMinValue(width)
                                     : APInt::getSignedMaxValue(width) - range.getSignedMax()
        : step < 0        ? range.getUnsignedMin()
                          : APInt::getMaxValue(width) - range.getUnsignedMax();
    return room.uge(uint64_t(std::abs(step) - 1));
}

void LinearFunctions::findParts() {
    for (unsigned number = 0; number < parts.size(); number++)
        for (Value *operand : parts[number]->operands())
            if (auto *part = dyn_cast<Instruction>(operand); part && !isa<PHINode>(part) && !loop.isLoopInvariant(part))
                parts.insert(part);
    parts.remove_if([](Instruction *part) { return isa<PHINode>(part); });
}

bool LinearFunctions::addsWithOr(Instruction *instruction) const {
    return instruction->getOpcode() == Instruction::Or && parts.contains(instruction);
}

/// An address at or after the memory's base, and not far from it, in all copies.
bool LinearFunctions::keepsItsPlace(GetElementPtrInst *address) {
    Value *base = address->getPointerOperand(), *index = address->getOperand(1);
    auto *inner = dyn_cast<GetElementPtrInst>(base);
    if (!loop.isLoopInvariant(base) && !(inner && keepsItsPlace(inner))) return false;
    auto change = step(index);
    if (!change) return false;
    ConstantRange range = evolution.getSignedRange(evolution.getSCEV(index));
    return range.getSignedMin().sge(std::max<int64_t>(-*change, 0))
        && range.getSignedMax().slt(farthest - std::abs(*change));
}

void LinearFunctions::forgetFlags() {
    if (!isMended("flags")) return;
    for (Instruction *part : parts)
        if (auto *address = dyn_cast<GetElementPtrInst>(part); !address || !keepsItsPlace(address))
            if (part->getOpcode() != Instruction::Or) part->dropPoisonGeneratingFlags();
}

void LinearFunctions::addInPlaceOfOr() {
    if (!isMended("disjoint")) return;
    for (Instruction *part : parts) {
        if (part->getOpcode() != Instruction::Or) continue;
        Value *sum = IRBuilder<>(part).CreateAdd(part->getOperand(0), part->getOperand(1));
        part->replaceAllUsesWith(sum);
    }
}

}
