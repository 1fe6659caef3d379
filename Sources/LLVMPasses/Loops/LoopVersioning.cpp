// Loop versioning: an innermost loop all of whose checks have affine indices runs without them when a test before the
// loop shows that every index of every iteration is in bounds; else the untouched loop runs. Which indices those are,
// and which share a test: IndexGroup.h.
//
//     for (i = 0; i < n; i++) {                if (p + 4 * n <= size)
//         if (!in_bounds(p + 4 * i, 4)) trap       for (i = 0; i < n; i++)
//         store p + 4 * i                              store p + 4 * i           ; 64-bit index, can be vectorised
//     }                                        else the loop as it was
//
// An array's length that is loaded in the loop, since a check stands before it, is loaded before the loop once all that
// the loop would compare first has come out well: that the reference is not null, above all.
//
// Invariant: the loop without checks is entered only if no check of it can fail in any iteration. Then, for each index
// i32 {S,+,T}, the 64-bit sequence zext(S) + sext(T) * k stays within the memory and so within 32 bits for all k up to
// the trip count, and equals the wrapping 32-bit index, which it replaces. An i64 index of a memory with 64-bit
// addresses is such a sequence itself; its start may be any number, so that nothing is added to it before it is known
// to lie in the memory. Checks of fuel and polls: LoopCharges.cpp.
//
// LLVM's loop vectoriser relies on it: in a loop with a check it finds no number of iterations. Memory safety does not.

#include "Checks/BoundsCheck.h"
#include "Loops/ArrayLengths.h"
#include "Loops/ExactSteps.h"
#include "Loops/IndexGroup.h"
#include "Loops/InnermostLoops.h"
#include "Loops/LoopCharges.h"
#include "Loops/LoopCopy.h"
#include "Mends.h"
#include "Vectorizer/VectorizerFaults.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/OptimizationRemarkEmitter.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/ScalarEvolutionExpander.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

class Versioning {
    Loop &loop;
    Function &function;
    LoopInfo &loops;
    DominatorTree &dominators;
    ScalarEvolution &evolution;
    AssumptionCache &assumptions;
    OptimizationRemarkEmitter &remarks;
    SmallVector<BoundsCheck, 8> checks;
    /// Conditions to go on, and to leave the loop, that no iteration changes: checks that LLVM has taken out of the
    /// loop.
    SmallSetVector<Value *, 4> invariants, refusals;
    ArrayLengths lengths;
    SmallVector<CallInst *, 4> fuelChecks, polls;
    LoopFuel fuel;
    IndexGroups groups;
    const SCEV *backedgeCount = nullptr;
    /// Not null where the number of iterations is right only if this is zero.
    const SCEV *remainder = nullptr;
    Type *i64;

    /// More than this costs code size that no loop pays back.
    static constexpr unsigned largestLoop = 600;
    /// Steps below this, times a 32-bit count, cannot overflow.
    static constexpr int64_t largestStep = 1 << 20;

public:
    Versioning(
        Loop &loop, LoopInfo &loops, DominatorTree &dominators, ScalarEvolution &evolution,
        AssumptionCache &assumptions, OptimizationRemarkEmitter &remarks)
        : loop(loop), function(*loop.getHeader()->getParent()), loops(loops), dominators(dominators),
          evolution(evolution), assumptions(assumptions), remarks(remarks), lengths(loop, dominators),
          fuel(loop, evolution), groups(loop, evolution, lengths), i64(Type::getInt64Ty(function.getContext())) {}

    /// The loop, or its copy without checks, may be made one over vectors.
    bool mayBeVectorized = false;

    bool run() {
        StringRef refusal = findRefusal();
        if (hasNoChecks()) {
            mayBeVectorized = refusal.empty() && evolution.hasLoopInvariantBackedgeTakenCount(&loop);
            return simplify(loop);
        }
        if (!refusal.empty()) {
            OptimizationRemarkMissed remark("wasmc", "NotVersioned", loop.getStartLoc(), loop.getHeader());
            remarks.emit(remark << refusal);
            return false;
        }
        remarks.emit([&] {
            return OptimizationRemark("wasmc", "Versioned", loop.getStartLoc(), loop.getHeader())
                << "runs without its " << ore::NV("Checks", unsigned(checks.size())) << " checks after "
                << ore::NV("Groups", unsigned(groups.size())) << " tests before it";
        });
        version();
        return mayBeVectorized = true;
    }

private:
    // MARK: Analysis

    bool hasNoChecks() const { return checks.empty() && fuelChecks.empty() && polls.empty(); }

    /// A check is all that a condition consists of.
    bool isMadeOfChecks(Value *condition) {
        if (loop.isLoopInvariant(condition)) {
            invariants.insert(condition);
            return true;
        }
        if (BoundsCheck::from(condition) || asFuelCheck(condition) || asPoll(condition)) return true;
        Value *a, *b;
        return match(condition, m_LogicalAnd(m_Value(a), m_Value(b))) && isMadeOfChecks(a) && isMadeOfChecks(b);
    }

    StringRef findRefusal() {
        unsigned size = 0;
        StringRef refusal;
        for (BasicBlock *block : loop.blocks()) {
            size += block->size();
            for (Instruction &instruction : *block) {
                if (auto check = BoundsCheck::from(&instruction)) {
                    checks.push_back(*check);
                } else if (CallInst *check = asFuelCheck(&instruction)) {
                    fuelChecks.push_back(check);
                } else if (CallInst *poll = asPoll(&instruction)) {
                    polls.push_back(poll);
                } else if (auto *call = dyn_cast<CallBase>(&instruction)) {
                    if (!isa<IntrinsicInst>(call)) refusal = "it calls a function";
                } else if (instruction.isVolatile()) {
                    refusal = "an access may fault";
                }
            }
        }
        if (hasNoChecks() || !refusal.empty()) return refusal;
        if (size > largestLoop) return "it is too large";
        BasicBlock *latch = loop.getLoopLatch();
        if (!latch || !loop.getLoopPreheader() || !loop.isLoopExiting(latch)
            || !isa<BranchInst>(latch->getTerminator()))
            return "it is not in loop-simplify form";
        SmallVector<BasicBlock *, 8> exiting;
        loop.getExitingBlocks(exiting);
        for (BasicBlock *block : exiting) {
            if (block == latch) continue;
            auto *branch = dyn_cast<BranchInst>(block->getTerminator());
            if (!branch || !branch->isConditional()) return "it has an exit other than the latch";
            bool leavesIfTrue = !loop.contains(branch->getSuccessor(0));
            if (leavesIfTrue && loop.isLoopInvariant(branch->getCondition())) refusals.insert(branch->getCondition());
            else if (leavesIfTrue || !isMadeOfChecks(branch->getCondition()))
                return "it has an exit other than the latch";
        }
        if (evolution.getSmallConstantMaxTripCount(&loop) == 1) return "it runs once";
        backedgeCount = evolution.getExitCount(&loop, latch);
        if (isa<SCEVCouldNotCompute>(backedgeCount)) {
            auto steps = ExactSteps::of(loop, latch, evolution);
            if (!steps) return "the number of iterations is not known before it";
            backedgeCount = steps->backedgeCount;
            remainder = steps->remainder;
        }
        if (evolution.getTypeSizeInBits(backedgeCount->getType()) > 64) return "its counter is too wide";
        if (auto most = evolution.getUnsignedRangeMax(backedgeCount); most.ult(8)) return "it runs a few times only";
        for (const BoundsCheck &check : checks)
            if (StringRef problem = groups.add(check); !problem.empty()) return problem;
        groups.complete();
        if (!fuel.analyze(fuelChecks)) return "the fuel that it takes is not known before it";
        if (!polls.empty() && !workPerIteration(loop)) return "a bulk operation's length varies";
        auto isInvariant = [&](Value *value) { return loop.isLoopInvariant(value); };
        if (any_of(polls, [&](CallInst *poll) { return !all_of(poll->args(), isInvariant); }))
            return "it is not in loop-simplify form";
        return findUnexpandable();
    }

    StringRef findUnexpandable() {
        SCEVExpander expander(evolution, "wasmc");
        Instruction *end = loop.getLoopPreheader()->getTerminator();
        if (!expander.isSafeToExpandAt(backedgeCount, end) || (remainder && !expander.isSafeToExpandAt(remainder, end)))
            return "the number of iterations may not be computed before it";
        for (const Group &group : groups) {
            if (!expander.isSafeToExpandAt(group.start, end) || !expander.isSafeToExpandAt(group.step, end))
                return "an address may not be computed before it";
            auto *step = dyn_cast<SCEVConstant>(group.step);
            if (step && step->getAPInt().abs().ugt(largestStep)) return "an address changes by too much each time";
        }
        return "";
    }

    // MARK: The test before the loop

    const SCEV *constant(int64_t value) { return evolution.getConstant(i64, uint64_t(value), true); }
    const SCEV *first(const Group &group) { return evolution.getNoopOrZeroExtend(group.start, i64); }
    const SCEV *step(const Group &group) { return evolution.getNoopOrSignExtend(group.step, i64); }
    bool isWide(const Group &group) const { return group.start->getType() == i64; }

    /// What a block that does not run would ask may be poison.
    Value *frozen(Value *condition, Instruction *before) {
        bool isSafe = isGuaranteedNotToBeUndefOrPoison(condition, &assumptions, before, &dominators);
        return isSafe || !isMended("freezing") ? condition : IRBuilder<>(before).CreateFreeze(condition);
    }

    /// The conditions that no iteration changes, joined; null when there are none.
    Value *buildFirstTest(Instruction *before) {
        IRBuilder<> builder(before);
        Value *test = nullptr;
        auto require = [&](Value *next) { test = test ? builder.CreateLogicalAnd(test, next) : next; };
        for (Value *condition : invariants) require(frozen(condition, before));
        for (Value *condition : refusals) require(builder.CreateNot(frozen(condition, before)));
        return test;
    }

    /// The conditions under which no check can fail, joined to others.
    Value *buildTest(SCEVExpander &expander, Instruction *before, Value *test) {
        IRBuilder<> builder(before);
        auto expand = [&](const SCEV *value) { return expander.expandCodeFor(value, i64, before); };
        auto require = [&](Value *condition) {
            condition = frozen(condition, before);
            test = test ? builder.CreateLogicalAnd(test, condition) : condition;
        };
        if (remainder) {
            Value *rest = expander.expandCodeFor(remainder, remainder->getType(), before);
            require(builder.CreateICmpEQ(rest, ConstantInt::get(rest->getType(), 0)));
        }
        const SCEV *count = evolution.getTruncateOrZeroExtend(backedgeCount, i64);
        bool isCountSmall = evolution.getUnsignedRangeMax(count).ult(uint64_t(1) << 32);
        if (!isCountSmall) require(builder.CreateICmpULT(expand(count), builder.getInt64(uint64_t(1) << 32)));
        if (fuel.variable) {
            Value *left = fuel.variable->getIncomingValueForBlock(before->getParent());
            Value *most = builder.CreateMul(
                expand(evolution.getAddExpr(count, evolution.getOne(i64))), builder.getInt64(fuel.mostPerIteration));
            require(builder.CreateICmpSGE(left, most));
        }
        for (const Group &group : groups) {
            const SCEV *length = constant(group.byteCount);
            const SCEV *last = evolution.getAddExpr(first(group), evolution.getMulExpr(step(group), count));
            auto fits = [&](const SCEV *index) {
                require(builder.CreateICmpULE(expand(evolution.getAddExpr(index, length)), group.memorySize));
            };
            auto isPositive = [&](const SCEV *index) {
                require(builder.CreateICmpSGE(expand(index), builder.getInt64(0)));
            };
            auto *constantStep = dyn_cast<SCEVConstant>(group.step);
            auto isStepSmall = [&] {
                Value *distance = expand(evolution.getAddExpr(step(group), constant(largestStep)));
                require(builder.CreateICmpULE(distance, builder.getInt64(2 * largestStep)));
            };
            if (isWide(group)) {
                // Between a first and a last index inside the memory there are none outside: they are too close for
                // the sequence to wrap.
                if (!constantStep) isStepSmall();
                if (uint64_t(group.byteCount) > group.minimumSize)
                    require(builder.CreateICmpULE(expand(length), group.memorySize));
                Value *mostIndex = builder.CreateSub(group.memorySize, expand(length));
                require(builder.CreateICmpULE(expand(first(group)), mostIndex));
                if (!group.step->isZero()) require(builder.CreateICmpULE(expand(last), mostIndex));
            } else if (constantStep && !constantStep->getAPInt().isNegative()) {
                fits(last);
            } else if (constantStep) {
                fits(first(group));
                isPositive(last);
            } else {
                isStepSmall();
                fits(first(group));
                isPositive(last);
                fits(last);
            }
        }
        return test ? test : builder.getTrue();
    }

    // MARK: The two loops

    void version() {
        BasicBlock *test = loop.getLoopPreheader(), *entry = test;
        SCEVExpander expander(evolution, "wasmc");
        Instruction *end = test->getTerminator();
        Value *firstCondition = buildFirstTest(end);
        if (!lengths.isEmpty()) {
            if (firstCondition) test = SplitBlock(test, end, &dominators, &loops, nullptr, "wasmc.lengths");
            lengths.load(end);
            for (Group &group : groups) group.memorySize = lengths.loaded(group.memorySize);
        }
        Value *condition = buildTest(expander, end, entry == test ? firstCondition : nullptr);
        SmallVector<Value *, 4> firsts, steps;
        std::optional<uint64_t> charge = fuel.constantPerIteration();
        Value *total = nullptr;
        bool isInChunks = !polls.empty() || (fuel.variable && !charge);
        if (remainder || charge || isInChunks) {
            const SCEV *count = evolution.getTruncateOrZeroExtend(backedgeCount, i64);
            total = expander.expandCodeFor(evolution.getAddExpr(count, evolution.getOne(i64)), i64, end);
        }
        for (const Group &group : groups) {
            firsts.push_back(expander.expandCodeFor(first(group), i64, end));
            steps.push_back(expander.expandCodeFor(step(group), i64, end));
        }

        BasicBlock *slow = SplitBlock(test, end, &dominators, &loops, nullptr, "wasmc.checked");
        ValueToValueMapTy map;
        SmallVector<BasicBlock *, 8> blocks;
        Loop *fast = cloneLoopWithPreheader(slow, test, &loop, map, ".unchecked", &loops, &dominators, blocks);
        remapInstructionsInBlocks(blocks, map);
        Counterparts counterparts;
        for (auto [phi, clone] : zip_equal(loop.getHeader()->phis(), fast->getHeader()->phis()))
            counterparts.push_back({&phi, &clone});
        auto *fastPreheader = cast<BasicBlock>(map[slow]);
        test->getTerminator()->eraseFromParent();
        auto *branch = BranchInst::Create(fastPreheader, slow, condition, test);
        MDNode *likely = MDBuilder(function.getContext()).createLikelyBranchWeights();
        branch->setMetadata(LLVMContext::MD_prof, likely);
        if (entry != test) {
            entry->getTerminator()->eraseFromParent();
            BranchInst::Create(test, slow, firstCondition, entry)->setMetadata(LLVMContext::MD_prof, likely);
            dominators.changeImmediateDominator(slow, entry);
        }
        connectExits(loop, map);
        moveDominators(loop, entry, dominators);
        lengths.replaceCopies(map);
        for (size_t i = 0; i < groups.size(); i++)
            replaceIndices(*fast, fastPreheader, groups[i], firsts[i], steps[i], map);
        removeChecks(*fast, map);
        Value *count = total;
        if (isInChunks && fast->getExitingBlock() != fast->getLoopLatch()) {
            // An exit other than the latch is left in it after all: never run it.
            branch->setCondition(ConstantInt::getFalse(function.getContext()));
            return evolution.forgetAllLoops();
        }
        auto *poll = polls.empty() ? nullptr : polls.front();
        if (isInChunks) count = runInChunks(*fast, total, poll, loop, counterparts, loops, dominators);
        else if (remainder) countIterations(*fast, total);
        removeDead(*fast, /*phis=*/true);
        if (charge) fuel.takeOut(*fast, *charge, count, map);
        else if (fuel.variable) fuel.addUp(*fast, map);
        // It hardly ever runs.
        leaveAlone(loop);
        evolution.forgetAllLoops();
        simplify(*fast);
    }

    /// What keeps a loop without checks from becoming one over vectors.
    bool simplify(Loop &open) {
        bool isRerolled = rerollLoop(open, evolution);
        if (isRerolled) {
            OptimizationRemark remark("wasmc", "Rerolled", open.getStartLoc(), open.getHeader());
            remarks.emit(remark << "unrolled copies became iterations");
        }
        return reloadRecurrences(open, evolution) || isRerolled;
    }

    /// Gives the fast loop a 64-bit induction variable in place of a group's indices.
    void replaceIndices(
        Loop &fast, BasicBlock *preheader, const Group &group, Value *first, Value *step, ValueToValueMapTy &map) {
        if (group.step->isZero()) return;
        BasicBlock *header = fast.getHeader();
        IRBuilder<> builder(header, header->begin());
        PHINode *variable = builder.CreatePHI(i64, 2);
        variable->addIncoming(first, preheader);
        builder.SetInsertPoint(fast.getLoopLatch()->getTerminator());
        auto *constantStep = dyn_cast<SCEVConstant>(group.step);
        bool isUpward = constantStep && !constantStep->getAPInt().isNegative();
        variable->addIncoming(builder.CreateAdd(variable, step, "", isUpward, true), fast.getLoopLatch());
        builder.SetInsertPoint(header, header->getFirstInsertionPt());
        SmallPtrSet<Value *, 8> done;
        for (const Member &member : group.members) {
            auto clone = map.find(member.index);
            if (clone == map.end() || !done.insert(member.index).second) continue;
            Value *index = clone->second;
            Value *replacement = member.distance
                ? builder.CreateAdd(variable, builder.getInt64(member.distance), "", true, true)
                : variable;
            for (User *user : index->users())
                if (auto *address = dyn_cast<GetElementPtrInst>(user))
                    address->setNoWrapFlags(GEPNoWrapFlags::inBounds() | GEPNoWrapFlags::noUnsignedWrap());
            index->replaceAllUsesWith(replacement);
        }
    }

    void removeChecks(Loop &fast, ValueToValueMapTy &map) {
        SmallVector<CallInst *, 16> calls(fuelChecks.begin(), fuelChecks.end());
        calls.append(polls.begin(), polls.end());
        for (const BoundsCheck &check : checks) calls.push_back(check.call());
        for (CallInst *call : calls) {
            auto *clone = cast<CallInst>((Value *)map[call]);
            clone->replaceAllUsesWith(ConstantInt::getTrue(function.getContext()));
            clone->eraseFromParent();
        }
        auto assume = [&](Value *condition, bool value) {
            condition->replaceUsesWithIf(ConstantInt::getBool(function.getContext(), value), [&](Use &use) {
                auto *user = dyn_cast<Instruction>(use.getUser());
                return user && fast.contains(user);
            });
        };
        for (Value *condition : invariants) assume(condition, true);
        for (Value *condition : refusals) assume(condition, false);
        foldConditions(fast, dominators, loops);
        removeDead(fast, /*phis=*/false);
    }
};
}

PreservedAnalyses LoopVersioningPass::run(Function &function, FunctionAnalysisManager &analyses) {
    LoopInfo &loops = analyses.getResult<LoopAnalysis>(function);
    if (loops.empty()) return PreservedAnalyses::all();
    DominatorTree &dominators = analyses.getResult<DominatorTreeAnalysis>(function);
    ScalarEvolution &evolution = analyses.getResult<ScalarEvolutionAnalysis>(function);
    AssumptionCache &assumptions = analyses.getResult<AssumptionAnalysis>(function);
    OptimizationRemarkEmitter &remarks = analyses.getResult<OptimizationRemarkEmitterAnalysis>(function);
    SmallVector<Loop *, 16> innermost;
    bool changed = findInnermost(loops, dominators, evolution, assumptions, innermost);
    for (Loop *loop : innermost) {
        if (vectorizableLeft == 0) {
            leaveAlone(*loop);
            changed = true;
            continue;
        }
        Versioning versioning(*loop, loops, dominators, evolution, assumptions, remarks);
        changed |= versioning.run();
        if (versioning.mayBeVectorized) --vectorizableLeft;
    }
    changed |= leaveFaultsAlone(loops, evolution);
    return changed ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}
