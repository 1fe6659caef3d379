// Pointers into the heap that are one of several become offsets that are.
//
// Before                                        After
//
//   a: first = heap + x                           a:
//   b: second = heap + y                          b:
//   c: place = phi ptr [first, a], [second, b]    c: offset = phi i64 [x, a], [y, b]
//                                                    place = heap + offset
//
// Invariant: the same values as before, under other names. `heap` is the store's, which is the same as long as the
// function runs.
//
// Speed relies on it: Containment.h sees then how far a place may be from the heap's base, and need not mask it, and
// KeptReferences.h sees the reference.

#ifndef WASMC_HEAP_OFFSETS_H
#define WASMC_HEAP_OFFSETS_H

#include "wasmc_passes.h"

#include "llvm/IR/PassManager.h"

namespace wasmc {

struct HeapOffsetsPass : llvm::PassInfoMixin<HeapOffsetsPass> {
    const wasmc_containment &layout;

    explicit HeapOffsetsPass(const wasmc_containment &layout) : layout(layout) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

}

#endif
