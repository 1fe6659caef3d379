// The lengths of arrays that a loop loads in each iteration, because what may leave the loop stands before the load.

#ifndef WASMC_ARRAY_LENGTHS_H
#define WASMC_ARRAY_LENGTHS_H

#include "wasmc_llvm.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Transforms/Utils/ValueMapper.h"

namespace llvm {
class DominatorTree;
class Instruction;
class LoadInst;
class Loop;
class Value;
}

namespace wasmc {

/// Loads them before the loop.
class ArrayLengths {
    llvm::Loop &loop;
    llvm::DominatorTree &dominators;
    /// The lengths as the loop has them, in 64 bits.
    llvm::SmallSetVector<llvm::Value *, 4> lengths;
    llvm::ValueToValueMapTy hoisted;

    static llvm::LoadInst *loadOf(llvm::Value *length);
    bool isWritten() const;

public:
    ArrayLengths(llvm::Loop &loop, llvm::DominatorTree &dominators) : loop(loop), dominators(dominators) {}

    /// False unless the value is such a length, the same in each iteration.
    bool add(llvm::Value *length);
    bool isEmpty() const { return lengths.empty(); }
    /// Loads them where it is known that no condition to leave the loop that iterations do not change holds.
    void load(llvm::Instruction *before);
    /// Of a length in the loop the one before it; of any other size this one.
    llvm::Value *loaded(llvm::Value *size) const;
    /// Gives them to a copy of the loop, to which `map` leads.
    void replaceCopies(llvm::ValueToValueMapTy &map) const;
};

}

#endif
