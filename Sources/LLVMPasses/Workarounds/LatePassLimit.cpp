// Very many blocks stay in their order, and a very long block in its own:
//
//     before scheduling and placement:  define @f                     =>   define @f optnone
//     behind them:                      define @f optnone             =>   define @f
//
// LLVM 22's MachineBlockPlacement chooses each block that no other leads to closely among all that are left, so it
// takes the square of their number: 10 of 15 s for 15,900 checks of memory bounds, each with a block that traps. Those
// blocks stand at the function's end already. The scheduler behind register allocation, which AMD's processors have,
// compares each instruction that writes flags with all that follow, and the pieces of SchedulingRegions.cpp are one
// block again by then: 2.6 of 6.2 s for 12,000 lines.
//
// Invariant: no attribute of the function is another one behind the two passes.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Workarounds/LatePassLimit.h"

#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/IR/Function.h"

using namespace llvm;

namespace {

constexpr size_t mostBlocks = 8'000;
constexpr size_t mostInstructions = 4'000;  // of a block

class LatePassLimit : public MachineFunctionPass {
    bool isBefore;

    // The same before and behind: neither pass has changed such a function.
    static bool isTooLarge(const MachineFunction &machine) {
        return machine.size() > mostBlocks
            || any_of(machine, [](const MachineBasicBlock &block) { return block.size() > mostInstructions; });
    }

public:
    static char ID;

    explicit LatePassLimit(bool isBefore) : MachineFunctionPass(ID), isBefore(isBefore) {}

    StringRef getPassName() const override { return "Limit of late scheduling and placement"; }

    void getAnalysisUsage(AnalysisUsage &usage) const override {
        usage.setPreservesAll();
        MachineFunctionPass::getAnalysisUsage(usage);
    }

    bool runOnMachineFunction(MachineFunction &machine) override {
        Function &function = machine.getFunction();
        if (!isTooLarge(machine)) return false;
        if (isBefore) function.addFnAttr(Attribute::OptimizeNone);
        else function.removeFnAttr(Attribute::OptimizeNone);
        return false;
    }
};

char LatePassLimit::ID;

}

MachineFunctionPass *wasmc::createLatePassLimit(bool isBefore) { return new LatePassLimit(isBefore); }
