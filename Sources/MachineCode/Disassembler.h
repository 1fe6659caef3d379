// LLVM's disassembler for one processor.

#ifndef WASMC_DISASSEMBLER_H
#define WASMC_DISASSEMBLER_H

#include "LLVMPresence.h"

#include "llvm/MC/MCAsmInfo.h"
#include "llvm/MC/MCContext.h"
#include "llvm/MC/MCDisassembler/MCDisassembler.h"
#include "llvm/MC/MCInst.h"
#include "llvm/MC/MCInstPrinter.h"
#include "llvm/MC/MCInstrInfo.h"
#include "llvm/MC/MCRegisterInfo.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/MCTargetOptions.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <string>

namespace machine {

struct Disassembler {
    const llvm::Target *target;
    std::unique_ptr<llvm::MCRegisterInfo> registers;
    std::unique_ptr<llvm::MCAsmInfo> assembly;
    std::unique_ptr<llvm::MCSubtargetInfo> subtarget;
    std::unique_ptr<llvm::MCInstrInfo> instructions;
    std::unique_ptr<llvm::MCContext> context;
    std::unique_ptr<llvm::MCDisassembler> disassembler;
    std::unique_ptr<llvm::MCInstPrinter> printer;

    /// The target must have been initialised. `dialect` is LLVM's number of the assembler's syntax.
    Disassembler(const char *name, const char *features, unsigned dialect) {
        llvm::Triple triple(name);
        std::string error;
        target = llvm::TargetRegistry::lookupTarget(triple, error);
        registers.reset(target->createMCRegInfo(triple));
        assembly.reset(target->createMCAsmInfo(*registers, triple, llvm::MCTargetOptions()));
        subtarget.reset(target->createMCSubtargetInfo(triple, "", features));
        instructions.reset(target->createMCInstrInfo());
        context = std::make_unique<llvm::MCContext>(triple, assembly.get(), registers.get(), subtarget.get());
        disassembler.reset(target->createMCDisassembler(*subtarget, *context));
        printer.reset(target->createMCInstPrinter(triple, dialect, *assembly, *instructions, *registers));
    }

    /// False when no instruction starts there.
    bool read(const uint8_t *bytes, size_t byteCount, uint32_t address, llvm::MCInst &code, uint64_t &size) const {
        return disassembler->getInstruction(code, size, llvm::ArrayRef(bytes, byteCount), address, llvm::nulls())
            == llvm::MCDisassembler::Success;
    }

    std::string text(const llvm::MCInst &code, uint32_t address) const {
        std::string result;
        llvm::raw_string_ostream stream(result);
        printer->printInst(&code, address, "", *subtarget, stream);
        for (char &c : result)
            if (c == '\t') c = ' ';
        return result.erase(0, result.find_first_not_of(' '));
    }
};

}

#endif
