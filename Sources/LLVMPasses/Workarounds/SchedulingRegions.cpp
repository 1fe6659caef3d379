// Large blocks are compiled in pieces:
//
//     block:                                        block:
//       <1,000 instructions>                          <1,000 instructions>
//       <1,000 instructions>                  =>    block.1:
//       ...                                           <1,000 instructions>
//                                                     ...
//
// Some of LLVM 22's machine passes take the square of a block's length. The scheduler compares each instruction that
// writes the processor's flags with all that follow, and most of x86's write them: 8 of 11 s for a block of 56,000
// instructions. What makes three operands two looks from each result along the chain of those that it may share a
// register with, to the block's end, and at each write of flags through all that it noted in the block: 4 of 7 s for
// 26,000 lines of arithmetic with two variables. The pieces follow each other without a jump.
//
// Invariant: no physical register is live between two pieces, and nothing is divided from where control may leave for a
// landing pad.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Workarounds/SchedulingRegions.h"

#include "llvm/CodeGen/LiveRegUnits.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

#include <vector>

using namespace llvm;

namespace {

constexpr unsigned mostInstructions = 1'000;

class SchedulingRegions : public MachineFunctionPass {
    /// Whether a value is in a register of the processor's; its stack pointer and the like are always.
    static bool holdsValues(const LiveRegUnits &units, const MachineRegisterInfo &registers) {
        return any_of(units.getBitVector().set_bits(), [&](unsigned unit) {
            return !registers.isReservedRegUnit(MCRegUnit(unit));
        });
    }

    /// Instructions that a piece may start with, from the block's end on.
    static std::vector<MachineInstr *> starts(MachineBasicBlock &block) {
        const MachineRegisterInfo &registers = block.getParent()->getRegInfo();
        const TargetInstrInfo &instructions = *block.getParent()->getSubtarget().getInstrInfo();
        std::vector<MachineInstr *> result;
        LiveRegUnits units(*registers.getTargetRegisterInfo());
        units.addLiveOuts(block);
        bool isInCall = false;
        bool mayThrow = any_of(block.successors(), [](const MachineBasicBlock *next) { return next->isEHPad(); });
        for (MachineInstr &instruction : reverse(block)) {
            if (instructions.isFrameInstr(instruction)) isInCall = !instructions.isFrameSetup(instruction);
            units.stepBackward(instruction);
            bool mayStart = !isInCall && !instruction.isPHI() && !instruction.isTerminator();
            if (mayStart && !holdsValues(units, registers)) result.push_back(&instruction);
            if (mayThrow && instruction.isEHLabel()) result.clear();
        }
        return result;
    }

    static bool divide(MachineBasicBlock &block) {
        bool isChanged = false;
        unsigned count = 0;
        std::vector<MachineInstr *> places = starts(block);
        auto next = block.getFirstNonPHI();
        for (MachineBasicBlock *piece = &block; !places.empty(); ++next, ++count) {
            if (&*next != places.back()) continue;
            places.pop_back();
            if (count < mostInstructions) continue;
            piece = piece->splitAt(*std::prev(next), false);
            next = piece->begin();
            count = 0;
            isChanged = true;
        }
        return isChanged;
    }

public:
    static char ID;

    SchedulingRegions() : MachineFunctionPass(ID) {}

    StringRef getPassName() const override { return "Division of large blocks into scheduling regions"; }

    bool runOnMachineFunction(MachineFunction &function) override {
        std::vector<MachineBasicBlock *> large;
        for (MachineBasicBlock &block : function)
            if (block.size() > mostInstructions) large.push_back(&block);
        bool isChanged = false;
        for (MachineBasicBlock *block : large) isChanged |= divide(*block);
        return isChanged;
    }
};

char SchedulingRegions::ID;

}

MachineFunctionPass *wasmc::createSchedulingRegions() { return new SchedulingRegions; }
