// Code generation without optimisation, without the passes that look for what wasmc's modules never have: each costs a
// look at every function or instruction, all of them 7 % of the time.
//
// Invariant: what is left out has nothing to do but for attributes, types and intrinsics that lowering does not use, on
// x86-64. A pass that is not named here runs.

#ifndef WASMC_NEEDED_PASSES_H
#define WASMC_NEEDED_PASSES_H

#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Pass.h"

namespace wasmc {

class NeededPasses : public llvm::legacy::PassManagerBase {
    llvm::legacy::PassManagerBase &passes;

    static bool isIdle(llvm::StringRef name) {
        static const llvm::StringSet<> idle = {
            // Integers of more than 128 bits, tiles, the x87 stack, masked accesses.
            "Expand IR instructions",
            "Lower AMX intrinsics",
            "Lower AMX type for load/store",
            "Fast Tile Register Preconfigure",
            "Fast Tile Register Configure",
            "X86 Lower Tile Copy",
            "X86 FP Stackifier",
            "X86 insert wait instruction",
            "Scalarize Masked Memory Intrinsics",
            // LLVM's garbage collection, and what else calls can be annotated with.
            "Lower Garbage Collection Instructions",
            "Shadow Stack GC Lowering",
            "Fixup Statepoint Caller Saved",
            "Analyze Machine Code For Garbage Collection",
            "StackMap Liveness Analysis",
            "Prepare callbr",
            "Expand indirectbr instructions",
            "Contiguously Lay Out Funclets",
            "Remove Loads Into Fake Uses",
            // Variables of debug information: functions have lines alone.
            "Remove Redundant DEBUG_VALUE analysis",
            "Live DEBUG_VALUE analysis",
            "Stack Frame Layout Analysis",
            "Pseudo Probe Inserter",
            "Machine Sanitizer Binary Metadata",
            // Instrumentation and hardening by attributes and features.
            "Instrument function entry/exit with calls to e.g. mcount() (post inlining)",
            "Insert fentry calls",
            "Insert XRay ops",
            "Implement the 'patchable-function' attribute",
            "Insert KCFI indirect call checks",
            "Safe Stack instrumentation pass",
            "X86 Indirect Branch Tracking",
            "X86 speculative load hardening",
            "X86 Speculative Execution Side Effect Suppression",
            "X86 Indirect Thunks",
            "X86 Return Thunks",
            "X86 Load Value Injection (LVI) Ret-Hardening",
            "X86 Suppress APX features for relocation",
            "Unpack machine instruction bundles",
        };
        return idle.contains(name);
    }

public:
    explicit NeededPasses(llvm::legacy::PassManagerBase &passes) : passes(passes) {}

    void add(llvm::Pass *pass) override {
        if (isIdle(pass->getPassName())) delete pass;
        else passes.add(pass);
    }
};

}

#endif
