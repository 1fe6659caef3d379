// Mends that debug builds can do without, so that tests can show what holds then: containment does not rest on them.
//
// WASMC_WITHOUT_MENDS names them, apart by commas: extensions, disjoint, flags, lengths, bulk, masks, stores, freezing,
// selects, products, zeros.

#ifndef WASMC_MENDS_H
#define WASMC_MENDS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdlib>

namespace wasmc {

#ifdef DEBUG
inline bool isMended(llvm::StringRef name) {
    const char *without = std::getenv("WASMC_WITHOUT_MENDS");
    llvm::SmallVector<llvm::StringRef, 16> names;
    llvm::StringRef(without ? without : "").split(names, ',');
    return !llvm::is_contained(names, name);
}
#else
constexpr bool isMended(llvm::StringRef) { return true; }
#endif

}

#endif
