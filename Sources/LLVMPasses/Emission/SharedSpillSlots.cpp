// Registers that are spilled at different times share stack slots. Without optimisation LLVM gives each virtual
// register that is ever spilled a slot of its own, which makes most of a large function's frame:
//
//     mov [slot 1], rax        mov [slot 1], rax
//     mov rax, [slot 1]        mov rax, [slot 1]        the last use of what is in slot 1
//     mov [slot 2], rcx        mov [slot 1], rcx
//     mov rcx, [slot 2]        mov rcx, [slot 1]
//
// Invariant: two slots become one only if neither is written while the other has a value that may be read later, and
// only slots that nothing but whole loads and stores refers to.
//
// All code made at O0 relies on it: a slot that is overwritten too early gives a wrong value.

#include "Emission/SharedSpillSlots.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/PseudoSourceValueManager.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

using namespace llvm;

namespace {

class SharedSpillSlots : public MachineFunctionPass {
    /// Smaller frames are not worth a look at their instructions.
    static constexpr uint64_t leastBytes = 256;
    /// Which pairs may not share takes a bit each.
    static constexpr unsigned mostSlots = 4000;

    static char ID;
    const TargetInstrInfo *instructions = nullptr;
    MachineFrameInfo *frame = nullptr;
    std::vector<int> slots;           // by number
    DenseMap<int, unsigned> numbers;  // by frame index
    std::vector<BitVector> conflicts;

    enum class Access { none, load, store, other };

    /// What an instruction does to a slot, `other` for what is neither a load nor a store of all of it.
    Access access(const MachineInstr &instruction, unsigned &slot) const {
        for (const MachineOperand &operand : instruction.operands()) {
            if (!operand.isFI()) continue;
            auto found = numbers.find(operand.getIndex());
            if (found == numbers.end()) continue;
            slot = found->second;
            int index;
            TypeSize byteCount = TypeSize::getFixed(0);
            if (instructions->isStoreToStackSlot(instruction, index, byteCount) && index == operand.getIndex()
                && byteCount == TypeSize::getFixed(frame->getObjectSize(index)))
                return Access::store;
            if (instructions->isLoadFromStackSlot(instruction, index, byteCount) && index == operand.getIndex())
                return Access::load;
            return Access::other;
        }
        return Access::none;
    }

    /// The slots that only loads and stores refer to.
    bool findSlots(const MachineFunction &function) {
        numbers.clear();
        slots.clear();
        uint64_t byteCount = 0;
        for (int index = 0; index < frame->getObjectIndexEnd(); ++index) {
            if (!frame->isSpillSlotObjectIndex(index) || frame->isDeadObjectIndex(index)) continue;
            numbers[index] = 0;
            byteCount += uint64_t(frame->getObjectSize(index));
        }
        if (byteCount < leastBytes) return false;
        for (const MachineBasicBlock &block : function)
            for (const MachineInstr &instruction : block) {
                unsigned slot;
                if (access(instruction, slot) != Access::other) continue;
                for (const MachineOperand &operand : instruction.operands())
                    if (operand.isFI()) numbers.erase(operand.getIndex());
            }
        for (int index = 0; index < frame->getObjectIndexEnd(); ++index) {
            auto found = numbers.find(index);
            if (found == numbers.end()) continue;
            found->second = unsigned(slots.size());
            slots.push_back(index);
        }
        return slots.size() > 1 && slots.size() <= mostSlots;
    }

    /// Backwards through a block: `live` are the slots whose values may be read from there on.
    template <typename Store> void walk(const MachineBasicBlock &block, BitVector &live, Store store) const {
        for (const MachineInstr &instruction : reverse(block)) {
            unsigned slot;
            switch (access(instruction, slot)) {
            case Access::store:
                store(slot, live);
                live.reset(slot);
                break;
            case Access::load: live.set(slot); break;
            case Access::none:
            case Access::other: break;
            }
        }
    }

    BitVector liveAtEnd(const MachineBasicBlock &block, const std::vector<BitVector> &liveAtStart) const {
        BitVector live(unsigned(slots.size()));
        for (const MachineBasicBlock *next : block.successors()) live |= liveAtStart[unsigned(next->getNumber())];
        return live;
    }

    void findConflicts(const MachineFunction &function) {
        std::vector<BitVector> liveAtStart(function.getNumBlockIDs(), BitVector(unsigned(slots.size())));
        for (bool changed = true; changed;) {
            changed = false;
            for (const MachineBasicBlock *block : post_order(&function)) {
                BitVector live = liveAtEnd(*block, liveAtStart);
                walk(*block, live, [](unsigned, const BitVector &) {});
                BitVector &known = liveAtStart[unsigned(block->getNumber())];
                if (live == known) continue;
                known = std::move(live);
                changed = true;
            }
        }
        conflicts.assign(slots.size(), BitVector(unsigned(slots.size())));
        for (const MachineBasicBlock &block : function) {
            BitVector live = liveAtEnd(block, liveAtStart);
            walk(block, live, [this](unsigned slot, const BitVector &others) { conflicts[slot] |= others; });
        }
        // A conflict that one side has found is the other's, too.
        for (unsigned slot = 0; slot < slots.size(); ++slot)
            for (unsigned other : conflicts[slot].set_bits()) conflicts[other].set(slot);
    }

    /// By slot: the frame index that takes its place.
    std::vector<int> share() const {
        struct Shared {
            int index;
            BitVector conflicts;
        };
        std::vector<Shared> shared;
        std::vector<int> places;
        for (unsigned slot = 0; slot < slots.size(); ++slot) {
            int index = slots[slot];
            auto fits = [&](const Shared &place) {
                return frame->getObjectSize(place.index) == frame->getObjectSize(index)
                    && frame->getObjectAlign(place.index) == frame->getObjectAlign(index)
                    && frame->getStackID(place.index) == frame->getStackID(index) && !place.conflicts.test(slot);
            };
            auto found = find_if(shared, fits);
            if (found == shared.end()) found = shared.insert(shared.end(), {index, BitVector(unsigned(slots.size()))});
            found->conflicts |= conflicts[slot];
            places.push_back(found->index);
        }
        return places;
    }

    void replace(MachineFunction &function, const std::vector<int> &places) {
        for (MachineBasicBlock &block : function)
            for (MachineInstr &instruction : block) {
                unsigned slot;
                if (access(instruction, slot) == Access::none) continue;
                for (MachineOperand &operand : instruction.operands())
                    if (operand.isFI() && operand.getIndex() == slots[slot]) operand.setIndex(places[slot]);
                for (MachineMemOperand *memory : instruction.memoperands())
                    if (memory->getPseudoValue() && memory->getPseudoValue()->kind() == PseudoSourceValue::FixedStack)
                        memory->setValue(function.getPSVManager().getFixedStack(places[slot]));
            }
        for (unsigned slot = 0; slot < slots.size(); ++slot)
            if (places[slot] != slots[slot]) frame->RemoveStackObject(slots[slot]);
    }

public:
    SharedSpillSlots() : MachineFunctionPass(ID) {}

    StringRef getPassName() const override { return "wasmc: spilled registers share stack slots"; }

    bool runOnMachineFunction(MachineFunction &function) override {
        // What a landing pad reads was written before a call in the middle of a block.
        if (!function.getLandingPads().empty()) return false;
        instructions = function.getSubtarget().getInstrInfo();
        frame = &function.getFrameInfo();
        if (!findSlots(function)) return false;
        findConflicts(function);
        replace(function, share());
        return true;
    }
};

char SharedSpillSlots::ID = 0;

}

FunctionPass *wasmc::createSharedSpillSlots() { return new SharedSpillSlots(); }
