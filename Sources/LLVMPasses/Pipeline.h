// The passes of each level, in the order in which they run. Nothing else knows either: `dev passes` prints what is
// here.

#ifndef WASMC_PIPELINE_H
#define WASMC_PIPELINE_H

#include "wasmc_passes.h"

#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"

#include <string>
#include <vector>

namespace wasmc {

/// A part of a pipeline, in LLVM's textual form.
struct Stage {
    /// When it runs. LLVM's `default<O3>` has extension points, for which it names the callbacks.
    enum Place {
        first,
        main,
        pipelineStart,
        earlySimplification,
        peephole,
        lateLoopOptimizations,
        vectorizerStart,
        optimizerLast,
        last,
        /// After the pipeline, for code that records where it comes from; also at O0.
        traps,
        /// While LLVM generates code; ObjectEmission.cpp adds it.
        codeGeneration,
    };
    Place place;
    std::string passes;

    /// In words, for people.
    const char *when() const;
};

/// All stages of a level, in their order.
std::vector<Stage> stages(wasmc_pipeline pipeline, bool checksMayFault);

/// One of our passes by its name in pipelines.
struct PassDescription {
    const char *name, *purpose;
};
std::vector<PassDescription> passDescriptions();

/// Makes our passes known to the builder. Containment is told to `context` what it refuses.
void registerPasses(llvm::PassBuilder &builder, const wasmc_containment *containment, void *context);

/// Adds the stages that are passes over IR.
llvm::Error addStages(const std::vector<Stage> &stages, llvm::PassBuilder &builder, llvm::ModulePassManager &passes);

}

#endif
