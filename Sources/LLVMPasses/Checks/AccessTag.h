// What lowering says about an access by its type-based alias tag.

#ifndef WASMC_ACCESS_TAG_H
#define WASMC_ACCESS_TAG_H

#include "llvm/IR/Instruction.h"
#include "llvm/IR/Metadata.h"

namespace wasmc {

/// The tag of accesses to linear memory; where a module has several memories, what their tags have in common.
inline constexpr llvm::StringLiteral linearMemoryName = "linear memory";
/// That of accesses to an instance's count of points.
inline constexpr llvm::StringLiteral pointsName = "points";

/// Whether the access's tag, or one that it is a part of, has this name.
inline bool isTagged(const llvm::Instruction &access, llvm::StringRef name) {
    llvm::MDNode *tag = access.getMetadata(llvm::LLVMContext::MD_tbaa);
    auto *type = tag ? llvm::dyn_cast<llvm::MDNode>(tag->getOperand(0)) : nullptr;
    while (type && type->getNumOperands() > 1) {
        auto *found = llvm::dyn_cast<llvm::MDString>(type->getOperand(0));
        if (found && found->getString() == name) return true;
        type = llvm::dyn_cast<llvm::MDNode>(type->getOperand(1));
    }
    return false;
}

inline bool isToLinearMemory(const llvm::Instruction &access) { return isTagged(access, linearMemoryName); }

inline bool isToPoints(const llvm::Instruction &access) { return isTagged(access, pointsName); }

}

#endif
