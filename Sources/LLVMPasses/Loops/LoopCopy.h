// A copy of a loop beside it, of which a test before both runs one or the other.

#ifndef WASMC_LOOP_COPY_H
#define WASMC_LOOP_COPY_H

#include "wasmc_llvm.h"

#include "llvm/Transforms/Utils/ValueMapper.h"

namespace llvm {
class BasicBlock;
class DominatorTree;
class Loop;
class LoopInfo;
}

namespace wasmc {

/// Has the phis at the loop's exits take their values from either loop; `map` leads from the loop to its copy.
void connectExits(const llvm::Loop &loop, llvm::ValueToValueMapTy &map);

/// Makes `test` the dominator of what only the loop dominated before it had a copy.
void moveDominators(const llvm::Loop &loop, llvm::BasicBlock *test, llvm::DominatorTree &dominators);

/// Removes the ways that conditions which are constants now do not go, and joins what is left.
void foldConditions(llvm::Loop &loop, llvm::DominatorTree &dominators, llvm::LoopInfo &loops);

/// Erases instructions that nothing uses; phis of the header are the state that another loop may have to go on with.
void removeDead(llvm::Loop &loop, bool phis);

}

#endif
