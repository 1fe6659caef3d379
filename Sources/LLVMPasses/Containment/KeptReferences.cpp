// Which references an access's address is made of, and over which calls they are live. KeptReferences.h has the picture
// and the invariant.

#include "KeptReferences.h"

#include "Access.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace wasmc {
namespace {

using Values = SmallSetVector<Value *, 8>;

/// A call behind which an object may be gone. What traps does not come back.
bool mayCollect(const Instruction &instruction) {
    auto *call = dyn_cast<CallBase>(&instruction);
    return call && !isa<IntrinsicInst>(call) && !call->isInlineAsm() && !call->doesNotReturn();
}

/// The value that an instruction hands on as it is, or a half of it.
Value *copied(Instruction &instruction) {
    if (isa<BinaryOperator>(instruction) && instruction.getType()->getScalarSizeInBits() < 64) {
        bool masks = instruction.getOpcode() == Instruction::And && isa<Constant>(instruction.getOperand(1));
        return masks ? instruction.getOperand(0) : nullptr;
    }
    switch (instruction.getOpcode()) {
    case Instruction::ZExt:
    case Instruction::SExt:
    case Instruction::Trunc:
    case Instruction::Freeze:
    case Instruction::LShr:
    case Instruction::AShr:
    case Instruction::PtrToInt:
    case Instruction::IntToPtr: return instruction.getOperand(0);
    case Instruction::And: return isa<Constant>(instruction.getOperand(1)) ? instruction.getOperand(0) : nullptr;
    default: return nullptr;
    }
}

/// A lane of what was loaded.
bool isLoadedLane(Instruction &instruction) {
    auto *lane = dyn_cast<ExtractElementInst>(&instruction);
    Value *vector = lane ? lane->getVectorOperand() : nullptr;
    while (auto *source = dyn_cast_or_null<Instruction>(vector)) {
        if (isa<LoadInst>(source)) return true;
        vector = copied(*source);
    }
    return false;
}

/// An operand of it may be a reference, or be made of one. A reference is one operand of a sum of 64 bits, never a
/// factor: arithmetic of 32 bits is a guest's.
SmallVector<Value *, 4> parts(Instruction &instruction, const DataLayout &layout) {
    SmallVector<Value *, 4> parts;
    if (Value *source = copied(instruction)) return {source};
    if (auto *phi = dyn_cast<PHINode>(&instruction)) {
        append_range(parts, phi->incoming_values());
    } else if (auto *select = dyn_cast<SelectInst>(&instruction)) {
        parts = {select->getTrueValue(), select->getFalseValue()};
    } else if (isa<GetElementPtrInst>(instruction)) {
        auto *step = cast<GEPOperator>(&instruction);
        parts.push_back(step->getOperand(0));
        SmallMapVector<Value *, APInt, 4> variables;
        APInt constant(64, 0);
        if (step->getType()->isVectorTy() || !step->collectOffset(layout, 64, variables, constant)) {
            parts.append(step->idx_begin(), step->idx_end());
        } else {
            for (auto &[value, factor] : variables)
                if (factor.isOne()) parts.push_back(value);
        }
    } else {
        bool isWide = instruction.getType()->getScalarSizeInBits() == 64;
        switch (instruction.getOpcode()) {
        case Instruction::Add:
        case Instruction::Sub:
        case Instruction::Or:
        case Instruction::Xor:
        case Instruction::And:
            if (isWide) parts = {instruction.getOperand(0), instruction.getOperand(1)};
            break;
        case Instruction::ExtractElement:
            if (!isLoadedLane(instruction)) parts = {instruction.getOperand(0)};
            break;
        case Instruction::InsertElement:
        case Instruction::ShuffleVector: parts = {instruction.getOperand(0), instruction.getOperand(1)}; break;
        default: break;
        }
    }
    return parts;
}

/// Integers of 32 bits that code calculates, products and quotients: indices.
bool isIndex(Instruction &instruction) {
    if (!isa<BinaryOperator>(instruction) || copied(instruction)) return false;
    if (instruction.getType()->getScalarSizeInBits() <= 32) return true;
    switch (instruction.getOpcode()) {
    case Instruction::Mul:
    case Instruction::Shl:
    case Instruction::UDiv:
    case Instruction::SDiv:
    case Instruction::URem:
    case Instruction::SRem: return true;
    default: return false;
    }
}

class Keeping {
    Function &function;
    DominatorTree &dominators;
    Slice slice;
    Regions regions;

    /// Numbers of the values that have to be live.
    MapVector<Value *, unsigned> roots;
    DenseMap<Value *, bool> handedOn;
    DenseMap<PHINode *, Values> ofPhi;
    DenseSet<Value *> merging;  // of several references, such as a pointer that is a phi
    struct Block {
        BitVector uses, definitions, liveIn;
        BitVector edgeUses;  // at its end
    };
    DenseMap<BasicBlock *, Block> blocks;
    DenseMap<Instruction *, SmallVector<unsigned, 2>> uses;
    DenseMap<BasicBlock *, SmallVector<unsigned, 2>> edgeUses;

public:
    bool isUnderstood = true;
    unsigned keptCount = 0;

    Keeping(Function &function, const wasmc_containment &layout, DominatorTree &dominators)
        : function(function), dominators(dominators), regions(function, layout, slice) {}

    void run() {
        bool collects = any_of(function, [](BasicBlock &block) { return any_of(block, mayCollect); });
        if (!collects) return;
        for (BasicBlock &block : function)
            for (Instruction &instruction : block)
                if (dominators.isReachableFromEntry(&block)) findRoots(instruction);
        if (roots.empty() || !isUnderstood) return;
        findLiveness();
        keep();
    }

private:
    // MARK: Roots

    void findRoots(Instruction &instruction) {
        forEachAccess(instruction, [&](const Access &access) {
            Value *pointer = access.pointer();
            Address address = Address::of(pointer, function.getDataLayout(), slice);
            auto region = regions.ofBase(address.root);
            if (!region) region = regions.ofChoice(pointer);
            if (!region || region->kind != Region::heap) return;
            Values found = rootsOf(pointer);
            // An address is made of a reference, or of null.
            bool isNull = address.offset.terms.empty();
            if (found.empty() && !isNull) isUnderstood = false;
            for (Value *root : found) uses[&instruction].push_back(number(root));
        });
    }

    unsigned number(Value *root) { return roots.insert({root, unsigned(roots.size())}).first->second; }

    bool isHeapBase(Value *value) {
        if (!value->getType()->isPointerTy()) return false;
        auto region = regions.ofBase(value);
        return region && region->kind == Region::heap;
    }

    /// Where to look on for references: none in what stands for one itself, and nowhere where there is none.
    std::optional<SmallVector<Value *, 4>> partsOf(Value *value) {
        if (isa<Constant>(value) || isHeapBase(value)) return std::nullopt;
        auto *instruction = dyn_cast<Instruction>(value);
        if (!instruction) return SmallVector<Value *, 4>();
        if (isIndex(*instruction)) return std::nullopt;
        if (isa<PHINode, SelectInst>(instruction) && isHandedOn(value)) return SmallVector<Value *, 4>();
        return parts(*instruction, function.getDataLayout());
    }

    /// The values that stand for references in what a value is made of.
    Values rootsOf(Value *value) {
        Values found, seen;
        seen.insert(value);
        for (size_t next = 0; next < seen.size(); next++) {
            auto operands = partsOf(seen[next]);
            if (!operands) continue;
            if (operands->empty()) {
                found.insert(seen[next]);
            } else if (auto *phi = dyn_cast<PHINode>(seen[next])) {
                for (Value *root : rootsOf(*phi)) found.insert(root);
            } else {
                seen.insert_range(*operands);
            }
        }
        return found;
    }

    /// Whether it is one of several values that were loaded, passed or returned, and nothing that was calculated.
    bool isHandedOn(Value *value) {
        if (auto known = handedOn.find(value); known != handedOn.end()) return known->second;
        bool result = findHandedOn(value);
        handedOn[value] = result;
        return result;
    }

    bool findHandedOn(Value *value) {
        if (value->getType()->isVectorTy() || value->getType()->isPointerTy()) return false;
        Values web;
        web.insert(value);
        for (size_t next = 0; next < web.size(); next++) {
            auto *instruction = dyn_cast<Instruction>(web[next]);
            if (!instruction) continue;
            if (Value *source = copied(*instruction)) web.insert(source);
            else if (isa<PHINode, SelectInst>(instruction))
                web.insert_range(parts(*instruction, function.getDataLayout()));
            else if (!parts(*instruction, function.getDataLayout()).empty() || isa<BinaryOperator>(instruction))
                return false;
        }
        return true;
    }

    /// A phi of what was calculated: the references that its operands are made of, if there is no way around these to
    /// the phi, else the phi itself, which is none.
    Values rootsOf(PHINode &phi) {
        if (auto known = ofPhi.find(&phi); known != ofPhi.end()) return known->second;
        Values web, found, leaves;
        web.insert(&phi);
        for (size_t next = 0; next < web.size(); next++) {
            auto operands = partsOf(web[next]);
            if (!operands) continue;
            if (operands->empty()) leaves.insert(web[next]);
            else web.insert_range(*operands);
        }
        bool isOne = all_of(leaves, [&](Value *leaf) {
            auto *instruction = dyn_cast<Instruction>(leaf);
            return !instruction || dominators.dominates(instruction, phi.getParent());
        });
        ofPhi[&phi] = leaves;
        if (isOne) return leaves;
        found.insert(&phi);
        ofPhi[&phi] = found;
        merging.insert(&phi);
        number(&phi);
        for (unsigned edge = 0; edge < phi.getNumIncomingValues(); edge++)
            for (Value *root : rootsOf(phi.getIncomingValue(edge)))
                edgeUses[phi.getIncomingBlock(edge)].push_back(number(root));
        return found;
    }

    // MARK: Liveness

    void findLiveness() {
        for (BasicBlock &block : function) {
            Block &state = blocks[&block];
            for (BitVector *set : {&state.uses, &state.definitions, &state.liveIn, &state.edgeUses})
                set->resize(unsigned(roots.size()));
            for (unsigned root : edgeUses.lookup(&block)) state.edgeUses.set(root);
            for (Instruction &instruction : reverse(block)) {
                auto known = roots.find(&instruction);
                if (known != roots.end()) {
                    state.definitions.set(known->second);
                    state.uses.reset(known->second);
                }
                for (unsigned root : uses.lookup(&instruction)) state.uses.set(root);
            }
        }
        for (bool changes = true; changes;) {
            changes = false;
            for (BasicBlock *block : post_order(&function)) {
                Block &state = blocks[block];
                BitVector live = liveOut(block);
                live.reset(state.definitions);
                live |= state.uses;
                if (live == state.liveIn) continue;
                state.liveIn = std::move(live);
                changes = true;
            }
        }
    }

    BitVector liveOut(BasicBlock *block) {
        BitVector live = blocks[block].edgeUses;
        for (BasicBlock *next : successors(block)) live |= blocks[next].liveIn;
        return live;
    }

    // MARK: Code

    void keep() {
        SmallVector<std::pair<BasicBlock::iterator, BitVector>> places;
        for (BasicBlock &block : function) {
            if (!dominators.isReachableFromEntry(&block)) continue;
            BitVector live = liveOut(&block);
            // Between an invoke and what follows there is no place.
            if (isa<InvokeInst>(block.getTerminator()) && blocks[&block].edgeUses.any()) isUnderstood = false;
            if (isa<InvokeInst>(block.getTerminator()))
                for (BasicBlock *next : successors(&block))
                    places.push_back({next->getFirstInsertionPt(), blocks[next].liveIn});
            for (Instruction &instruction : reverse(block)) {
                if (auto known = roots.find(&instruction); known != roots.end()) live.reset(known->second);
                if (mayCollect(instruction) && !instruction.isTerminator())
                    places.push_back({std::next(instruction.getIterator()), live});
                for (unsigned root : uses.lookup(&instruction)) live.set(root);
            }
        }
        for (auto &[place, live] : places)
            for (unsigned root : live.set_bits()) keep(roots.getArrayRef()[root].first, place);
    }

    void keep(Value *root, BasicBlock::iterator place) {
        if (merging.contains(root) || !root->getType()->isIntegerTy()) {
            isUnderstood = false;
            return;
        }
        IRBuilder<> builder(place->getParent(), place);
        auto *type = FunctionType::get(builder.getVoidTy(), {root->getType()}, false);
        auto *code = InlineAsm::get(type, "", "r", /*hasSideEffects=*/true);
        auto *call = builder.CreateCall(type, code, {root});
        call->addFnAttr(Attribute::NoUnwind);
        keptCount++;
    }
};

}

PreservedAnalyses KeptReferencesPass::run(Function &function, FunctionAnalysisManager &analyses) {
    if (!function.getName().starts_with("wasm_function_") || function.arg_empty()) return PreservedAnalyses::all();
    Keeping keeping(function, layout, analyses.getResult<DominatorTreeAnalysis>(function));
    keeping.run();
    if (!keeping.isUnderstood) layout.refuse(context, function.getName().str().c_str());
    if (!keeping.keptCount) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
