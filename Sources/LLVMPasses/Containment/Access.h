// What instructions access, and which memory or table a pointer comes from.

#ifndef WASMC_ACCESS_H
#define WASMC_ACCESS_H

#include "Address.h"
#include "wasmc_passes.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Function.h"
#include "llvm/IR/IRBuilder.h"

#include <tuple>

namespace wasmc {

/// One pointer of an instruction, and how many bytes it reads or writes there.
struct Access {
    llvm::Instruction *instruction;
    unsigned operand;
    uint64_t byteCount;
    llvm::Value *length = nullptr;  // i64, in place of a constant count

    llvm::Value *mask = nullptr;  // i1 by lane: where there is none, nothing is accessed

    llvm::Value *pointer() const { return instruction->getOperand(operand); }
    void setPointer(llvm::Value *pointer) const { instruction->setOperand(operand, pointer); }
};

/// False for an instruction that accesses memory in a way of which this file knows nothing.
bool forEachAccess(llvm::Instruction &instruction, llvm::function_ref<void(const Access &)> handle);

/// What a pointer may point into: a memory, a table's elements, the store's heap, the descriptors of types, the
/// functions that objects refer to, or what the code itself has, such as a table of constants or a place in the frame.
struct Region {
    enum Kind { memory, table, heap, descriptors, functions, object } kind;
    unsigned index;
    int64_t byteCount = 0;  // of an object

    /// Objects of one size are alike: all that is asked of one is how far its end is.
    auto key() const { return std::tuple(kind, index, byteCount); }
    bool operator==(const Region &other) const { return key() == other.key(); }
    bool operator<(const Region &other) const { return key() < other.key(); }
};

/// A function's ways to memories, tables and objects: loads from the instance, at offsets that the layout knows.
class Regions {
    llvm::Function &function;
    const wasmc_containment &layout;
    Slice &slice;
    using Visited = llvm::SmallPtrSet<llvm::Value *, 8>;

    std::optional<uint64_t> offsetInInstance(llvm::Value *pointer);
    /// Where in the instance a pointer was loaded.
    std::optional<uint64_t> placeInInstance(llvm::Value *pointer);
    /// The memory or table whose structure the pointer is.
    std::optional<Region> ofStructure(llvm::Value *pointer);
    bool isStore(llvm::Value *pointer);
    std::optional<Region>
    ofField(llvm::Value *value, uint64_t memoryField, uint64_t tableField, bool isBase, Visited &visited);

public:
    Regions(llvm::Function &function, const wasmc_containment &layout, Slice &slice)
        : function(function), layout(layout), slice(slice) {}

    /// Of a pointer that is where a memory, a table's elements or an object begin.
    std::optional<Region> ofBase(llvm::Value *pointer);
    /// Of a pointer that is one of several, or a vector of them, which all point into the same memory or the heap.
    std::optional<Region> ofChoice(llvm::Value *pointer);
    /// Of a number that is how many bytes a memory or how many elements a table has, or had.
    std::optional<Region> ofSize(llvm::Value *number);

    int64_t minimumSize(Region region) const;
    /// Whether the region is in address space of its own, which begins `before` bytes in front of its base and ends
    /// `behind` bytes behind that.
    bool isReserved(Region region) const;
    int64_t before(Region region) const;
    int64_t behind(Region region) const;
    /// Offsets that this leaves as they are, and others, are so far from the reservation's end that it has room for an
    /// access.
    uint64_t mask(Region region) const;
    /// Loads the base of a memory, the heap or the descriptors, as a pointer of this type.
    llvm::Value *base(llvm::IRBuilder<> &builder, Region region, llvm::Type *type);
    /// A size in bytes, which is loaded if it can change.
    llvm::Value *size(llvm::IRBuilder<> &builder, Region region);
    /// `void (ptr instance)`: ends the call; never returns.
    llvm::Function *escape();
};

}

#endif
