// The opaque form of a bounds check, and what passes ask about it.
//
// Lowering writes `i1 @wasmc.in_bounds(i64 index, i64 byteCount, i64 memorySize, i64 minimumSize, i64 memory)`: "all
// bytes from index on, byteCount of them, lie in the memory", which has the number `memory` and never less than
// minimumSize. LLVM may merge, hoist and sink such calls but not look into them; a bare comparison it would rewrite
// beyond recognition. Only `wasmc-lower-checks` and `wasmc-implicit-checks` give them a meaning, before code
// generation.
//
// Of an array it is asked in elements: whether index + 1 is at most the length, which stands in the memory's size's
// place. `memory` is the number of no memory then, and an array is told by its length.
//
// `@wasmc.in_bounds64` says the same of a memory with 64-bit addresses. Its index is any number, so that index and
// byteCount may wrap when they are added.

#ifndef WASMC_BOUNDS_CHECK_H
#define WASMC_BOUNDS_CHECK_H

#include "wasmc_llvm.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"

namespace llvm {
class Loop;
class ScalarEvolution;
}

namespace wasmc {

inline constexpr llvm::StringLiteral checkName = "wasmc.in_bounds", wideCheckName = "wasmc.in_bounds64";

/// A call of the check.
class BoundsCheck {
    llvm::CallInst *call_;

    explicit BoundsCheck(llvm::CallInst *call) : call_(call) {}

public:
    /// Null unless the value is a check.
    static std::optional<BoundsCheck> from(llvm::Value *value) {
        auto *call = llvm::dyn_cast<llvm::CallInst>(value);
        llvm::Function *callee = call ? call->getCalledFunction() : nullptr;
        if (!callee || (callee->getName() != checkName && callee->getName() != wideCheckName)) return std::nullopt;
        return BoundsCheck(call);
    }

    llvm::CallInst *call() const { return call_; }
    /// The memory has 64-bit addresses.
    bool isWide() const { return call_->getCalledFunction()->getName() == wideCheckName; }
    llvm::Value *index() const { return call_->getArgOperand(0); }
    llvm::Value *byteCount() const { return call_->getArgOperand(1); }
    llvm::Value *memorySize() const { return call_->getArgOperand(2); }
    /// The memory's size is at least this, always.
    uint64_t minimumSize() const { return llvm::cast<llvm::ConstantInt>(call_->getArgOperand(3))->getZExtValue(); }
    uint64_t memory() const { return llvm::cast<llvm::ConstantInt>(call_->getArgOperand(4))->getZExtValue(); }
    /// It is an array that the index is one of.
    bool isOfArray() const { return memory() == UINT64_MAX; }
    /// The constant number of bytes from the index to the access's end; bulk operations have none, and what is larger
    /// than every memory is left as it is.
    std::optional<uint64_t> constantByteCount() const {
        auto *constant = llvm::dyn_cast<llvm::ConstantInt>(byteCount());
        if (!constant || constant->getValue().getActiveBits() > 60) return std::nullopt;
        return constant->getZExtValue();
    }
};

/// An index as a value plus a constant; the sum does not wrap.
struct Place {
    llvm::Value *root;
    uint64_t distance;

    static Place of(llvm::Value *index);
};

/// Removes checks that cannot fail.
struct CheckEliminationPass : llvm::PassInfoMixin<CheckEliminationPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Runs innermost loops without checks when a test before the loop shows that none can fail.
struct LoopVersioningPass : llvm::PassInfoMixin<LoopVersioningPass> {
    /// Loops beyond so many of LLVM's module, which is a part of ours, stay as they are: one of 30 bytes that becomes
    /// one over vectors takes LLVM 8 ms, for its copy, the tests before it and several vectors at a time.
    unsigned vectorizableLeft = 64;

    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Replaces the remainders of dividends below twice their divisors.
struct SmallRemainderPass : llvm::PassInfoMixin<SmallRemainderPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Shortens what iterations of dynamic programming wait for.
struct ShortRecurrencePass : llvm::PassInfoMixin<ShortRecurrencePass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Divides chains of operations that the selection of instructions would look at as a whole.
struct LongChainPass : llvm::PassInfoMixin<LongChainPass> {
    /// Longer than what programs have, and short enough for the cube of it.
    unsigned longestChain;

    explicit LongChainPass(unsigned longestChain = 100) : longestChain(longestChain) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Writes comparisons of a value that has many so that LLVM does not look at all of them for each.
struct RepeatedComparisonPass : llvm::PassInfoMixin<RepeatedComparisonPass> {
    unsigned mostUses;

    explicit RepeatedComparisonPass(unsigned mostUses = 500) : mostUses(mostUses) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Divides expressions so deep that LLVM's recursion through them would leave the stack.
struct DeepExpressionPass : llvm::PassInfoMixin<DeepExpressionPass> {
    /// Several times what programs have: eighty rounds of a hash without a loop are about 1,000.
    unsigned deepestExpression;

    explicit DeepExpressionPass(unsigned deepestExpression = 4'000) : deepestExpression(deepestExpression) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Has what uses the value load it from the stack, where no pass looks through.
void passThroughStack(llvm::Instruction &value);

/// Gives jumps to traps that are always taken, and before inlining those that it may decide, a trap of their own.
struct ProvenTrapPass : llvm::PassInfoMixin<ProvenTrapPass> {
    bool isBeforeInlining;

    explicit ProvenTrapPass(bool isBeforeInlining) : isBeforeInlining(isBeforeInlining) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Gives each jump to a trap a trap of its own, with the jump's line.
struct TrapSeparationPass : llvm::PassInfoMixin<TrapSeparationPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Moves the test of a loop to its end.
struct LoopRotationPass : llvm::PassInfoMixin<LoopRotationPass> {
    llvm::PreservedAnalyses
    run(llvm::Loop &loop, llvm::LoopAnalysisManager &analyses, llvm::LoopStandardAnalysisResults &results,
        llvm::LPMUpdater &updater);
};

/// Turns a loop without checks whose body is several copies of one into a loop over that one; says whether it was.
bool rerollLoop(llvm::Loop &loop, llvm::ScalarEvolution &evolution);

/// Loads again what an iteration would keep for the next one, in a loop of one block; says whether there was any.
bool reloadRecurrences(llvm::Loop &loop, llvm::ScalarEvolution &evolution);

/// Makes a loop end, at its latch, after a number of iterations given as an i64 that is not zero.
void countIterations(llvm::Loop &loop, llvm::Value *total);

/// Extends what flows into a phi instead of the phi itself. It moves no access to memory.
struct PhiWideningPass : llvm::PassInfoMixin<PhiWideningPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Removes checks whose work the access after them does by faulting: for memories with guard pages. No pass that moves
/// accesses may see the result.
struct ImplicitBoundsChecksPass : llvm::PassInfoMixin<ImplicitBoundsChecksPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

/// Removes the stack checks that inlined functions brought along.
struct RepeatedStackCheckPass : llvm::PassInfoMixin<RepeatedStackCheckPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Keeps volatile loads from becoming operands of instructions that may read less.
struct PreventLoadFoldingPass : llvm::PassInfoMixin<PreventLoadFoldingPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

/// Freezes what loops load under conditions and use after them, for the vectoriser.
struct ConditionalLoadPass : llvm::PassInfoMixin<ConditionalLoadPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
};

/// Multiplies 16-bit values in 32 bits where part of the product is wanted.
struct HighProductPass : llvm::PassInfoMixin<HighProductPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

/// Hides divisions from analyses that would calculate them elsewhere.
struct GuardedDivisionPass : llvm::PassInfoMixin<GuardedDivisionPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

/// Puts operands of float arithmetic back that lowering hid, so that nothing folds what has to quiet a NaN.
struct OperandRevealingPass : llvm::PassInfoMixin<OperandRevealingPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

/// Turns every check into a comparison.
struct CheckLoweringPass : llvm::PassInfoMixin<CheckLoweringPass> {
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

}

#endif
