// The alias regions of accesses, as lowering names them in type-based alias metadata.

#ifndef WASMC_ALIAS_REGION_H
#define WASMC_ALIAS_REGION_H

#include "llvm/IR/Instruction.h"
#include "llvm/IR/Metadata.h"

namespace wasmc {

inline constexpr llvm::StringLiteral linearMemoryName = "linear memory";
/// An instance's count of points.
inline constexpr llvm::StringLiteral pointsName = "points";

/// Whether lowering has marked the access as one to the region of this name.
inline bool belongsTo(const llvm::Instruction &access, llvm::StringRef region) {
    llvm::MDNode *tag = access.getMetadata(llvm::LLVMContext::MD_tbaa);
    auto *type = tag ? llvm::dyn_cast<llvm::MDNode>(tag->getOperand(0)) : nullptr;
    auto *name = type ? llvm::dyn_cast<llvm::MDString>(type->getOperand(0)) : nullptr;
    return name && name->getString() == region;
}

}

#endif
