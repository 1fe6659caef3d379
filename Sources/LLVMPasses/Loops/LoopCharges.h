// The opaque forms of metering and interruption in loops, and how a loop does without them.
//
// Lowering writes `i1 @wasmc.has_fuel(i64 fuel)`: "what is left is not negative", and `i1
// @wasmc.not_interrupted(ptr requests, ptr instance, ptr may_go_on)`: "nobody wants the guest to stop", which
// `may_go_on` tells when there are requests. As with checks of bounds, nothing but `wasmc-lower-checks` gives them a
// meaning.

#ifndef WASMC_LOOP_CHARGES_H
#define WASMC_LOOP_CHARGES_H

#include "wasmc_llvm.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

namespace llvm {
class DominatorTree;
class Loop;
class LoopInfo;
}

namespace wasmc {

/// The calls of either kind; null for other values.
llvm::CallInst *asFuelCheck(llvm::Value *value);
llvm::CallInst *asPoll(llvm::Value *value);

/// What an innermost loop takes of a count of fuel that is held in a register.
class LoopFuel {
    llvm::Loop &loop;
    llvm::ScalarEvolution &evolution;
    llvm::SmallMapVector<llvm::Value *, std::optional<uint64_t>, 16> taken;

    std::optional<uint64_t> mostTaken(llvm::Value *value);
    std::optional<uint64_t> add(llvm::Value *value, llvm::Value *change, bool isSubtracted);

public:
    /// The count at the loop's head; null in a loop that counts nothing.
    llvm::PHINode *variable = nullptr;
    /// An iteration takes at most so many.
    uint64_t mostPerIteration = 0;

    LoopFuel(llvm::Loop &loop, llvm::ScalarEvolution &evolution) : loop(loop), evolution(evolution) {}

    /// Finds out what the checks in the loop are about. `false` when there is no bound for what an iteration takes.
    bool analyze(llvm::ArrayRef<llvm::CallInst *> checks);
    /// What every iteration takes, where that is the same.
    std::optional<uint64_t> constantPerIteration();
    /// Takes the fuel of all iterations at once, in the preheader of `copy`, which has no checks any more.
    /// `constant` is what each of `count` iterations takes; `map` leads from this loop to the copy.
    void takeOut(llvm::Loop &copy, uint64_t constant, llvm::Value *count, llvm::ValueToValueMapTy &map);
    /// Where iterations take different amounts: adds them up in a form that LLVM vectorises, and takes the sum after
    /// `copy`, which runs in chunks.
    void addUp(llvm::Loop &copy, llvm::ValueToValueMapTy &map);
};

/// About as many instructions as an iteration may execute, where bulk operations count with their bytes; nothing where
/// one's length varies.
std::optional<uint64_t> workPerIteration(const llvm::Loop &loop);

/// The phis of a loop's head, each with its clone's.
using Counterparts = llvm::SmallVector<std::pair<llvm::PHINode *, llvm::PHINode *>, 8>;

/// Runs a loop, which ends only at its latch after `total` iterations, in chunks, and polls before each as `poll` does,
/// or not if that is null. When the guest is to stop, the untouched loop `slow` continues where the chunks stopped,
/// each of its phis in its counterpart's state. Returns the number of iterations of the chunk, which is known in the
/// loop's preheader.
llvm::Value *runInChunks(
    llvm::Loop &loop, llvm::Value *total, llvm::CallInst *poll, llvm::Loop &slow, const Counterparts &counterparts,
    llvm::LoopInfo &loops, llvm::DominatorTree &dominators);

/// Takes the polls out of innermost loops that run a few times.
struct ShortLoopPass : llvm::PassInfoMixin<ShortLoopPass> {
    llvm::PreservedAnalyses
    run(llvm::Loop &loop, llvm::LoopAnalysisManager &, llvm::LoopStandardAnalysisResults &results, llvm::LPMUpdater &);
};

}

#endif
