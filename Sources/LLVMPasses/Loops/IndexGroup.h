// Indices of a loop that differ by constants.

#ifndef WASMC_INDEX_GROUP_H
#define WASMC_INDEX_GROUP_H

#include "wasmc_llvm.h"

#include "llvm/ADT/SmallVector.h"

namespace llvm {
class SCEV;
class Value;
}

namespace wasmc {

/// An index of a group: the instruction and its distance from the group's lowest one.
struct Member {
    llvm::Value *index;
    int64_t distance;
};

/// Indices that step alike and differ by constants.
struct Group {
    const llvm::SCEV *start;  // of the member at distance 0: i32, or i64 of a memory with 64-bit addresses
    const llvm::SCEV *step;   // likewise
    /// From distance 0 to the end of the last access's bytes.
    int64_t byteCount;
    llvm::Value *memorySize;  // or an array's length
    uint64_t minimumSize;
    llvm::SmallVector<Member, 4> members;
};

}

#endif
