// The indices that a loop's checks ask for, as sequences that are known before the loop; those that step alike and
// differ by constants are a group, for which one test does.
//
//     in_bounds(p + 4 * i, 4)                start p, step 4
//     in_bounds(p + 4 * i + 8, 4)            the same group: 12 bytes from p on
//     in_bounds(q + 4 * (x & 255), 4)        start q, step 0, 1,024 bytes from q on
//
// The last one costs code where a check costs nothing since the access faults, and is refused there.

#ifndef WASMC_INDEX_GROUP_H
#define WASMC_INDEX_GROUP_H

#include "Checks/BoundsCheck.h"
#include "Loops/ArrayLengths.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"

namespace wasmc {

/// An index of a group: the instruction and its distance from the group's lowest one.
struct Member {
    llvm::Value *index;  // null where a number of known bounds is added to the group's sequence
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

class IndexGroups {
    llvm::Loop &loop;
    llvm::ScalarEvolution &evolution;
    ArrayLengths &lengths;
    llvm::SmallVector<Group, 4> groups;

    /// `start + step * iteration`, and at most `spread` above that.
    struct Sequence {
        const llvm::SCEV *start, *step;
        uint64_t spread;
    };
    std::optional<Sequence> sequence(const llvm::SCEV *index, bool maySpread);
    void addUnchecked();
    void sort(Group &group);

public:
    IndexGroups(llvm::Loop &loop, llvm::ScalarEvolution &evolution, ArrayLengths &lengths)
        : loop(loop), evolution(evolution), lengths(lengths) {}

    /// Says what is in the way of a test before the loop, if anything is.
    llvm::StringRef add(const BoundsCheck &check);
    /// After the last one.
    void complete();

    size_t size() const { return groups.size(); }
    auto begin() { return groups.begin(); }
    auto end() { return groups.end(); }
    Group &operator[](size_t number) { return groups[number]; }
};

}

#endif
