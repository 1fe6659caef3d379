// The order of very many blocks stays as it is:
//
//     before the placement of blocks:  define @f                     =>   define @f optnone
//     behind it:                       define @f optnone             =>   define @f
//
// LLVM 22's MachineBlockPlacement chooses each block that no other leads to closely among all that are left, so it
// takes the square of their number: 10 of 15 s for 15,900 checks of memory bounds, each with a block that traps. Those
// blocks stand at the function's end already.
//
// Invariant: no attribute of the function is another one behind the two passes.
//
// Compile time relies on it: see FunctionLimits.md.

#include "Workarounds/ManyBlocks.h"

#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/IR/Function.h"

using namespace llvm;

namespace {

constexpr size_t mostBlocks = 8'000;

class PlacementLimit : public MachineFunctionPass {
    bool isBefore;

public:
    static char ID;

    explicit PlacementLimit(bool isBefore) : MachineFunctionPass(ID), isBefore(isBefore) {}

    StringRef getPassName() const override { return "Limit of the placement of blocks"; }

    void getAnalysisUsage(AnalysisUsage &usage) const override {
        usage.setPreservesAll();
        MachineFunctionPass::getAnalysisUsage(usage);
    }

    bool runOnMachineFunction(MachineFunction &machine) override {
        Function &function = machine.getFunction();
        if (machine.size() <= mostBlocks) return false;
        if (isBefore) function.addFnAttr(Attribute::OptimizeNone);
        else function.removeFnAttr(Attribute::OptimizeNone);
        return false;
    }
};

char PlacementLimit::ID;

}

MachineFunctionPass *wasmc::createPlacementLimit(bool isBefore) { return new PlacementLimit(isBefore); }
