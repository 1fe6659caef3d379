// References to objects stay in sight of the collector.
//
// Before                                        After
//
//   element = heap + zext reference + 24          element = heap + zext reference + 24
//   call f()                                      call f()
//   store x, element                              asm sideeffect "" (reference)
//                                                 store x, element
//
// The collector looks for references on stacks and in registers that calls preserve: at each half of a word, for the
// place of any byte of an object. Code generation may replace a reference by what it calculates from it, such as a
// place behind the end of an array, or the distance between two arrays. So an instruction without code uses the
// reference itself behind each call that may collect.
//
// Invariant: after this pass, where an object is accessed behind such a call and was in reach before it, a value that
// is live over the call is the object's reference, or was loaded from memory, passed or returned as it. A function in
// which that cannot be said is refused.
//
// Safety relies on it: an object that the collector does not find is freed while code uses it. That stays within the
// heap, whose bounds Containment.h is for.

#ifndef WASMC_KEPT_REFERENCES_H
#define WASMC_KEPT_REFERENCES_H

#include "wasmc_passes.h"

#include "llvm/IR/PassManager.h"

namespace wasmc {

struct KeptReferencesPass : llvm::PassInfoMixin<KeptReferencesPass> {
    const wasmc_containment &layout;
    void *context;  // of `layout.refuse`

    KeptReferencesPass(const wasmc_containment &layout, void *context) : layout(layout), context(context) {}
    llvm::PreservedAnalyses run(llvm::Function &function, llvm::FunctionAnalysisManager &analyses);
    static bool isRequired() { return true; }
};

}

#endif
