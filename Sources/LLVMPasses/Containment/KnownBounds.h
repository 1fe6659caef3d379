// What the branches on the way to a block have compared, and what loops' tests will have shown there.

#ifndef WASMC_KNOWN_BOUNDS_H
#define WASMC_KNOWN_BOUNDS_H

#include "Access.h"

#include "llvm/IR/Instructions.h"

#include <map>

namespace wasmc {

/// Filled and emptied by a walk over the dominator tree: what one block adds, leaving it takes back.
class KnownBounds {
public:
    /// `0 <= terms + start` and `terms + end <= the region's size`, where the terms are a signed number. For a memory
    /// with a reservation only that `terms + start` and `terms + end` lie in the reservation.
    struct Extent {
        int64_t start, end;
    };

private:
    Slice &slice;
    Regions &regions;

    using Place = std::pair<Region, Sum::Key>;
    std::map<Place, Extent> extents;
    /// What sizes are at least that were compared with constants. By the value: another one may have been read before
    /// the memory grew.
    llvm::DenseMap<llvm::Value *, int64_t> sizes;
    /// Numbers that are below a constant.
    llvm::DenseMap<llvm::Value *, uint64_t> bounds;

public:
    struct Undo {
        llvm::SmallVector<std::pair<Place, std::optional<Extent>>, 2> extents;
        llvm::SmallVector<std::pair<llvm::Value *, int64_t>, 2> sizes;
        llvm::SmallVector<std::pair<llvm::Value *, uint64_t>, 2> bounds;
    };

    KnownBounds(Slice &slice, Regions &regions) : slice(slice), regions(regions) {}

    /// Learns from the branch that leads from one block to another.
    void learn(llvm::BasicBlock &before, llvm::BasicBlock &block, Undo &undo);
    void note(Region region, const Sum &sum, Extent extent, Undo &undo);
    void takeBack(Undo &undo);

    std::optional<Extent> extent(Region region, const Sum &sum) const;
    /// What a sum is at most, by the bounds of its one term.
    std::optional<int64_t> most(const Sum &sum);

private:
    int64_t leastSize(llvm::Value *size, Region region) const;
    void learn(llvm::Value *condition, bool holds, Undo &undo);
    void learnSize(
        llvm::ICmpInst &comparison, llvm::Value *size, llvm::CmpInst::Predicate predicate,
        const llvm::ConstantInt &constant, Undo &undo);
    void learnBound(
        llvm::ICmpInst &comparison, llvm::Value *index, llvm::CmpInst::Predicate predicate,
        const llvm::ConstantInt &constant, Undo &undo);
};

}

#endif
