#include "wasmc_passes.h"

#include "BoundsCheck.h"

#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

static void addPasses(PassBuilder &builder) {
    builder.registerVectorizerStartEPCallback([](FunctionPassManager &passes, OptimizationLevel) {
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
