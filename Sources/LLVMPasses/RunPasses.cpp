// Runs passes over a module: with the options of LLVM's that they need, listening to what they remark, and ending early
// when nobody waits for the code any more. Which passes run is in Pipeline.cpp.

#include "wasmc_passes.h"

#include "Checks/BoundsCheck.h"
#include "Pipeline.h"

#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Target/TargetMachine.h"

#include <chrono>
#include <mutex>

using namespace llvm;

namespace {

/// LLVM's hidden options, by name. What this LLVM does not know is left alone.
constexpr std::pair<StringLiteral, StringLiteral> hiddenOptions[] = {
    // LLVM widens 32-bit induction variables and masks them where they may wrap; then neither the number of iterations
    // nor an address is known any more. Loops without checks get 64-bit variables from us.
    {"indvars-widen-indvars", "false"},
    // Functions of more blocks than this are not walked again from their start after every change.
    {"cgpp-huge-func", "200"},
    // Blocks of as many instructions are copied to save jumps, as at -O3: for loops with stores under conditions.
    {"tail-dup-placement-threshold", "4"},
    // Ours, in LargeBlocks.cpp.
    {"pre-RA-sched", "wasmc"},
    // What is needed after many checks would move from one to the next, and all that it needs with it each time. The
    // machine passes move it at once.
    {"instcombine-code-sinking", "false"},
    // Loops that start where the ones before them ended: each start is an expression of all of them.
    {"scalar-evolution-huge-expr-threshold", "128"},
    // Beyond this depth sums are left as they are, and LLVM 22 extends `1 + (-1 + x)` and takes the extension apart for
    // ever. The limit above ends every expression earlier.
    {"scalar-evolution-max-arith-depth", "100000"},
    // What is calculated in threes and fours does not fill wider vectors; loops do.
    {"slp-max-reg-size", "256"},
    // Copies of 16 bytes stay one: LLVM would copy them in parts after a store of fewer bytes, and also where the last
    // part's fault is a trap, before which nothing may be stored.
    {"x86-disable-avoid-SFB", "true"},
    // Arguments on the stack are stored, not pushed: a landing pad finds the stack pointer where the frame's other code
    // has it, and our unwinder leaves it where the call had it.
    {"no-x86-call-frame-opt", "true"},
    // Loops of few iterations get a scalar rest, as others do. LLVM would leave lanes of their last vector out by a
    // mask; those may lie beyond the memory's end, and the last pass asks for all of a vector.
    {"vectorizer-min-trip-count", "0"},
    // In how many blocks GVN looks for what a load may depend on.
    {"memdep-block-number-limit", "20"},
};

void setHiddenOptions() {
    static std::once_flag once;
    std::call_once(once, [] {
        auto &options = cl::getRegisteredOptions();
        for (auto &[name, value] : hiddenOptions)
            if (auto option = options.find(name); option != options.end())
                option->second->addOccurrence(0, name, value);
    });
}

/// Hands on what passes say about functions.
class RemarkHandler : public DiagnosticHandler {
    wasmc_remark_handler handle;
    void *context;

    static bool isOfInterest(StringRef pass) {
        return pass == "wasmc" || pass == "loop-vectorize" || pass == "slp-vectorizer";
    }

public:
    RemarkHandler(wasmc_remark_handler handle, void *context) : handle(handle), context(context) {}

    bool isAnalysisRemarkEnabled(StringRef pass) const override { return pass == "loop-vectorize"; }
    bool isMissedOptRemarkEnabled(StringRef pass) const override { return pass == "wasmc"; }
    bool isPassedOptRemarkEnabled(StringRef pass) const override { return isOfInterest(pass); }
    bool isAnyRemarkEnabled() const override { return true; }

    bool handleDiagnostics(const DiagnosticInfo &information) override {
        auto *remark = dyn_cast<DiagnosticInfoOptimizationBase>(&information);
        if (!remark) return false;
        if (isOfInterest(remark->getPassName()))
            say(remark->getFunction(), remark->getPassName(), remark->getRemarkName(), remark->getMsg());
        return true;
    }

    void say(const Function &function, StringRef pass, StringRef name, const std::string &message) {
        handle(context, function.getName().str().c_str(), pass.str().c_str(), name.str().c_str(), message.c_str());
    }

    void sayChecks(Module &module) {
        for (Function &function : module) {
            auto checks = count_if(
                instructions(function), [](Instruction &i) { return wasmc::BoundsCheck::from(&i).has_value(); });
            if (!function.isDeclaration()) say(function, "wasmc", "ChecksEmitted", std::to_string(checks));
        }
    }
};

/// Adds up the time that passes spend on each function.
class FunctionTimer {
    using Clock = std::chrono::steady_clock;
    StringMap<double> seconds;
    SmallVector<Clock::time_point, 8> starts;

    static const Function *function(const Any &ir) {
        auto *found = any_cast<const Function *>(&ir);
        return found ? *found : nullptr;
    }

public:
    void listen(PassInstrumentationCallbacks &callbacks) {
        callbacks.registerBeforeNonSkippedPassCallback([this](StringRef, Any ir) {
            if (function(ir)) starts.push_back(Clock::now());
        });
        callbacks.registerAfterPassCallback([this](StringRef, Any ir, const PreservedAnalyses &) {
            const Function *done = function(ir);
            if (!done || starts.empty()) return;
            std::chrono::duration<double> passed = Clock::now() - starts.pop_back_val();
            // A pass inside a pass manager is counted with the manager.
            if (starts.empty()) seconds[done->getName()] += passed.count();
        });
    }

    void say(Module &module, RemarkHandler &remarks) {
        for (Function &function : module)
            if (!function.isDeclaration())
                remarks.say(function, "wasmc", "Seconds", std::to_string(seconds.lookup(function.getName())));
    }
};

/// Runs what `add` adds.
Error run(
    Module &module, TargetMachine *machine, PassInstrumentationCallbacks &callbacks,
    const wasmc_containment *containment, void *context, function_ref<Error(PassBuilder &, ModulePassManager &)> add) {
    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager callGraph;
    ModuleAnalysisManager modules;
    PassBuilder builder(machine, PipelineTuningOptions(), std::nullopt, &callbacks);
    wasmc::registerPasses(builder, containment, context);
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(callGraph);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, callGraph, modules);
    ModulePassManager passes;
    if (Error error = add(builder, passes)) return error;
    passes.run(module, modules);
    return Error::success();
}

/// It asks what the vectoriser asks, and heeds no mark of loops that must be left alone.
bool isAllowed(StringRef pass, Any) { return pass != "LoopLoadEliminationPass"; }

}

LLVMErrorRef wasmc_run_passes(
    LLVMModuleRef ref, LLVMTargetMachineRef machine, wasmc_pipeline pipeline, bool checks_may_fault,
    const wasmc_containment *containment, wasmc_remark_handler handle, bool (*is_cancelled)(void *context),
    void *context) {
    setHiddenOptions();
    Module &module = *unwrap(ref);
    RemarkHandler *remarks = nullptr;
    std::unique_ptr<DiagnosticHandler> previous;
    if (handle) {
        auto owned = std::make_unique<RemarkHandler>(handle, context);
        remarks = owned.get();
        previous = module.getContext().getDiagnosticHandler();
        module.getContext().setDiagnosticHandler(std::move(owned));
        remarks->sayChecks(module);
    }
    FunctionTimer timer;
    PassInstrumentationCallbacks callbacks;
    if (remarks) timer.listen(callbacks);
    callbacks.registerShouldRunOptionalPassCallback(isAllowed);
    if (is_cancelled)
        callbacks.registerShouldRunOptionalPassCallback([=](StringRef, Any) { return !is_cancelled(context); });
    auto stages = wasmc::stages(pipeline, checks_may_fault);
    Error error =
        run(module, reinterpret_cast<TargetMachine *>(machine), callbacks, containment, context,
            [&](PassBuilder &builder, ModulePassManager &passes) { return wasmc::addStages(stages, builder, passes); });
    if (remarks) {
        timer.say(module, *remarks);
        module.getContext().setDiagnosticHandler(std::move(previous));
    }
    return error ? wrap(std::move(error)) : LLVMErrorSuccess;
}

LLVMErrorRef wasmc_run_pipeline(
    LLVMModuleRef module, LLVMTargetMachineRef machine, const char *passes, const wasmc_containment *containment,
    void *context) {
    setHiddenOptions();
    PassInstrumentationCallbacks callbacks;
    Error error = run(
        *unwrap(module), reinterpret_cast<TargetMachine *>(machine), callbacks, containment, context,
        [&](PassBuilder &builder, ModulePassManager &manager) { return builder.parsePassPipeline(manager, passes); });
    return error ? wrap(std::move(error)) : LLVMErrorSuccess;
}
