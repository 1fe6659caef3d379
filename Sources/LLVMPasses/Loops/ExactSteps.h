// A counter that runs until it equals its bound.

#ifndef WASMC_EXACT_STEPS_H
#define WASMC_EXACT_STEPS_H

#include "wasmc_llvm.h"

#include <optional>

namespace llvm {
class BasicBlock;
class Loop;
class SCEV;
class ScalarEvolution;
}

namespace wasmc {

/// It gets there if the distance is a multiple of the step, which a test before the loop can see; else it passes the
/// bound and wraps.
struct ExactSteps {
    const llvm::SCEV *backedgeCount;
    /// The count is right if this is zero.
    const llvm::SCEV *remainder;

    static std::optional<ExactSteps> of(llvm::Loop &loop, llvm::BasicBlock *latch, llvm::ScalarEvolution &evolution);
};

}

#endif
