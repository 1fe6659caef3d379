// The last word on where generated code reads and writes.
//
// Before                              After
//
//   loop:                               if (count > 134217728) call escape()       ; one test for the loop's accesses
//     i = phi i64 [first, next]       loop:
//     store base + i                    i = phi i64 [first, next]
//     next = i + 32                     store base + i
//                                       next = i + 32
//   store base + x                      store base + (x & 0x1ffffffff)             ; where nothing is known
//
// Invariant: after this pass every access whose pointer comes from a memory's base stays within the memory's
// reservation (in strict form: within its size), and every access to a table within its elements. The proof is made
// here, from the IR as it is now: no flag, range, attribute or earlier check is believed. What it rests on loses its
// flags, so that code generation cannot draw on them either. Nor is it believed that a number may be undefined, or a
// place never reached: numbers that are, are zero, and what was taken for impossible ends the call.
//
// Memory safety relies on it: whatever a pass before it got wrong.

#ifndef WASMC_CONTAINMENT_H
#define WASMC_CONTAINMENT_H

#include "wasmc_passes.h"

#include "llvm/IR/PassManager.h"

namespace wasmc {

struct ContainmentPass : llvm::PassInfoMixin<ContainmentPass> {
    const wasmc_containment &layout;
    void *context;  // of `layout.refuse`

    ContainmentPass(const wasmc_containment &layout, void *context) : layout(layout), context(context) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

}

#endif
