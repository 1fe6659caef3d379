#include "Pipeline.h"

#include "Checks/BoundsCheck.h"
#include "Containment/Containment.h"
#include "Containment/HeapOffsets.h"
#include "Containment/KeptReferences.h"
#include "Loops/LoopCharges.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/Transforms/Vectorize/SLPVectorizer.h"

using namespace llvm;

namespace wasmc {

// MARK: Passes

namespace {

/// Vectorises straight-line code of functions that calculate with floats. WebAssembly's integers are 32 bits wide
/// whatever they were in the source, so that for bytes the vectoriser finds much and gains nothing. It numbers a block
/// anew for each instruction that it moves: 20 s for 7,500 lines in one block.
struct FloatVectorizerPass : PassInfoMixin<FloatVectorizerPass> {
    static constexpr size_t mostInstructions = 4'000;

    PreservedAnalyses run(Function &function, FunctionAnalysisManager &analyses) {
        bool isLarge = any_of(function, [](BasicBlock &block) { return block.size() > mostInstructions; });
        if (isLarge) return PreservedAnalyses::all();
        bool calculates = any_of(instructions(function), [](Instruction &i) {
            return isa<BinaryOperator>(i) && i.getType()->isFPOrFPVectorTy();
        });
        return calculates ? SLPVectorizerPass().run(function, analyses) : PreservedAnalyses::all();
    }
};

template <typename Pass> void addToFunction(FunctionPassManager &passes) { passes.addPass(Pass()); }
template <typename Pass> void addLimited(FunctionPassManager &passes, unsigned limit) { passes.addPass(Pass(limit)); }
template <typename Pass> void addToLoop(LoopPassManager &passes) { passes.addPass(Pass()); }

/// How a pass is added: one of the three, or none where ObjectEmission.cpp adds it.
struct Entry {
    StringLiteral name, purpose;
    void (*toFunction)(FunctionPassManager &) = nullptr;
    void (*toLoop)(LoopPassManager &) = nullptr;
    /// For a pass whose limit tests set, as in `wasmc-long-chains<8>`.
    void (*limited)(FunctionPassManager &, unsigned) = nullptr;
};

constexpr StringLiteral heapOffsetsName = "wasmc-heap-offsets", containmentName = "wasmc-contain",
                        keptReferencesName = "wasmc-keep-references";

const Entry entries[] = {
    {"wasmc-deep-expressions", "passes values of very deep expressions through the stack, where no analysis looks",
     addToFunction<DeepExpressionPass>, nullptr, addLimited<DeepExpressionPass>},
    {"wasmc-separate-proven-traps", "gives a jump to a trap that is always taken a trap with its own line",
     [](FunctionPassManager &passes) { passes.addPass(ProvenTrapPass(false)); }},
    {"wasmc-separate-arguments-traps", "does the same for jumps that inlining may decide",
     [](FunctionPassManager &passes) { passes.addPass(ProvenTrapPass(true)); }},
    {"wasmc-repeated-stack-checks", "removes the stack checks that inlined functions brought along",
     addToFunction<RepeatedStackCheckPass>},
    {"wasmc-rotate-loops", "moves the test of a loop to its end, unless that test is a bounds check", nullptr,
     addToLoop<LoopRotationPass>},
    {"wasmc-short-loops", "removes the polls from innermost loops that run a few times", nullptr,
     addToLoop<ShortLoopPass>},
    {"wasmc-reveal-operands", "puts back the operands of float arithmetic that lowering hid from constant folding",
     addToFunction<OperandRevealingPass>},
    {"wasmc-eliminate-checks", "removes bounds checks that cannot fail, and joins neighbours",
     addToFunction<CheckEliminationPass>},
    {"wasmc-version-loops", "runs innermost loops without checks when a test before the loop allows it",
     addToFunction<LoopVersioningPass>},
    {"wasmc-small-remainders", "replaces remainders of dividends below twice the divisor by a subtraction",
     addToFunction<SmallRemainderPass>},
    {"wasmc-freeze-loads", "freezes conditional loads, which instcombine would move behind stores once vectorised",
     addToFunction<ConditionalLoadPass>},
    {"wasmc-short-recurrences", "takes the last iteration's value last in a minimum or maximum",
     addToFunction<ShortRecurrencePass>},
    {"wasmc-vectorize-floats", "runs LLVM's SLP vectoriser on functions that calculate with floats",
     addToFunction<FloatVectorizerPass>},
    {"wasmc-implicit-checks", "removes a check when the access behind it faults wherever the check would fail",
     addToFunction<ImplicitBoundsChecksPass>},
    {"wasmc-lower-checks", "turns checks of bounds and fuel, and polls, into comparisons and branches",
     addToFunction<CheckLoweringPass>},
    {"wasmc-widen-phis", "extends the operands of a phi in place of the phi", addToFunction<PhiWideningPass>},
    {"wasmc-long-chains", "passes links of long chains of sums through the stack, where selection does not look",
     addToFunction<LongChainPass>, nullptr, addLimited<LongChainPass>},
    {"wasmc-repeated-comparisons", "writes comparisons of one value with many so that LLVM does not go through them",
     addToFunction<RepeatedComparisonPass>, nullptr, addLimited<RepeatedComparisonPass>},
    {"wasmc-prevent-load-folding", "keeps loads that may fault out of instructions that could read less",
     addToFunction<PreventLoadFoldingPass>},
    {"wasmc-high-products", "multiplies 16-bit values in 32 bits, where LLVM 22 loses a sign",
     addToFunction<HighProductPass>},
    {"wasmc-guard-divisions", "hides divisions from analyses that would calculate them before their check",
     addToFunction<GuardedDivisionPass>},
    {heapOffsetsName, "makes pointers into the heap that are one of several of such an offset"},
    {containmentName, "proves that each access stays in its memory or table, and tests where it cannot"},
    {keptReferencesName, "keeps references over calls that may collect, where objects are accessed behind those"},
    {"wasmc-separate-traps", "gives each jump to a trap a trap with its own line", addToFunction<TrapSeparationPass>},
    {"wasmc-large-blocks", "schedules the instructions of very large blocks in one walk"},
    {"wasmc-scheduling-regions", "divides very large blocks for the machine scheduler"},
    {"wasmc-zero-extensions", "makes the zero extensions that LLVM 22 wrongly takes for free"},
};

}

std::vector<PassDescription> passDescriptions() {
    std::vector<PassDescription> all;
    for (const Entry &entry : entries) all.push_back({entry.name.data(), entry.purpose.data()});
    return all;
}

void registerPasses(PassBuilder &builder, const wasmc_containment *containment, void *context) {
    builder.registerPipelineParsingCallback(
        [=](StringRef name, FunctionPassManager &passes, ArrayRef<PassBuilder::PipelineElement>) {
            if (containment && name == heapOffsetsName) {
                passes.addPass(HeapOffsetsPass(*containment));
                return true;
            }
            if (containment && name == containmentName) {
                passes.addPass(ContainmentPass(*containment, context));
                return true;
            }
            if (containment && name == keptReferencesName) {
                passes.addPass(KeptReferencesPass(*containment, context));
                return true;
            }
            for (const Entry &entry : entries) {
                StringRef parameter = name;
                unsigned limit;
                if (entry.toFunction && name == entry.name) {
                    entry.toFunction(passes);
                    return true;
                }
                if (entry.limited && parameter.consume_front(entry.name) && parameter.consume_front("<")
                    && parameter.consume_back(">") && !parameter.getAsInteger(10, limit)) {
                    entry.limited(passes, limit);
                    return true;
                }
            }
            return false;
        });
    builder.registerPipelineParsingCallback(
        [](StringRef name, LoopPassManager &passes, ArrayRef<PassBuilder::PipelineElement>) {
            for (const Entry &entry : entries)
                if (entry.toLoop && name == entry.name) {
                    entry.toLoop(passes);
                    return true;
                }
            return false;
        });
}

// MARK: Pipelines

namespace {

/// Before what removes jumps: see TrapSeparation.cpp.
#define PROVEN_TRAPS "wasmc-separate-proven-traps"
#define COMBINE "instcombine<max-iterations=1;no-verify-fixpoint>"
/// To be closed with ">", and options before it.
#define SIMPLIFY_CFG \
    "simplifycfg<bonus-inst-threshold=1;switch-range-to-icmp;keep-loops;speculate-blocks;simplify-cond-branch"
#define SWITCHES "forward-switch-cond;switch-to-arithmetic;switch-to-lookup"
#define COMMON_INSTRUCTIONS "hoist-common-insts;sink-common-insts"

/// What of LLVM's `default<O2>` still finds something in code that a compiler optimised when it made the module. Its
/// loops are unrolled and rotated already, and nothing in it is recognised twice.
std::string standardPipeline(bool checksMayFault) {
    StringRef checks = checksMayFault ? "" : ",wasmc-lower-checks";
    StringRef faults = checksMayFault ? ",wasmc-implicit-checks,wasmc-lower-checks" : "";
    return join(
        ArrayRef<std::string>{
            "function<eager-inv>(mem2reg,early-cse<>," PROVEN_TRAPS "," SIMPLIFY_CFG
            ">,wasmc-separate-arguments-traps)",
            "cgscc(inline)",
            "function<eager-inv>(wasmc-repeated-stack-checks," COMBINE "," PROVEN_TRAPS "," SIMPLIFY_CFG ">",
            "loop-mssa(wasmc-rotate-loops,licm<allowspeculation>,simple-loop-unswitch<no-nontrivial;trivial>)",
            "loop(loop-idiom,indvars,wasmc-short-loops,loop-deletion)",
            "gvn<>,wasmc-reveal-operands",
            "wasmc-eliminate-checks," PROVEN_TRAPS "," SIMPLIFY_CFG ";switch-to-arithmetic;" COMMON_INSTRUCTIONS ">",
            ("wasmc-version-loops,wasmc-small-remainders" + checks + ",wasmc-freeze-loads").str(),
            "loop-vectorize<no-interleave-forced-only;no-vectorize-forced-only>",
            PROVEN_TRAPS "," SIMPLIFY_CFG ";no-keep-loops;" SWITCHES ";" COMMON_INSTRUCTIONS ">",
            COMBINE ",wasmc-short-recurrences,wasmc-vectorize-floats,loop-mssa(licm<allowspeculation>)",
            ("div-rem-pairs" + faults + ",wasmc-widen-phis)").str(),
            "globaldce",
        },
        ",");
}

/// Ours inside LLVM's own pipeline.
std::vector<Stage> aggressiveStages(bool checksMayFault) {
    StringRef checks = checksMayFault ? "" : "wasmc-lower-checks,";
    StringRef faults = checksMayFault ? "wasmc-implicit-checks,wasmc-lower-checks," : "";
    return {
        {Stage::main, "default<O3>"},
        {Stage::pipelineStart, "function(" PROVEN_TRAPS ")"},
        {Stage::earlySimplification, "function(wasmc-separate-arguments-traps)"},
        {Stage::peephole, PROVEN_TRAPS},
        {Stage::lateLoopOptimizations, "wasmc-short-loops"},
        {Stage::vectorizerStart,
         ("wasmc-repeated-stack-checks,wasmc-reveal-operands,wasmc-eliminate-checks,simplifycfg,wasmc-version-loops,"
          "wasmc-small-remainders,"
          + checks + "wasmc-freeze-loads")
             .str()},
        {Stage::optimizerLast, ("function(" + faults + "wasmc-widen-phis)").str()},
    };
}

}

std::vector<Stage> stages(wasmc_pipeline pipeline, bool checksMayFault) {
    std::vector<Stage> all = {{Stage::first, "function(wasmc-deep-expressions)"}};
    switch (pipeline) {
    case WASMC_PIPELINE_O1:
        all.push_back({Stage::main, "function(sroa,early-cse," PROVEN_TRAPS ",simplifycfg,wasmc-reveal-operands)"});
        break;
    case WASMC_PIPELINE_O2: all.push_back({Stage::main, standardPipeline(checksMayFault)}); break;
    case WASMC_PIPELINE_O3: append_range(all, aggressiveStages(checksMayFault)); break;
    }
    // Each goes over the whole module. Containment is the last that changes where code reads and writes: see there.
    for (const char *name :
         {"wasmc-long-chains", "wasmc-repeated-comparisons", "wasmc-prevent-load-folding", "wasmc-high-products",
          "wasmc-guard-divisions"})
        all.push_back({Stage::last, (Twine("function(") + name + ")").str()});
    std::string contain = (heapOffsetsName + "," + containmentName + "," + keptReferencesName).str();
    all.push_back({Stage::last, "function(" + contain + ")"});
    all.push_back({Stage::traps, "wasmc-separate-traps"});
    all.push_back({Stage::codeGeneration, "wasmc-large-blocks,wasmc-zero-extensions,wasmc-scheduling-regions"});
    return all;
}

const char *Stage::when() const {
    switch (place) {
    case first: return "first";
    case main: return "then";
    case pipelineStart: return "in default<O3>, at its start";
    case earlySimplification: return "in default<O3>, before it inlines";
    case peephole: return "in default<O3>, after each instcombine";
    case lateLoopOptimizations: return "in default<O3>, after its loop passes";
    case vectorizerStart: return "in default<O3>, before it vectorises";
    case optimizerLast: return "in default<O3>, at its end";
    case last: return "then, last of all";
    case traps: return "where code records its places";
    case codeGeneration: return "while code is generated";
    }
    llvm_unreachable("a place of no name");
}

Error addStages(const std::vector<Stage> &stages, PassBuilder &builder, ModulePassManager &passes) {
    Error failure = Error::success();
    auto parse = [&](auto &manager, StringRef text) {
        failure = joinErrors(std::move(failure), builder.parsePassPipeline(manager, text));
    };
    // LLVM calls these while it reads "default<O3>", below.
    for (const Stage &stage : stages) {
        auto add = [&parse, &stage](auto &manager, auto...) { parse(manager, stage.passes); };
        switch (stage.place) {
        case Stage::pipelineStart: builder.registerPipelineStartEPCallback(add); break;
        case Stage::earlySimplification: builder.registerPipelineEarlySimplificationEPCallback(add); break;
        case Stage::peephole: builder.registerPeepholeEPCallback(add); break;
        case Stage::lateLoopOptimizations: builder.registerLateLoopOptimizationsEPCallback(add); break;
        case Stage::vectorizerStart: builder.registerVectorizerStartEPCallback(add); break;
        case Stage::optimizerLast: builder.registerOptimizerLastEPCallback(add); break;
        case Stage::first:
        case Stage::main:
        case Stage::last:
        case Stage::traps:
        case Stage::codeGeneration: break;
        }
    }
    for (const Stage &stage : stages)
        if (stage.place == Stage::first || stage.place == Stage::main || stage.place == Stage::last)
            parse(passes, stage.passes);
    return failure;
}

}

void wasmc_list_stages(wasmc_pipeline pipeline, bool checks_may_fault, wasmc_text_handler handle, void *context) {
    for (const wasmc::Stage &stage : wasmc::stages(pipeline, checks_may_fault))
        handle(context, stage.when(), stage.passes.c_str());
}

void wasmc_list_passes(wasmc_text_handler handle, void *context) {
    for (const wasmc::PassDescription &pass : wasmc::passDescriptions()) handle(context, pass.name, pass.purpose);
}
