// Zero extensions that LLVM has taken for free are made where they are no longer so.
//
// On x86 an operation of 32 bits clears the upper half of its register, so that the extension to 64 bits is no
// instruction but a note. LLVM 22's peephole optimiser turns an operation that changes nothing into a copy, and the
// note stays (llvm-project 213979):
//
//     %low:gr32 = ADD32rr %j.sub_32bit, 0           %low:gr32 = COPY %j.sub_32bit
//     %index:gr64 = SUBREG_TO_REG 0, %low      =>   %index:gr64 = SUBREG_TO_REG 0, %low     ; now all 64 bits of %j
//
// This pass looks at what each note rests on:
//
//     %low:gr32 = COPY %j.sub_32bit
//     %whole:gr32 = MOV32rr %low
//     %index:gr64 = SUBREG_TO_REG 0, %whole
//
// Invariant: after it, each extension from 32 to 64 bits rests on an instruction of the machine that clears the upper
// half, also through copies of whole registers and phis.
//
// Addresses in guarded memory rely on it: what is added to a memory's base has 32 bits.

#include "Workarounds/ZeroExtensions.h"

#include "Mends.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstrBuilder.h"
#include "llvm/CodeGen/MachineRegisterInfo.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

using namespace llvm;

namespace {

class ZeroExtensions : public MachineFunctionPass {
    const MachineRegisterInfo *registers = nullptr;

    /// The upper half of the register that holds this value is zero, as far as `seen` holds what is still to be shown.
    bool isExtended(Register value, SmallPtrSetImpl<const MachineInstr *> &seen) const {
        if (!value.isVirtual()) return false;
        const MachineInstr *definition = registers->getUniqueVRegDef(value);
        if (!definition) return false;
        if (!seen.insert(definition).second) return true;
        auto whole = [&](const MachineOperand &operand) {
            return operand.isReg() && !operand.getSubReg() && isExtended(operand.getReg(), seen);
        };
        if (definition->isCopy()) return whole(definition->getOperand(1));
        if (definition->isPHI()) {
            for (unsigned index = 1; index < definition->getNumOperands(); index += 2)
                if (!whole(definition->getOperand(index))) return false;
            return true;
        }
        // Any other instruction that belongs to no machine may be anything.
        return definition->getOpcode() > TargetOpcode::GENERIC_OP_END && !definition->isInlineAsm();
    }

    static unsigned moveOpcode(const TargetInstrInfo &instructions) {
        for (unsigned opcode = 0; opcode < instructions.getNumOpcodes(); opcode++)
            if (instructions.getName(opcode) == "MOV32rr") return opcode;
        report_fatal_error("this LLVM has no MOV32rr");
    }

public:
    static char ID;
    ZeroExtensions() : MachineFunctionPass(ID) {}

    StringRef getPassName() const override { return "wasmc zero extensions"; }

    bool runOnMachineFunction(MachineFunction &function) override {
        if (!wasmc::isMended("zeros")) return false;
        registers = &function.getRegInfo();
        const TargetInstrInfo &instructions = *function.getSubtarget().getInstrInfo();
        const TargetRegisterInfo &target = *function.getSubtarget().getRegisterInfo();
        bool changed = false;
        for (MachineBasicBlock &block : function)
            for (MachineInstr &extension : block) {
                if (!extension.isSubregToReg()) continue;
                unsigned index = extension.getOperand(3).getImm();
                MachineOperand &operand = extension.getOperand(2);
                Register value = operand.getReg();
                if (target.getSubRegIdxSize(index) != 32 || !value.isVirtual()) continue;
                SmallPtrSet<const MachineInstr *, 8> seen;
                if (!operand.getSubReg() && isExtended(value, seen)) continue;
                static const unsigned move = moveOpcode(instructions);
                const TargetRegisterClass *kind = registers->getRegClass(value);
                if (operand.getSubReg()) kind = target.getSubRegisterClass(kind, operand.getSubReg());
                Register whole = function.getRegInfo().createVirtualRegister(kind);
                BuildMI(block, extension, extension.getDebugLoc(), instructions.get(move), whole)
                    .addReg(value, getKillRegState(operand.isKill()), operand.getSubReg());
                operand.setReg(whole);
                operand.setSubReg(0);
                operand.setIsKill(true);
                changed = true;
            }
        return changed;
    }
};

char ZeroExtensions::ID;

}

MachineFunctionPass *wasmc::createZeroExtensions() { return new ZeroExtensions; }
