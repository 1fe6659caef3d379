// Trap separation: a function has one block that traps for each reason, so that checks can be joined and compared. In
// the end each jump to it gets a copy, whose call has the jump's line: the return address then tells where the trap
// happened.
//
//     br a, next, trap      ; line 10          br a, next, trap.10
//   next:                                    next:
//     br b, done, trap      ; line 20          br b, done, trap.20
//   trap:                                    trap.10:
//     call wasm_trap                           call wasm_trap      ; line 10
//                                            trap.20:
//                                              call wasm_trap      ; line 20
//
// When a jump that is always taken is removed, its line goes with it. So what LLVM proves meanwhile gets its copy at
// once (`wasmc-separate-proven-traps`), and before inlining so does a jump that compares an argument with a constant,
// which the inlined function may decide (`wasmc-separate-arguments-traps`).
//
// An access that may fault tells its place by its own line. A load that becomes an operand of another instruction, such
// as `addl 100(%rcx,%rdx), %eax`, faults at that instruction, whose line is the user's: so the user gets the load's.
//
// Invariant: a copy does what the block does, with the values that come from its jump. Lines change, and nothing else.
//
// Backtraces rely on it, and errors that name an offset in the module.

#include "Checks/BoundsCheck.h"
#include "wasmc_passes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace {

bool isKnown(const DebugLoc &place) { return place && place.getLine() != 0; }

/// The block ends the call, at no line that is known.
bool isSharedTrap(BasicBlock &block) {
    auto *end = dyn_cast<UnreachableInst>(block.getTerminator());
    auto *call = end ? dyn_cast_or_null<CallInst>(end->getPrevNode()) : nullptr;
    return call && call->doesNotReturn() && !isKnown(call->getDebugLoc());
}

/// Where the jump comes from; null when that is not known.
DebugLoc place(Instruction *jump) {
    if (isKnown(jump->getDebugLoc())) return jump->getDebugLoc();
    auto *branch = dyn_cast<BranchInst>(jump);
    auto *condition = branch && branch->isConditional() ? dyn_cast<Instruction>(branch->getCondition()) : nullptr;
    return condition && isKnown(condition->getDebugLoc()) ? condition->getDebugLoc() : DebugLoc();
}

void copy(BasicBlock &trap, Instruction *jump, const DebugLoc &place) {
    BasicBlock *from = jump->getParent();
    BasicBlock *own = BasicBlock::Create(trap.getContext(), "", trap.getParent());
    // A handful: LLVM's own cloning spends most of its time on a table for them.
    SmallVector<std::pair<Value *, Value *>, 8> values;
    for (Instruction &instruction : trap) {
        if (auto *phi = dyn_cast<PHINode>(&instruction)) {
            values.push_back({phi, phi->getIncomingValueForBlock(from)});
            continue;
        }
        Instruction *copied = instruction.clone();
        copied->insertInto(own, own->end());
        copied->setDebugLoc(place);
        for (auto [value, its] : values) copied->replaceUsesOfWith(value, its);
        values.push_back({&instruction, copied});
    }
    for (unsigned i = 0; i < jump->getNumSuccessors(); i++) {
        if (jump->getSuccessor(i) != &trap) continue;
        jump->setSuccessor(i, own);
        trap.removePredecessor(from, true);
    }
}

bool mayFault(const Value *value) {
    while (auto *cast = dyn_cast<CastInst>(value)) value = cast->getOperand(0);
    auto *load = dyn_cast<LoadInst>(value);
    return load && load->isVolatile();
}

/// Where two of a user's operands may fault, nobody knows which of them the machine's instruction reads.
void lendPlace(LoadInst &load) {
    if (!load.isVolatile() || !isKnown(load.getDebugLoc())) return;
    for (Instruction *value = &load; value->hasOneUse();) {
        auto *user = cast<Instruction>(*value->user_begin());
        if (isa<PHINode>(user) || user->getParent() != load.getParent() || isKnown(user->getDebugLoc())) return;
        if (count_if(user->operands(), mayFault) != 1) return;
        user->setDebugLoc(load.getDebugLoc());
        if (!isa<CastInst>(user)) return;
        value = user;
    }
}

/// Whether inlining may decide the jump.
bool comparesArgument(Value *condition) {
    auto *comparison = dyn_cast<ICmpInst>(condition);
    return comparison && isa<Argument>(comparison->getOperand(0)) && isa<Constant>(comparison->getOperand(1));
}

void separate(BasicBlock &trap) {
    SmallSetVector<Instruction *, 32> jumps;
    for (BasicBlock *from : predecessors(&trap)) jumps.insert(from->getTerminator());
    for (Instruction *jump : jumps)
        if (DebugLoc known = place(jump)) copy(trap, jump, known);
    if (!jumps.empty() && pred_empty(&trap)) trap.eraseFromParent();
}

}

namespace wasmc {

PreservedAnalyses ProvenTrapPass::run(Function &function, FunctionAnalysisManager &) {
    SmallVector<std::pair<BasicBlock *, Instruction *>, 8> jumps;
    for (BasicBlock &block : function) {
        auto *branch = dyn_cast<BranchInst>(block.getTerminator());
        if (!branch) continue;
        bool isDecided = branch->isUnconditional() || isa<Constant>(branch->getCondition());
        if (!isDecided && !(isBeforeInlining && comparesArgument(branch->getCondition()))) continue;
        for (BasicBlock *target : SmallSetVector<BasicBlock *, 2>(succ_begin(branch), succ_end(branch)))
            if (isSharedTrap(*target) && isKnown(place(branch))) jumps.push_back({target, branch});
    }
    SmallSetVector<BasicBlock *, 8> ends;
    for (auto [trap, jump] : jumps) copy(*trap, jump, place(jump));
    for (auto [trap, jump] : jumps)
        if (pred_empty(trap)) ends.insert(trap);
    for (BasicBlock *trap : ends) trap->eraseFromParent();
    return jumps.empty() ? PreservedAnalyses::all() : PreservedAnalyses::none();
}

static bool separateTraps(Function &function) {
    SmallVector<BasicBlock *, 8> traps;
    for (BasicBlock &block : function)
        if (isSharedTrap(block)) traps.push_back(&block);
    for (Instruction &instruction : instructions(function))
        if (auto *load = dyn_cast<LoadInst>(&instruction)) lendPlace(*load);
    for (BasicBlock *trap : traps) separate(*trap);
    return !traps.empty();
}

PreservedAnalyses TrapSeparationPass::run(Function &function, FunctionAnalysisManager &) {
    return separateTraps(function) ? PreservedAnalyses::none() : PreservedAnalyses::all();
}

}

void wasmc_separate_traps(LLVMModuleRef module) {
    for (Function &function : *unwrap(module)) wasmc::separateTraps(function);
}
