// A walk over the dominator tree decides on each access: proven by what is known there, tested before its loop, masked
// or tested where it is. Containment.h has the picture and the invariant.

#include "Containment.h"

#include "Access.h"
#include "AliasRegion.h"
#include "DominatorWalk.h"
#include "IterationCount.h"
#include "KnownBounds.h"

#include "llvm/Analysis/DomTreeUpdater.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/LoopUtils.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

/// Tests before a loop stay below this: no legitimate loop over a 32-bit memory comes near.
constexpr uint64_t mostIterations = uint64_t(1) << 34;
/// Times as many iterations this does not wrap.
constexpr int64_t largestStep = int64_t(1) << 28;
/// What a memory's addresses can differ by.
constexpr uint64_t addressSpan = uint64_t(1) << 32;

class Containing {
    Function &function;
    const wasmc_containment &layout;
    DominatorTree &dominators;
    LoopInfo &loops;
    Slice slice;
    Intervals intervals;
    Regions regions;
    KnownBounds known;

    /// Accesses of a loop that start and step alike: from `least` on, up to `end`.
    struct Group {
        Region region;
        Progression progression;
        int64_t least, end;
        DebugLoc location;
    };
    struct LoopTest {
        std::optional<IterationCount> count;  // where addresses change
        SmallVector<Group, 2> groups;
    };
    MapVector<Loop *, LoopTest> tests;
    SmallVector<std::pair<Access, Region>, 8> masked, checked;

public:
    unsigned proven = 0, notUnderstood = 0;

    Containing(Function &function, const wasmc_containment &layout, DominatorTree &dominators, LoopInfo &loops)
        : function(function), layout(layout), dominators(dominators), loops(loops),
          intervals(
              loops, dominators, slice,
              layout.behind == 0 || any_of(ArrayRef(layout.memories, layout.memory_count), isNotReserved)),
          regions(function, layout, slice), known(slice, regions) {}

    size_t testCount() const { return tests.size(); }
    size_t maskCount() const { return masked.size(); }
    size_t checkCount() const { return checked.size(); }

    bool run() {
        bool isChanged = defineNumbers();
        isChanged |= endImpossibleWays();
        walk();
        for (auto &[loop, test] : tests) insertTest(*loop, test);
        for (auto &[access, region] : masked) mask(access, region);
        for (auto &[access, region] : checked) check(access, region);
        for (Instruction *instruction : slice) instruction->dropPoisonGeneratingAnnotations();
        return isChanged || !slice.empty();
    }

private:
    static bool isOfGuest(const Function &function) { return function.getName().starts_with("wasm_function_"); }
    static bool isNotReserved(const wasmc_memory_slots &memory) { return !memory.is_reserved; }

    bool hasReservation(Region region) const { return regions.isReserved(region); }

    // MARK: What was taken for impossible

    /// A register that is never written holds anything, and another thing for each of its uses. Vectors are put
    /// together from such ones, lane by lane.
    bool defineNumbers() {
        bool isChanged = false;
        for (Instruction &instruction : instructions(function)) {
            if (isa<InsertElementInst, ShuffleVectorInst, InsertValueInst, ReturnInst, CallBase>(instruction)) continue;
            for (Use &operand : instruction.operands()) {
                auto *constant = dyn_cast<Constant>(operand);
                Type *type = operand->getType();
                if (!constant || !type->isIntOrIntVectorTy() || !isUndefined(*constant)) continue;
                operand.set(Constant::replaceUndefsWith(constant, Constant::getNullValue(type->getScalarType())));
                isChanged = true;
            }
        }
        return isChanged;
    }

    /// Code generation puts nothing where control cannot get to, and control that gets there runs into what comes next.
    bool endImpossibleWays() {
        SmallVector<Instruction *> ends;
        for (BasicBlock &block : function) {
            auto *end = dyn_cast<UnreachableInst>(block.getTerminator());
            if (!end) continue;
            auto *call = dyn_cast_or_null<CallBase>(end->getPrevNode());
            Function *callee = call ? call->getCalledFunction() : nullptr;
            bool mayReturn = !call || !call->doesNotReturn() || (callee && isOfGuest(*callee));
            bool isReached = block.isEntryBlock()
                || any_of(predecessors(&block), [&](BasicBlock *before) { return !isNever(*before, block); });
            if (mayReturn && isReached) ends.push_back(end);
        }
        for (Instruction *end : ends) callEscape(end, end->getDebugLoc());
        return !ends.empty();
    }

    /// Whether a block is only where a choice goes whose cases are all that there can be.
    bool isNever(BasicBlock &before, BasicBlock &block) {
        auto *choice = dyn_cast<SwitchInst>(before.getTerminator());
        if (!choice || choice->getDefaultDest() != &block) return false;
        bool isCase = any_of(choice->cases(), [&](auto &one) { return one.getCaseSuccessor() == &block; });
        Interval possible = intervals.of(choice->getCondition());
        if (isCase || !possible.isKnown() || possible.most - possible.least >= int64_t(choice->getNumCases()))
            return false;
        // Cases differ from each other.
        return all_of(choice->cases(), [&](auto &one) {
            const APInt &value = one.getCaseValue()->getValue();
            return value.getSignificantBits() <= 61 && value.getSExtValue() >= possible.least
                && value.getSExtValue() <= possible.most;
        });
    }

    // MARK: Decisions

    void walk() {
        walkDominatorTree<KnownBounds::Undo>(
            dominators,
            [&](BasicBlock &block, KnownBounds::Undo &undo) {
                if (BasicBlock *before = block.getSinglePredecessor()) known.learn(*before, block, undo);
                for (Instruction &instruction : block)
                    if (!forEachAccess(instruction, [&](const Access &access) { decide(access, undo); }))
                        notUnderstood++;
            },
            [&](KnownBounds::Undo &undo) { known.takeBack(undo); });
    }

    /// The sum of an access's last byte's address and 1.
    Sum end(const Access &access, const Address &address) {
        Sum end = address.offset;
        if (access.length) end.add(Sum::of(access.length, slice), 1);
        else end.constant += access.byteCount;
        return end;
    }

    void decide(const Access &access, KnownBounds::Undo &undo) {
        Address address = Address::of(access.pointer(), function.getDataLayout(), slice);
        auto region = regions.ofBase(address.root);
        if (!region) return decideOther(access, address);
        Sum end = this->end(access, address);
        bool hasSmallConstants = isSmall(address.offset.constant) && isSmall(end.constant);
        // With a length, the terms are not those of the offset.
        KnownBounds::Extent extent{
            int64_t(access.length ? end.constant : address.offset.constant), int64_t(end.constant)};
        if (isProven(access, address, *region, end)) {
            proven++;
        } else if (canTest(access, address, *region)) {
            if (hasSmallConstants) known.note(*region, end, extent, undo);
        } else if (hasReservation(*region) && !access.length) {
            masked.push_back({access, *region});
        } else {
            checked.push_back({access, *region});
            if (!access.mask && hasSmallConstants) known.note(*region, end, extent, undo);
        }
    }

    bool isProven(const Access &access, const Address &address, Region region, const Sum &end) {
        Interval first = intervals.of(address.offset), last = intervals.of(end);
        // A length is unsigned.
        bool isKnown = first.isKnown() && last.isKnown() && (!access.length || intervals.of(access.length).least >= 0);
        bool isReserved = hasReservation(region);
        if (isReserved && isKnown && first.least >= -regions.before(region) && last.most <= regions.behind(region))
            return true;
        if (!isSmall(address.offset.constant) || !isSmall(end.constant)) return false;
        auto extent = known.extent(region, end);
        bool isCompared = extent && extent->end >= int64_t(end.constant);
        bool isBehindStart = isCompared && !access.length && extent->start <= int64_t(address.offset.constant);
        if (isReserved) return isBehindStart;
        if (isNearCompared(access, address, region)) return true;
        bool isNotNegative = (first.isKnown() && first.least >= 0)
            || (int64_t(address.offset.constant) >= 0 && known.most(address.offset).has_value());
        int64_t most = std::min(isKnown ? last.most : Interval::limit, known.most(end).value_or(Interval::limit));
        if (isNotNegative && (isKnown || !access.length) && most <= regions.minimumSize(region)) return true;
        return isCompared && (isBehindStart || (isNotNegative && (!access.length || isKnown)));
    }

    /// Whether a sum was compared that lacks only a small number, for all that this can be: `p` with 1,024 bytes behind
    /// it, where `p + 4 * (x & 255)` is accessed.
    bool isNearCompared(const Access &access, const Address &address, Region region) {
        constexpr int64_t mostNear = int64_t(1) << 20;
        if (access.length) return false;
        Sum compared;
        Interval rest{int64_t(address.offset.constant), int64_t(address.offset.constant)};
        for (const Term &term : address.offset.terms) {
            Interval range = intervals.of(term.value).scaled(term.factor);
            if (range.isKnown() && range.most - range.least <= mostNear) rest = rest + range;
            else compared.add(term.value, term.factor);
        }
        auto extent = known.extent(region, compared);
        return extent && rest.isKnown() && extent->start <= rest.least
            && rest.most + int64_t(access.byteCount) <= extent->end;
    }

    /// Structures of the runtime, which code reads at constant offsets; and pointers that are one of several.
    void decideOther(const Access &access, const Address &address) {
        bool mayBeMemory = isToLinearMemory(*access.instruction) || isToHeap(*access.instruction)
            || access.pointer()->getType()->isVectorTy();
        bool isCalculated =
            isa<IntToPtrInst>(address.root) && isa<BinaryOperator>(cast<IntToPtrInst>(address.root)->getOperand(0));
        bool isChosen = isa<PHINode, SelectInst>(address.root);
        if (!mayBeMemory && !isCalculated && !isChosen && address.offset.terms.empty()) return;
        auto region = regions.ofChoice(access.pointer());
        if (!region) {
            if (mayBeMemory || isCalculated || !address.offset.terms.empty()) notUnderstood++;
        } else if (hasReservation(*region) && !access.length) {
            masked.push_back({access, *region});
        } else {
            checked.push_back({access, *region});
        }
    }

    /// Whether a test before the innermost loop can show that the access stays where it may in all iterations. It must
    /// not fail for iterations that would not have made the access.
    bool canTest(const Access &access, const Address &address, Region region) {
        BasicBlock *block = access.instruction->getParent();
        Loop *loop = loops.getLoopFor(block);
        if (!loop || access.length || region.kind == Region::object) return false;
        BasicBlock *latch = loop->getLoopLatch(), *exiting = loop->getExitingBlock();
        if (!latch || !loop->getLoopPredecessor() || !exiting || !dominators.dominates(exiting, latch)
            || !dominators.dominates(block, latch))
            return false;
        // Something else may end the guest before an address leaves its place.
        for (BasicBlock *inside : loop->blocks())
            for (Instruction &instruction : *inside)
                if (isa<CallBase>(instruction) && !isa<IntrinsicInst>(instruction)) return false;
        auto progression = Progression::of(address.offset, *loop, intervals, slice);
        if (!progression || !isSmall(progression->start.constant)) return false;
        // What is only known to lie between bounds may be far from them: in a reservation there is room for that.
        int64_t variation = progression->rest.most - progression->rest.least;
        if (variation > (hasReservation(region) ? int64_t(addressSpan) : 0)) return false;
        // Where the address is right, its sum without what varies lies up to the variation below it, so that the test
        // would fail without cause where there is less room in front of the memory.
        int64_t before = regions.before(region);
        if (variation > before) {
            Interval start = intervals.of(progression->start);
            bool rises = progression->step.terms.empty() && int64_t(progression->step.constant) >= 0;
            bool isInFront = !start.isKnown() || start.least + progression->rest.least < -before;
            if (!rises || isInFront) return false;
        }
        bool changes = !progression->step.terms.empty() || progression->step.constant;
        // The last iteration may be left before the access.
        if (exiting != latch && (!changes || !hasReservation(region))) return false;
        auto count = changes ? IterationCount::of(*loop, slice) : std::nullopt;
        if (changes && !count) return false;
        int64_t least = progression->rest.least + int64_t(progression->start.constant);
        int64_t end = progression->rest.most + int64_t(progression->start.constant) + int64_t(access.byteCount);
        progression->start.constant = 0;
        LoopTest &test = tests[loop];
        if (count) test.count = count;
        auto &groups = test.groups;
        auto alike = find_if(groups, [&](const Group &group) {
            return group.region == region && group.progression.start.key() == progression->start.key()
                && group.progression.step.key() == progression->step.key()
                && group.progression.step.constant == progression->step.constant;
        });
        if (alike == groups.end()) {
            groups.push_back({region, *progression, least, end, access.instruction->getDebugLoc()});
        } else {
            alike->least = std::min(alike->least, least);
            alike->end = std::max(alike->end, end);
        }
        return true;
    }

    // MARK: Code

    Value *both(IRBuilder<> &builder, Value *a, Value *b) {
        if (!a || match(a, m_One())) return b;
        return match(b, m_One()) ? a : builder.CreateAnd(a, b);
    }

    /// `index` bytes from the base on there are `byteCount` bytes that may be accessed.
    Value *isInside(IRBuilder<> &builder, Region region, Value *index, Value *byteCount) {
        if (hasReservation(region)) {
            Value *fromStart = builder.CreateAdd(index, builder.getInt64(regions.before(region)));
            Value *all = builder.getInt64(regions.before(region) + regions.behind(region));
            return both(
                builder, builder.CreateICmpULE(byteCount, all),
                builder.CreateICmpULE(fromStart, builder.CreateSub(all, byteCount)));
        }
        Value *size = regions.size(builder, region);
        return builder.CreateAnd(
            builder.CreateICmpULE(byteCount, size), builder.CreateICmpULE(index, builder.CreateSub(size, byteCount)));
    }

    void insertTest(Loop &loop, const LoopTest &loopTest) {
        BasicBlock *before = loop.getLoopPreheader();
        if (!before) before = InsertPreheaderForLoop(&loop, &dominators, &loops, nullptr, false);
        IRBuilder<> builder(before->getTerminator());
        auto code = loopTest.count ? loopTest.count->emit(builder) : IterationCount::Code{};
        Value *test = code.isFinite;
        uint64_t most = mostIterations;
        for (const Group &group : loopTest.groups) {
            if (auto limit = limitOfRising(group)) most = std::min(most, *limit);
            else test = both(builder, test, fits(builder, group, code.backedges));
        }
        if (loopTest.count) test = both(builder, test, builder.CreateICmpULE(code.backedges, builder.getInt64(most)));
        escapeUnless(test, before->getTerminator(), loopTest.groups.front().location);
    }

    /// For addresses that rise from a start with known bounds: the number of iterations beyond which they could leave
    /// the reservation. It is no limit for a loop that stays in a memory.
    std::optional<uint64_t> limitOfRising(const Group &group) {
        Interval start = intervals.of(group.progression.start);
        auto step = int64_t(group.progression.step.constant);
        if (!hasReservation(group.region) || !start.isKnown() || !group.progression.step.terms.empty() || step <= 0)
            return std::nullopt;
        if (start.least + group.least < -regions.before(group.region)) return std::nullopt;
        int64_t room = regions.behind(group.region) - start.most - group.end;
        if (room < int64_t(addressSpan)) return std::nullopt;
        return uint64_t(room / step);
    }

    /// Whether what is added each time is a small number, by what is known of it.
    bool isSmallStep(const Group &group, bool isRising) {
        Interval step = intervals.of(group.progression.step);
        return step.isKnown() && step.least >= (isRising ? 0 : -largestStep) && step.most <= largestStep;
    }

    /// Addresses that rise from within the reservation: nothing wraps on the way to the last one, which decides.
    bool isRisingFromInside(const Group &group) {
        Interval start = intervals.of(group.progression.start);
        return hasReservation(group.region) && start.isKnown()
            && start.least + group.least >= -regions.before(group.region) && isSmallStep(group, true);
    }

    Value *fits(IRBuilder<> &builder, const Group &group, Value *backedges) {
        Type *i64 = builder.getInt64Ty();
        Value *first = builder.CreateAdd(emit(group.progression.start, i64, builder), builder.getInt64(group.least));
        Value *length = builder.getInt64(group.end - group.least);
        const Sum &step = group.progression.step;
        if (step.terms.empty() && !step.constant) return isInside(builder, group.region, first, length);
        Value *each = emit(step, i64, builder), *isExact = nullptr, *distance;
        if (isSmallStep(group, false)) {
            distance = builder.CreateMul(each, backedges);
        } else {
            // From a first address inside, a distance that does not wrap ends inside only where it does not leave.
            Value *product = builder.CreateBinaryIntrinsic(Intrinsic::smul_with_overflow, each, backedges);
            distance = builder.CreateExtractValue(product, 0);
            isExact = builder.CreateNot(builder.CreateExtractValue(product, 1));
        }
        Value *test = isInside(builder, group.region, builder.CreateAdd(first, distance), length);
        if (!isRisingFromInside(group)) test = both(builder, isInside(builder, group.region, first, length), test);
        return both(builder, isExact, test);
    }

    /// How far an access's pointers are from where the region begins.
    std::pair<Value *, Value *> rootAndOffset(IRBuilder<> &builder, const Access &access, Region region) {
        Address address = Address::of(access.pointer(), function.getDataLayout(), slice);
        bool isPlain = regions.ofBase(address.root)
            && none_of(address.offset.terms, [](const Term &term) { return term.value->getType()->isVectorTy(); });
        if (isPlain) return {address.root, emit(address.offset, builder.getInt64Ty(), builder)};
        Value *root = regions.isReserved(region) || region.kind == Region::memory
            ? regions.base(builder, region, access.pointer()->getType()->getScalarType())
            : address.root;
        Type *type = builder.getInt64Ty();
        Value *start = builder.CreatePtrToInt(root, type);
        if (auto *vector = dyn_cast<VectorType>(access.pointer()->getType())) {
            start = builder.CreateVectorSplat(vector->getElementCount(), start);
            type = start->getType();
        }
        return {root, builder.CreateSub(builder.CreatePtrToInt(access.pointer(), type), start)};
    }

    void mask(const Access &access, Region region) {
        IRBuilder<> builder(access.instruction);
        auto [root, offset] = rootAndOffset(builder, access, region);
        offset = builder.CreateAnd(offset, ConstantInt::get(offset->getType(), regions.mask(region)));
        access.setPointer(builder.CreateGEP(builder.getInt8Ty(), root, offset));
    }

    void check(const Access &access, Region region) {
        IRBuilder<> builder(access.instruction);
        Value *offset = rootAndOffset(builder, access, region).second;
        if (access.mask) return restrict(access, region, offset, builder);
        Value *byteCount = access.length ? access.length : builder.getInt64(access.byteCount);
        escapeUnless(
            isInside(builder, region, offset, byteCount), access.instruction, access.instruction->getDebugLoc());
    }

    /// Lanes outside are left out: they may be lanes that would have been left out in any case.
    void restrict(const Access &access, Region region, Value *offset, IRBuilder<> &builder) {
        auto *lanes = cast<FixedVectorType>(access.mask->getType());
        uint64_t laneSize = access.byteCount / lanes->getNumElements();
        if (!offset->getType()->isVectorTy()) {
            Value *numbers = builder.CreateStepVector(VectorType::get(builder.getInt64Ty(), lanes->getElementCount()));
            Value *sizes = ConstantInt::get(numbers->getType(), laneSize);
            offset = builder.CreateAdd(
                builder.CreateVectorSplat(lanes->getElementCount(), offset), builder.CreateMul(numbers, sizes));
        }
        Value *size = regions.size(builder, region), *bytes = builder.getInt64(laneSize);
        Value *most = builder.CreateVectorSplat(lanes->getElementCount(), builder.CreateSub(size, bytes));
        Value *isLarge = builder.CreateVectorSplat(lanes->getElementCount(), builder.CreateICmpUGE(size, bytes));
        Value *inside = builder.CreateAnd(builder.CreateICmpULE(offset, most), isLarge);
        unsigned operand = access.operand == 0 ? 1 : 2;
        access.instruction->setOperand(operand, builder.CreateAnd(access.mask, inside));
    }

    void escapeUnless(Value *test, Instruction *before, DebugLoc location) {
        if (match(test, m_One())) return;
        IRBuilder<> builder(before);
        MDNode *unlikely = MDBuilder(function.getContext()).createUnlikelyBranchWeights();
        DomTreeUpdater updater(dominators, DomTreeUpdater::UpdateStrategy::Eager);
        Instruction *end =
            SplitBlockAndInsertIfThen(builder.CreateNot(test), before->getIterator(), true, unlikely, &updater, &loops);
        callEscape(end, location);
    }

    void callEscape(Instruction *end, DebugLoc location) {
        IRBuilder<> builder(end);
        auto *call = builder.CreateCall(regions.escape(), {function.getArg(0)});
        call->setDebugLoc(location);
        call->addFnAttr(Attribute::NoReturn);
        call->addFnAttr(Attribute::NoMerge);
        call->addFnAttr(Attribute::Cold);
    }
};

/// Phis that hand on one pointer of the entry block and nothing else are that pointer. In an interpreter's loop the
/// memory's base is one that passes through many, and each access through it would have no base that is known.
bool collapsePhis(Function &function) {
    SmallVector<PHINode *> phis;
    for (BasicBlock &block : function)
        for (PHINode &phi : block.phis())
            if (phi.getType()->isPointerTy()) phis.push_back(&phi);
    SmallPtrSet<PHINode *, 16> seen;
    bool changed = false;
    for (PHINode *first : phis) {
        if (seen.contains(first)) continue;
        SmallSetVector<PHINode *, 16> web;
        SmallSetVector<Value *, 2> sources;
        web.insert(first);
        for (size_t next = 0; next < web.size(); next++)
            for (Value *value : web[next]->incoming_values()) {
                if (auto *phi = dyn_cast<PHINode>(value)) web.insert(phi);
                else sources.insert(value);
            }
        seen.insert_range(web);
        auto *source = sources.size() == 1 ? dyn_cast<Instruction>(sources[0]) : nullptr;
        if (!source || source->isTerminator() || source->getParent() != &function.getEntryBlock()) continue;
        for (PHINode *phi : web) phi->replaceAllUsesWith(source);
        for (PHINode *phi : web) phi->eraseFromParent();
        changed = true;
    }
    return changed;
}

}

PreservedAnalyses ContainmentPass::run(Function &function, FunctionAnalysisManager &analyses) {
    // The rest of the code, such as trampolines, calculates no addresses from a guest's numbers.
    if (!function.getName().starts_with("wasm_function_")) return PreservedAnalyses::all();
    bool isCollapsed = collapsePhis(function);
    Containing containing(
        function, layout, analyses.getResult<DominatorTreeAnalysis>(function),
        analyses.getResult<LoopAnalysis>(function));
    bool changed = containing.run() || isCollapsed;
    if (containing.notUnderstood) layout.refuse(context, function.getName().str().c_str());
    auto say = [&](StringRef name, size_t count) {
        analyses.getResult<OptimizationRemarkEmitterAnalysis>(function).emit([&] {
            return OptimizationRemark("wasmc", name, DebugLoc(), &function.getEntryBlock()) << std::to_string(count);
        });
    };
    say("AccessesProven", containing.proven);
    say("ContainmentTests", containing.testCount());
    say("ContainmentMasks", containing.maskCount());
    say("ContainmentChecks", containing.checkCount());
    return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
