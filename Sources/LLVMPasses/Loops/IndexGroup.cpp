#include "Loops/IndexGroup.h"

#include "Mends.h"

#include "llvm/Analysis/ScalarEvolutionExpressions.h"

using namespace llvm;

namespace wasmc {

/// Offsets and distances below this, from addresses in memories, cannot overflow.
static constexpr int64_t largestOffset = int64_t(1) << 40;
/// An array on the guest's stack, rather than a program's whole memory: beyond this the test before the loop fails more
/// often than an access would.
static constexpr uint64_t largestSpread = uint64_t(1) << 16;

StringRef IndexGroups::add(const BoundsCheck &check) {
    auto byteCount = check.constantByteCount();
    if (!byteCount) return "a bulk operation's length varies";
    if (*byteCount > largestOffset) return "an offset is too large";
    // No bytes may lie at 2^32, where the 32-bit index is 0: the test is of at least one.
    if (*byteCount == 0 && isMended("lengths")) byteCount = 1;
    if (!loop.isLoopInvariant(check.memorySize()) && !lengths.add(check.memorySize()))
        return "the memory may grow in it";
    const SCEV *index = evolution.getSCEV(check.index());
    if (!check.isWide()) index = evolution.getTruncateExpr(index, Type::getInt32Ty(evolution.getContext()));
    auto sequence = this->sequence(index, check.isWide() || check.isOfArray());
    if (!sequence) return "an address does not change by the same amount each time";
    int64_t length = int64_t(*byteCount + sequence->spread);
    Value *member = sequence->spread ? nullptr : check.index();
    for (Group &group : groups) {
        if (group.step != sequence->step || group.memorySize != check.memorySize()) continue;
        auto *distance = dyn_cast<SCEVConstant>(evolution.getMinusSCEV(sequence->start, group.start));
        if (!distance || distance->getAPInt().abs().ugt(uint64_t(largestOffset))) continue;
        int64_t bytes = distance->getAPInt().getSExtValue();
        group.byteCount = std::max(group.byteCount, bytes + length);
        group.members.push_back({member, bytes});
        return "";
    }
    groups.push_back({sequence->start, sequence->step, length, check.memorySize(), check.minimumSize(), {{member, 0}}});
    return "";
}

std::optional<IndexGroups::Sequence> IndexGroups::sequence(const SCEV *index, bool maySpread) {
    auto *sum = dyn_cast<SCEVAddExpr>(index);
    SmallVector<const SCEV *, 4> starts, steps, others;
    for (const SCEV *part : sum ? sum->operands() : ArrayRef(index)) {
        auto *recurrence = dyn_cast<SCEVAddRecExpr>(part);
        if (evolution.isLoopInvariant(part, &loop)) {
            starts.push_back(part);
        } else if (recurrence && recurrence->getLoop() == &loop && recurrence->isAffine()) {
            starts.push_back(recurrence->getStart());
            steps.push_back(recurrence->getStepRecurrence(evolution));
        } else {
            others.push_back(part);
        }
    }
    auto total = [&](auto &parts) {
        return parts.empty() ? evolution.getZero(index->getType()) : evolution.getAddExpr(parts);
    };
    APInt spread = evolution.getUnsignedRangeMax(total(others));
    if (spread.ugt(maySpread ? largestSpread : 0)) return std::nullopt;
    return Sequence{total(starts), total(steps), spread.getZExtValue()};
}

void IndexGroups::complete() {
    for (Group &group : groups) sort(group);
    addUnchecked();
}

/// Counts distances from the lowest member.
void IndexGroups::sort(Group &group) {
    int64_t lowest = 0;
    for (const Member &member : group.members) lowest = std::min(lowest, member.distance);
    for (Member &member : group.members) member.distance -= lowest;
    group.byteCount -= lowest;
    group.start = evolution.getAddExpr(
        group.start, evolution.getConstant(cast<IntegerType>(group.start->getType()), uint64_t(lowest), true));
}

/// Indices whose checks others have taken over: what the test covers does not wrap for them either.
void IndexGroups::addUnchecked() {
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block) {
            if (!isa<ZExtInst>(instruction) || !instruction.getType()->isIntegerTy(64)
                || !instruction.getOperand(0)->getType()->isIntegerTy(32))
                continue;
            auto *sequence = dyn_cast<SCEVAddRecExpr>(evolution.getSCEV(instruction.getOperand(0)));
            if (!sequence || sequence->getLoop() != &loop || !sequence->isAffine()) continue;
            for (Group &group : groups) {
                if (group.step != sequence->getStepRecurrence(evolution)) continue;
                auto *distance = dyn_cast<SCEVConstant>(evolution.getMinusSCEV(sequence->getStart(), group.start));
                if (!distance || distance->getAPInt().uge(uint64_t(group.byteCount))) continue;
                group.members.push_back({&instruction, int64_t(distance->getAPInt().getZExtValue())});
                break;
            }
        }
}

}
