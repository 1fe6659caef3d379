// First-order recurrences, replaced by a reload: a value that one iteration loads and the next uses once more is loaded
// again.
//
//     last = a[0]                              for (i = 1; i < n; i++) {
//     for (i = 1; i < n; i++) {                    b[i] = a[i] - a[i - 1]
//         x = a[i]                             }
//         b[i] = x - last
//         last = x
//     }
//
// Compilers that make modules keep `a[i]` for the next iteration's `a[i - 1]`. In a loop over vectors that takes a
// permutation for each, and iterations that do not fill a vector run one by one. Loads that overlap cost nothing there.
//
// Invariant: the load reads what the phi would hold. Its address is that of the iteration before; each store of the
// loop steps alike, at a constant distance that keeps it away; and the phi's first value was loaded from where the
// first iteration loads again, with nothing written in between. So it reads nothing that was not read before.
//
// Containment relies on none of it: it sees the new load as any other.

#include "Checks/BoundsCheck.h"

#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/IRBuilder.h"

using namespace llvm;

namespace wasmc {
namespace {

class Reloading {
    Loop &loop;
    ScalarEvolution &evolution;
    BasicBlock *body;
    const DataLayout &layout;

    /// How many instructions may make an address, and how many blocks lie between the first value and the loop.
    static constexpr unsigned mostInstructions = 8, mostBlocks = 8;

public:
    Reloading(Loop &loop, ScalarEvolution &evolution)
        : loop(loop), evolution(evolution), body(loop.getHeader()), layout(body->getDataLayout()) {}

    bool run() {
        if (loop.getNumBlocks() != 1 || !loop.getLoopPreheader()) return false;
        SmallVector<PHINode *, 4> recurrences;
        for (PHINode &phi : body->phis()) {
            if (evolution.isSCEVable(phi.getType()) && sequence(&phi)) continue;
            // Where other values wait for those of the iteration before, there will be no vectors.
            if (!isLoadedBefore(phi)) return false;
            recurrences.push_back(&phi);
        }
        for (PHINode *phi : recurrences) reload(*phi);
        if (!recurrences.empty()) evolution.forgetLoop(&loop);
        return !recurrences.empty();
    }

private:
    LoadInst *loaded(const PHINode &phi) const { return dyn_cast<LoadInst>(phi.getIncomingValueForBlock(body)); }

    /// What a value is in each iteration, when it changes by the same constant each time.
    const SCEVAddRecExpr *sequence(Value *value) const {
        auto *found = dyn_cast<SCEVAddRecExpr>(evolution.getSCEV(value));
        return found && found->getLoop() == &loop && found->isAffine()
                && isa<SCEVConstant>(found->getStepRecurrence(evolution))
            ? found
            : nullptr;
    }

    std::optional<int64_t> distance(const SCEV *to, const SCEV *from) const {
        auto *constant = dyn_cast<SCEVConstant>(evolution.getMinusSCEV(to, from));
        if (!constant || constant->getAPInt().getSignificantBits() > 64) return std::nullopt;
        return constant->getAPInt().getSExtValue();
    }

    static int64_t step(const SCEVAddRecExpr *sequence, ScalarEvolution &evolution) {
        return cast<SCEVConstant>(sequence->getStepRecurrence(evolution))->getAPInt().getSExtValue();
    }

    int64_t byteCount(Type *type) const { return int64_t(layout.getTypeStoreSize(type).getFixedValue()); }

    bool isLoadedBefore(const PHINode &phi) const {
        LoadInst *again = loaded(phi);
        auto *first = dyn_cast<LoadInst>(phi.getIncomingValueForBlock(loop.getLoopPreheader()));
        if (!again || !first || !again->isSimple() || !first->isSimple() || again->getParent() != body) return false;
        auto *addresses = sequence(again->getPointerOperand());
        if (!addresses
            || distance(addresses->getStart(), evolution.getSCEV(first->getPointerOperand()))
                != step(addresses, evolution))
            return false;
        return storesKeepAway(addresses, byteCount(again->getType())) && isUnchangedSince(first)
            && address(again).has_value();
    }

    bool storesKeepAway(const SCEVAddRecExpr *addresses, int64_t size) const {
        return all_of(*body, [&](Instruction &instruction) {
            if (!instruction.mayWriteToMemory()) return true;
            auto *store = dyn_cast<StoreInst>(&instruction);
            auto *places = store && store->isSimple() ? sequence(store->getPointerOperand()) : nullptr;
            if (!places || places->getStepRecurrence(evolution) != addresses->getStepRecurrence(evolution))
                return false;
            auto away = distance(places->getStart(), addresses->getStart());
            return away && (*away >= size || *away <= -byteCount(store->getValueOperand()->getType()));
        });
    }

    /// From the load to the loop there is one path, and on it nothing is written.
    bool isUnchangedSince(LoadInst *first) const {
        BasicBlock *block = loop.getLoopPreheader();
        for (unsigned count = 0; block && count < mostBlocks; count++, block = block->getSinglePredecessor())
            for (Instruction &instruction : reverse(*block)) {
                if (&instruction == first) return true;
                if (instruction.mayWriteToMemory() && !BoundsCheck::from(&instruction)) return false;
            }
        return false;
    }

    /// The body's instructions that make the load's address of an iteration, in their order.
    std::optional<SmallVector<Instruction *, mostInstructions>> address(LoadInst *load) const {
        SmallPtrSet<Instruction *, mostInstructions> needed;
        SmallVector<Value *, mostInstructions> open = {load->getPointerOperand()};
        while (!open.empty()) {
            auto *instruction = dyn_cast<Instruction>(open.pop_back_val());
            if (!instruction || instruction->getParent() != body || isa<PHINode>(instruction)) continue;
            if (!isa<GetElementPtrInst, BinaryOperator, CastInst>(instruction) || instruction->isIntDivRem())
                return std::nullopt;
            if (needed.insert(instruction).second) append_range(open, instruction->operands());
            if (needed.size() > mostInstructions) return std::nullopt;
        }
        SmallVector<Instruction *, mostInstructions> ordered;
        for (Instruction &instruction : *body)
            if (needed.contains(&instruction)) ordered.push_back(&instruction);
        return ordered;
    }

    void reload(PHINode &phi) {
        LoadInst *load = loaded(phi);
        IRBuilder<> builder(body, body->getFirstInsertionPt());
        auto needed = address(load);
        DenseMap<Value *, Value *> copies;
        auto copy = [&](Value *value) {
            auto found = copies.find(value);
            return found == copies.end() ? value : found->second;
        };
        for (Instruction *instruction : *needed) {
            Instruction *clone = builder.Insert(instruction->clone());
            for (Use &operand : clone->operands()) operand.set(copy(operand.get()));
            copies[instruction] = clone;
        }
        int64_t back = -step(sequence(load->getPointerOperand()), evolution);
        Value *place =
            builder.CreateGEP(builder.getInt8Ty(), copy(load->getPointerOperand()), builder.getInt64(uint64_t(back)));
        LoadInst *again = builder.CreateAlignedLoad(load->getType(), place, load->getAlign());
        again->copyMetadata(*load, LLVMContext::MD_tbaa);
        phi.replaceAllUsesWith(again);
        phi.eraseFromParent();
    }
};

}

bool reloadRecurrences(Loop &loop, ScalarEvolution &evolution) { return Reloading(loop, evolution).run(); }

}
