// Code generation that says how large each function's frame became, and notes, for every call and every access that may
// fault, which line it comes from. The object gets two sections for the lines, which no loader reads: sites and inlined
// calls, as wasmc_passes.h describes them.
//
// LLVM's own line tables say the same but cost three times as much: they know a line for all code. So the functions
// lose what announces debug information before code is generated; their instructions keep their lines.

#include "wasmc_passes.h"

#include "Emission/NeededPasses.h"
#include "Emission/SharedSpillSlots.h"
#include "Workarounds/LatePassLimit.h"
#include "Workarounds/SchedulingRegions.h"
#include "Workarounds/ZeroExtensions.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Analysis/RuntimeLibcallInfo.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/CodeGen/AsmPrinter.h"
#include "llvm/CodeGen/AsmPrinterHandler.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstr.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCSectionELF.h"
#include "llvm/MC/MCStreamer.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

namespace {

class SiteRecorder : public AsmPrinterHandler {
    AsmPrinter &printer;
    struct Site {
        MCSymbol *code;
        unsigned place;
    };
    struct InlinedCall {
        unsigned line, caller;
    };
    MapVector<MCSection *, std::vector<Site>> sites;
    std::vector<InlinedCall> inlined;
    DenseMap<const DILocation *, unsigned> numbers;

    unsigned place(const DILocation *location) {
        const DILocation *caller = location->getInlinedAt();
        if (!caller) return location->getLine();
        auto known = numbers.find(location);
        if (known != numbers.end()) return known->second;
        unsigned outer = place(caller);
        unsigned number = WASMC_INLINED_PLACE | unsigned(inlined.size());
        inlined.push_back({location->getLine(), outer});
        numbers[location] = number;
        return number;
    }

    /// Accesses that are meant to fault are volatile; those to linear memory that must not have lines, for the report
    /// when one does.
    static bool mayFault(const MachineInstr *instruction, const DILocation *location) {
        if (instruction->memoperands_empty()) return location && instruction->mayLoadOrStore();
        return any_of(instruction->memoperands(), [location](const MachineMemOperand *operand) {
            return operand->isVolatile() || (location && operand->getValue());
        });
    }

public:
    explicit SiteRecorder(AsmPrinter &printer) : printer(printer) {}

    void beginFunction(const MachineFunction *) override {}
    void endFunction(const MachineFunction *) override {}

    void beginInstruction(const MachineInstr *instruction) override {
        const DILocation *location = instruction->getDebugLoc();
        if (!instruction->isCall() && !mayFault(instruction, location)) return;
        MCSymbol *code = printer.OutContext.createTempSymbol();
        printer.OutStreamer->emitLabel(code);
        sites[printer.OutStreamer->getCurrentSectionOnly()].push_back({code, location ? place(location) : 0});
    }

    void endModule() override {
        MCStreamer &out = *printer.OutStreamer;
        out.switchSection(printer.OutContext.getELFSection(".wasmc.sites", WASMC_SITES_SECTION, 0));
        for (const auto &[section, list] : sites) {
            out.emitSymbolValue(section->getBeginSymbol(), 8);
            out.emitInt64(list.size());
            for (const Site &site : list) {
                out.emitAbsoluteSymbolDiff(site.code, section->getBeginSymbol(), 4);
                out.emitInt32(site.place);
            }
        }
        out.switchSection(printer.OutContext.getELFSection(".wasmc.inlined", WASMC_INLINED_SECTION, 0));
        for (const InlinedCall &call : inlined) {
            out.emitInt32(call.line);
            out.emitInt32(call.caller);
        }
    }
};

/// Landing pads, as LLVM knows them when it would make its own table of them: for a personality that it has never heard
/// of, which is none at all, it makes none.
class PadRecorder : public AsmPrinterHandler {
    AsmPrinter &printer;
    const MachineFunction *function = nullptr;
    struct Pad {
        MCSection *section;
        MCSymbol *start, *end, *pad;
    };
    std::vector<Pad> pads;

public:
    explicit PadRecorder(AsmPrinter &printer) : printer(printer) {}

    void beginFunction(const MachineFunction *next) override { function = next; }

    void endFunction(const MachineFunction *) override {
        for (const LandingPadInfo &pad : function->getLandingPads()) {
            if (!pad.LandingPadLabel || !pad.LandingPadLabel->isDefined()) continue;
            // The printer may be in a section of constants by now.
            MCSection *section = &pad.LandingPadLabel->getSection();
            for (unsigned call = 0; call < pad.BeginLabels.size(); ++call) {
                MCSymbol *start = pad.BeginLabels[call], *end = pad.EndLabels[call];
                // Calls that were removed have left their labels.
                if (start->isDefined() && end->isDefined()) pads.push_back({section, start, end, pad.LandingPadLabel});
            }
        }
    }

    void endModule() override {
        if (pads.empty()) return;
        MCStreamer &out = *printer.OutStreamer;
        out.switchSection(printer.OutContext.getELFSection(".wasmc.pads", WASMC_PADS_SECTION, 0));
        for (const Pad &pad : pads) {
            out.emitSymbolValue(pad.section->getBeginSymbol(), 8);
            for (MCSymbol *place : {pad.start, pad.end, pad.pad})
                out.emitAbsoluteSymbolDiff(place, pad.section->getBeginSymbol(), 4);
            out.emitInt32(0);
        }
    }
};

/// Frames are final when code is printed.
class FrameReporter : public AsmPrinterHandler {
    wasmc_frame_handler report;
    void *context;

public:
    FrameReporter(wasmc_frame_handler report, void *context) : report(report), context(context) {}

    void beginFunction(const MachineFunction *function) override {
        const MachineFrameInfo &frame = function->getFrameInfo();
        uint64_t byteCount = frame.getStackSize() + frame.getMaxAlign().value() + returnAddress;
        // Where calls push their arguments, the frame does not have them.
        if (frame.isMaxCallFrameSizeComputed()) byteCount += frame.getMaxCallFrameSize();
        report(context, function->getName().str().c_str(), byteCount);
    }

    void endFunction(const MachineFunction *) override {}
    void endModule() override {}

private:
    static constexpr uint64_t returnAddress = 8;
};

}

void wasmc_hide_lines(LLVMModuleRef ref) {
    Module &module = *unwrap(ref);
    for (Function &function : module) function.setSubprogram(nullptr);
    if (NamedMDNode *units = module.getNamedMetadata("llvm.dbg.cu")) units->eraseFromParent();
}

LLVMMemoryBufferRef wasmc_emit_object(
    LLVMModuleRef ref, LLVMTargetMachineRef machineRef, bool recordsSites, wasmc_frame_handler frame, void *context) {
    Module &module = *unwrap(ref);
    auto &machine = *reinterpret_cast<TargetMachine *>(machineRef);
    SmallVector<char, 0> bytes;
    raw_svector_ostream stream(bytes);
    legacy::PassManager passes;
    // Which functions of the C library the target has: without it memory.copy becomes a loop over bytes.
    const TargetOptions &options = machine.Options;
    passes.add(new RuntimeLibraryInfoWrapper(
        machine.getTargetTriple(), options.ExceptionModel, options.FloatABIType, options.EABIVersion,
        options.MCOptions.getABIName(), options.VecLib));
    auto *information = new MachineModuleInfoWrapperPass(&machine);
    wasmc::NeededPasses needed(passes);
    bool isPlain = machine.getOptLevel() == CodeGenOptLevel::None && machine.getTargetTriple().isX86();
    TargetPassConfig *config = isPlain ? machine.createPassConfig(needed) : machine.createPassConfig(passes);
    config->setDisableVerify(true);
    if (machine.getOptLevel() != CodeGenOptLevel::None) {
        if (machine.getTargetTriple().isX86())
            config->insertPass(&PeepholeOptimizerLegacyID, wasmc::createZeroExtensions());
        config->insertPass(&PeepholeOptimizerLegacyID, wasmc::createSchedulingRegions());
        config->insertPass(&ExpandPostRAPseudosID, wasmc::createLatePassLimit(true));
        config->insertPass(&MachineBlockPlacementID, wasmc::createLatePassLimit(false));
    } else {
        // The last pass before frames are laid out.
        config->insertPass(&FixupStatepointCallerSavedID, wasmc::createSharedSpillSlots());
    }
    passes.add(config);
    passes.add(information);
    if (config->addISelPasses()) return nullptr;
    config->addMachinePasses();
    config->setInitialized();
    auto streamer =
        machine.createMCStreamer(stream, nullptr, CodeGenFileType::ObjectFile, information->getMMI().getContext());
    if (!streamer) {
        consumeError(streamer.takeError());
        return nullptr;
    }
    auto *printer = static_cast<AsmPrinter *>(machine.getTarget().createAsmPrinter(machine, std::move(*streamer)));
    if (recordsSites) printer->addAsmPrinterHandler(std::make_unique<SiteRecorder>(*printer));
    printer->addAsmPrinterHandler(std::make_unique<PadRecorder>(*printer));
    printer->addAsmPrinterHandler(std::make_unique<FrameReporter>(frame, context));
    passes.add(printer);
    passes.add(createFreeMachineFunctionPass());
    passes.run(module);
    return wrap(new SmallVectorMemoryBuffer(std::move(bytes), false));
}
