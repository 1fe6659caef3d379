// How often a loop goes around, as code before it.

#ifndef WASMC_ITERATION_COUNT_H
#define WASMC_ITERATION_COUNT_H

#include "Address.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/IR/IRBuilder.h"

namespace wasmc {

/// An exit that a counter decides, a loop's only one if code is made of it: while `counter < bound`, `counter <= bound`
/// or `counter != bound`, unsigned. Counters that fall, and signed comparisons, are turned into this form.
class IterationCount {
    enum class Condition { less, lessOrEqual, unequal };

    Condition condition = Condition::unequal;
    /// The counter's first value, at the exit, and the bound: in the type of the comparison.
    Sum start;
    llvm::Value *bound;
    Sum step;         // of terms that no iteration changes: rising, or a constant
    bool isReversed;  // complements on both sides
    bool isSigned;    // both sides have their sign bit flipped

    IterationCount(const Sum &start, llvm::Value *bound, const Sum &step, bool isReversed, bool isSigned)
        : start(start), bound(bound), step(step), isReversed(isReversed), isSigned(isSigned) {}

public:
    /// Of one exit of a loop, or of the only one.
    static std::optional<IterationCount> of(llvm::Loop &loop, llvm::BasicBlock *exiting, Slice &slice);
    static std::optional<IterationCount> of(llvm::Loop &loop, Slice &slice);

    /// How often the loop goes around at most, by what values are known to be; nothing if that may be without end.
    std::optional<uint64_t> mostBackedges(llvm::function_ref<llvm::ConstantRange(llvm::Value *)> range) const;

    struct Code {
        llvm::Value *backedges;  // i64
        llvm::Value *isFinite;   // i1: the counter meets its bound without wrapping
    };
    Code emit(llvm::IRBuilder<> &builder) const;
};

/// The sum as code, in an integer type.
llvm::Value *emit(const Sum &sum, llvm::Type *type, llvm::IRBuilder<> &builder);

}

#endif
