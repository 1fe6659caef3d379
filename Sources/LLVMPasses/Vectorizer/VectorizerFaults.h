// What LLVM 22's loop vectoriser gets wrong: loops of which one of these is true it must not see.

#ifndef WASMC_VECTORIZER_FAULTS_H
#define WASMC_VECTORIZER_FAULTS_H

#include "wasmc_llvm.h"

namespace llvm {
class Loop;
class LoopInfo;
class ScalarEvolution;
}

namespace wasmc {

/// Accesses meet that the vectoriser takes for apart.
bool endsOverlap(llvm::Loop &loop, llvm::ScalarEvolution &evolution);

/// A store is wider than its address's step, or addresses fall and widths differ: the vectoriser gets their order
/// wrong.
bool storesOverlap(llvm::Loop &loop, llvm::ScalarEvolution &evolution);

/// Counters of different widths, of which the vectoriser tests one for wrapping and takes the others for tested.
bool masksDiffer(llvm::Loop &loop, llvm::ScalarEvolution &evolution);

/// Keeps the loop from being vectorised and unrolled.
void leaveAlone(llvm::Loop &loop);

/// Leaves alone all loops that the vectoriser gets wrong; says whether there was one.
bool leaveFaultsAlone(const llvm::LoopInfo &loops, llvm::ScalarEvolution &evolution);

}

#endif
