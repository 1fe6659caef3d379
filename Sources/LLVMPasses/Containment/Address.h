// Pointers as sums, and what the terms of such a sum can be: computed from the IR as it is, without the flags,
// metadata and attributes that earlier passes left on it.

#ifndef WASMC_ADDRESS_H
#define WASMC_ADDRESS_H

#include "wasmc_llvm.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instruction.h"

#include <optional>
#include <vector>

namespace llvm {
class DominatorTree;
class Loop;
class LoopInfo;
class PHINode;
}

namespace wasmc {

/// The instructions that a proof looked at. `nuw`, `inbounds`, `disjoint` and the like would make their results poison
/// where the proof counts on wrapping arithmetic.
using Slice = llvm::SetVector<llvm::Instruction *>;

struct Term {
    llvm::Value *value;
    uint64_t factor;
};

/// `constant + factor * value + ...`, modulo 2^64. In a sum of vectors, scalars stand for vectors of that number in all
/// lanes.
struct Sum {
    llvm::SmallVector<Term, 4> terms;
    uint64_t constant = 0;

    void add(llvm::Value *value, uint64_t factor);
    void add(const Sum &other, uint64_t factor);
    /// Takes additions, subtractions and multiplications by constants apart.
    static Sum of(llvm::Value *value, Slice &slice);

    /// The terms, in an order that equal sums share.
    using Key = std::vector<std::pair<llvm::Value *, uint64_t>>;
    Key key() const;
};

/// A pointer, or pointers: `root + offset`.
struct Address {
    llvm::Value *root;
    Sum offset;

    static Address of(llvm::Value *pointer, const llvm::DataLayout &layout, Slice &slice);
};

/// Whether a constant, or a lane of it, is whatever a register holds.
bool isUndefined(const llvm::Constant &constant);

/// An interval of integers that is far from wrapping in 64 bits.
struct Interval {
    int64_t least, most;

    static constexpr int64_t limit = int64_t(1) << 60;
    bool isKnown() const { return least > -limit && most < limit; }
    static Interval unknown() { return {-limit, limit}; }
    Interval operator+(Interval other) const;
    Interval scaled(uint64_t factor) const;
};

/// Numbers whose sums cannot wrap.
inline bool isSmall(uint64_t constant) { return constant + uint64_t(Interval::limit) <= 2 * uint64_t(Interval::limit); }

/// What integers can be, by interval arithmetic over the instructions that make them; what a loop counts, by how often
/// it can go around.
class Intervals {
    llvm::LoopInfo &loops;
    llvm::DominatorTree &dominators;
    Slice &slice;
    /// `zext i32` is below 2^32, which is all that is asked; its operand can stay as it is.
    bool looksThroughExtensions;
    llvm::DenseMap<llvm::Value *, std::optional<llvm::ConstantRange>> known;
    llvm::DenseMap<llvm::Loop *, std::optional<uint64_t>> mostBackedges;

    llvm::ConstantRange compute(llvm::Value *value, unsigned depth);
    llvm::ConstantRange range(llvm::Value *value, unsigned depth);
    llvm::ConstantRange rangeOfLanes(llvm::Value *vector, unsigned depth);
    std::optional<uint64_t> countMostBackedges(llvm::Loop &loop, unsigned depth);
    std::optional<llvm::ConstantRange> rangeOfInduction(llvm::PHINode &phi, unsigned depth);

public:
    Intervals(llvm::LoopInfo &loops, llvm::DominatorTree &dominators, Slice &slice, bool looksThroughExtensions)
        : loops(loops), dominators(dominators), slice(slice), looksThroughExtensions(looksThroughExtensions) {}

    /// Of an integer, or of the lanes of a vector.
    Interval of(llvm::Value *value);
    Interval of(const Sum &sum);
};

/// A sum in the iterations of a loop: `start + step * iteration`, and what varies otherwise.
struct Progression {
    Sum start, step;
    Interval rest{0, 0};

    /// Nothing where a term varies without known bounds.
    static std::optional<Progression> of(const Sum &sum, llvm::Loop &loop, Intervals &intervals, Slice &slice);
};

/// What a phi of a loop's header begins with, and what every iteration adds to it.
struct Induction {
    llvm::Value *start;
    Sum step;

    static std::optional<Induction> of(llvm::PHINode &phi, llvm::Loop &loop, Slice &slice);
};

}

#endif
