// Large blocks are scheduled in pieces: LLVM 22's machine scheduler compares each instruction that writes the
// processor's flags with all that follow in the same region, and most of x86's write them: the square of a block's
// length, 8 of 11 s for a block of 56,000 instructions. No instruction moves past a label, so labels end regions:
//
//     block:                                        block:
//       <1,000 instructions>                          <1,000 instructions>
//       <1,000 instructions>                  =>      ANNOTATION_LABEL <nobody's>
//       ...                                           <1,000 instructions>
//                                                     ...
//
// Invariant: nothing but labels that nobody refers to is added, after the phis and before the instructions that end the
// block.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Workarounds/SchedulingRegions.h"

#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/MC/MCContext.h"

using namespace llvm;

namespace {

constexpr unsigned mostInstructions = 1'000;

class SchedulingRegions : public MachineFunctionPass {
    static bool divide(MachineBasicBlock &block, const TargetInstrInfo &instructions) {
        bool isChanged = false;
        bool isInCall = false;
        unsigned count = 0;
        auto end = block.getFirstTerminator();
        for (auto next = block.getFirstNonPHI(); next != end; ++next) {
            if (instructions.isFrameInstr(*next)) isInCall = instructions.isFrameSetup(*next);
            // What prepares a call stays together with it.
            if (++count < mostInstructions || isInCall) continue;
            count = 0;
            MCSymbol *label = block.getParent()->getContext().createTempSymbol();
            BuildMI(block, next, DebugLoc(), instructions.get(TargetOpcode::ANNOTATION_LABEL)).addSym(label);
            isChanged = true;
        }
        return isChanged;
    }

public:
    static char ID;

    SchedulingRegions() : MachineFunctionPass(ID) {}

    StringRef getPassName() const override { return "Division of large blocks into scheduling regions"; }

    void getAnalysisUsage(AnalysisUsage &usage) const override {
        usage.setPreservesCFG();
        MachineFunctionPass::getAnalysisUsage(usage);
    }

    bool runOnMachineFunction(MachineFunction &function) override {
        bool isChanged = false;
        for (MachineBasicBlock &block : function) isChanged |= divide(block, *function.getSubtarget().getInstrInfo());
        return isChanged;
    }
};

char SchedulingRegions::ID;

}

MachineFunctionPass *wasmc::createSchedulingRegions() { return new SchedulingRegions; }
