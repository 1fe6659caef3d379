#include "wasmc_passes.h"

#include "BoundsCheck.h"

#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

#include <mutex>

using namespace llvm;

/// LLVM widens 32-bit induction variables and masks them where they may wrap; then neither the number of iterations nor an
/// address is known any more. Loops without checks get 64-bit variables from us.
static void keepNarrowInductions() {
    static std::once_flag once;
    std::call_once(once, [] {
        auto &options = cl::getRegisteredOptions();
        auto widening = options.find("indvars-widen-indvars");
        if (widening != options.end()) static_cast<cl::opt<bool> *>(widening->second)->setValue(false);
    });
}

static void addPasses(PassBuilder &builder) {
    builder.registerVectorizerStartEPCallback([](FunctionPassManager &passes, OptimizationLevel) {
        passes.addPass(wasmc::CheckEliminationPass());
        passes.addPass(SimplifyCFGPass());
        passes.addPass(wasmc::LoopVersioningPass());
        passes.addPass(wasmc::CheckLoweringPass());
    });
    builder.registerPipelineParsingCallback(
        [](StringRef name, FunctionPassManager &passes, ArrayRef<PassBuilder::PipelineElement>) {
            if (name != "wasmc-lower-checks") return false;
            passes.addPass(wasmc::CheckLoweringPass());
            return true;
        });
}

LLVMErrorRef wasmc_run_passes(LLVMModuleRef module, LLVMTargetMachineRef machine, const char *pipeline) {
    keepNarrowInductions();
    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager callGraph;
    ModuleAnalysisManager modules;
    PassBuilder builder(reinterpret_cast<TargetMachine *>(machine));
    addPasses(builder);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(callGraph);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, callGraph, modules);
    ModulePassManager passes;
    if (Error error = builder.parsePassPipeline(passes, pipeline)) return wrap(std::move(error));
    passes.run(*unwrap(module), modules);
    return LLVMErrorSuccess;
}
