// The alias regions of accesses, as lowering names them in type-based alias metadata.

#ifndef WASMC_ALIAS_REGION_H
#define WASMC_ALIAS_REGION_H

#include "wasmc_llvm.h"

#include "llvm/IR/Instruction.h"
#include "llvm/IR/Metadata.h"

namespace wasmc {

/// The region of linear memory; where a module has several memories, what their regions are part of.
inline constexpr llvm::StringLiteral linearMemoryName = "linear memory";
/// What objects' headers, lengths, fields and elements are parts of.
inline constexpr llvm::StringLiteral heapName = "heap";
/// How many elements an array has, which never changes.
inline constexpr llvm::StringLiteral arrayLengthName = "array length";
/// An instance's count of fuel.
inline constexpr llvm::StringLiteral fuelName = "fuel";

/// Whether lowering has marked the access as one to the region of this name, or to a part of it.
inline bool belongsTo(const llvm::Instruction &access, llvm::StringRef region) {
    llvm::MDNode *tag = access.getMetadata(llvm::LLVMContext::MD_tbaa);
    auto *type = tag ? llvm::dyn_cast<llvm::MDNode>(tag->getOperand(0)) : nullptr;
    while (type && type->getNumOperands() > 1) {
        auto *found = llvm::dyn_cast<llvm::MDString>(type->getOperand(0));
        if (found && found->getString() == region) return true;
        type = llvm::dyn_cast<llvm::MDNode>(type->getOperand(1));
    }
    return false;
}

inline bool isToLinearMemory(const llvm::Instruction &access) { return belongsTo(access, linearMemoryName); }

inline bool isToHeap(const llvm::Instruction &access) { return belongsTo(access, heapName); }

inline bool isToArrayLength(const llvm::Instruction &access) { return belongsTo(access, arrayLengthName); }

inline bool isToFuel(const llvm::Instruction &access) { return belongsTo(access, fuelName); }

}

#endif
