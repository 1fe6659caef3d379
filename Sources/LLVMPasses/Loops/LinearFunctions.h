// Linear functions of a loop's inductions, for when the inductions come to step by a U-th of what they do.
//
// Invariant: copy c of an iteration then computes what the function was in that iteration and c U-ths of its step.
// These new values lie between the old ones and beyond the last of them. So a function may extend only what does not
// wrap there either, its `or` becomes an addition, and what its flags said of the old values is forgotten.

#ifndef WASMC_LINEAR_FUNCTIONS_H
#define WASMC_LINEAR_FUNCTIONS_H

#include "wasmc_llvm.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/IR/Instructions.h"

namespace wasmc {

/// Phis that step by a constant, with it.
using Inductions = llvm::DenseMap<llvm::PHINode *, int64_t>;

class LinearFunctions {
    llvm::Loop &loop;
    llvm::ScalarEvolution &evolution;
    const Inductions &inductions;
    llvm::DenseMap<const llvm::Value *, std::optional<int64_t>> steps;
    /// Those that are relied on, and what they are made of.
    llvm::SmallSetVector<llvm::Instruction *, 16> parts;

    std::optional<int64_t> findStep(llvm::Value *value, unsigned depth);
    bool staysInRange(llvm::Value *value, int64_t step, bool isSigned);
    bool keepsItsPlace(llvm::GetElementPtrInst *address);

public:
    /// Steps below this do not wrap in any type that matters.
    static constexpr int64_t largestStep = int64_t(1) << 30;

    LinearFunctions(llvm::Loop &loop, llvm::ScalarEvolution &evolution, const Inductions &inductions)
        : loop(loop), evolution(evolution), inductions(inductions) {}

    /// How much a value changes in an iteration; nothing if it is no linear function.
    std::optional<int64_t> step(llvm::Value *value, unsigned depth = 0);

    /// The new values of this one are relied on.
    void note(llvm::Instruction *function) { parts.insert(function); }
    void forget() { parts.clear(); }
    /// Adds what the functions that were noted are made of.
    void findParts();
    /// One of the parts is this `or` of disjoint bits.
    bool addsWithOr(llvm::Instruction *instruction) const;

    /// Before the inductions change.
    void forgetFlags();
    /// Afterwards.
    void addInPlaceOfOr();
};

}

#endif
