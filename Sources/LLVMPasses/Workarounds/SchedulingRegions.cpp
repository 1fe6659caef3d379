// Large blocks are compiled in pieces:
//
//     block:                                        block:
//       <1,000 instructions>                          <1,000 instructions>
//       %b = ADD32rr %a, ...                  =>      ANNOTATION_LABEL <nobody's>
//       <1,000 instructions>                          %c = COPY %a
//       ...                                           %b = ADD32rr %c, ...
//                                                     <1,000 instructions>
//                                                     ...
//
// LLVM 22's machine scheduler compares each instruction that writes the processor's flags with all that follow in the
// same region, and most of x86's write them: the square of a block's length, 8 of 11 s for a block of 56,000
// instructions. No instruction moves past a label, so labels end regions.
//
// What makes three operands two looks from each result along the chain of those that it may share a register with, to
// the block's end: the square of the chain's length. It looks past a copy once only. The coalescer removes the copies.
//
// Invariant: nothing but labels that nobody refers to and copies of registers is added, after the phis and before the
// instructions that end the block; uses behind a copy that name the copied register name the copy instead.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Workarounds/SchedulingRegions.h"

#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/MC/MCContext.h"

#include <vector>

using namespace llvm;

namespace {

constexpr unsigned mostInstructions = 1'000;

/// Registers that the code so far writes and the code to come reads, if only this block reads them.
class LiveRegisters {
    MachineBasicBlock &block;
    MachineRegisterInfo &registers;
    const TargetInstrInfo &instructions;
    DenseMap<const MachineInstr *, unsigned> places;
    struct Live { Register reg; unsigned lastUse; };
    std::vector<Live> live;

public:
    LiveRegisters(MachineBasicBlock &block, const TargetInstrInfo &instructions)
        : block(block), registers(block.getParent()->getRegInfo()), instructions(instructions) {
        for (const MachineInstr &instruction : block) places[&instruction] = unsigned(places.size());
    }

    void add(const MachineInstr &instruction) {
        for (const MachineOperand &operand : instruction.all_defs()) {
            Register reg = operand.getReg();
            if (!reg.isVirtual() || !registers.hasOneDef(reg)) continue;
            unsigned last = 0;
            bool isOfBlock = true;
            for (const MachineInstr &use : registers.use_nodbg_instructions(reg)) {
                isOfBlock &= use.getParent() == &block && !use.isPHI();
                last = std::max(last, places.lookup(&use));
            }
            if (isOfBlock) live.push_back({reg, last});
        }
    }

    /// Copies them in front of an instruction, for it and those behind it.
    void copy(MachineBasicBlock::iterator next) {
        unsigned place = places.lookup(&*next);
        erase_if(live, [&](const Live &one) { return one.lastUse < place; });
        for (Live &one : live) {
            Register result = registers.createVirtualRegister(registers.getRegClass(one.reg));
            for (MachineOperand &operand : make_early_inc_range(registers.use_operands(one.reg)))
                if (places.lookup(operand.getParent()) >= place) operand.setReg(result);
            BuildMI(block, next, DebugLoc(), instructions.get(TargetOpcode::COPY), result).addReg(one.reg);
            registers.clearKillFlags(one.reg);
            registers.clearKillFlags(result);
            one.reg = result;
        }
    }
};

class SchedulingRegions : public MachineFunctionPass {
    static bool divide(MachineBasicBlock &block, const TargetInstrInfo &instructions) {
        if (block.size() <= mostInstructions) return false;
        bool isChanged = false;
        bool isInCall = false;
        unsigned count = 0;
        LiveRegisters live(block, instructions);
        auto end = block.getFirstTerminator();
        for (auto next = block.getFirstNonPHI(); next != end; ++next) {
            if (instructions.isFrameInstr(*next)) isInCall = instructions.isFrameSetup(*next);
            // What prepares a call stays together with it.
            if (++count >= mostInstructions && !isInCall) {
                count = 0;
                MCSymbol *label = block.getParent()->getContext().createTempSymbol();
                BuildMI(block, next, DebugLoc(), instructions.get(TargetOpcode::ANNOTATION_LABEL)).addSym(label);
                live.copy(next);
                isChanged = true;
            }
            live.add(*next);
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
