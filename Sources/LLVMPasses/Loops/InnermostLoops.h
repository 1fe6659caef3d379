// The innermost loops of a function, in the form that passes want.

#ifndef WASMC_INNERMOST_LOOPS_H
#define WASMC_INNERMOST_LOOPS_H

#include "wasmc_llvm.h"

#include "llvm/ADT/SmallVector.h"

namespace llvm {
class AssumptionCache;
class DominatorTree;
class Loop;
class LoopInfo;
class ScalarEvolution;
}

namespace wasmc {

/// Brings all loops into loop-simplify form and closed SSA form, and collects the innermost ones in the order of the
/// code.
///
/// - Returns: whether anything was changed.
bool findInnermost(
    llvm::LoopInfo &loops, llvm::DominatorTree &dominators, llvm::ScalarEvolution &evolution,
    llvm::AssumptionCache &assumptions, llvm::SmallVectorImpl<llvm::Loop *> &innermost);

}

#endif
