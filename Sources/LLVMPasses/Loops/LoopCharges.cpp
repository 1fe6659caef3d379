// Fuel and polls in loops whose number of iterations is known before them.
//
//                                              if (fuel >= 6 * n) {
//     for (n iterations) {                         fuel -= 6 * n
//         fuel -= 6                                while (iterations are left) {
//         if (fuel < 0) stop                           if (interrupted) break             ; to the loop as it was
//         if (interrupted) stop                        for (up to 16,384 iterations)
//         body                                             body
//     }                                            }
//                                              } else {
//                                                  the loop as it was
//                                              }
//
// Invariant: a loop runs without its checks of fuel only if the fuel that is left suffices for all of its
// iterations, whatever path they take; afterwards the count is what the checks would have left. A loop without its
// polls is left, to poll, after a number of iterations that takes far less than a millisecond, whatever bulk operations
// there are in it: or after one.
//
// Metering relies on it (a guest pays for what it runs, and stops at the same instruction), and so do deadlines.

#include "Loops/LoopCharges.h"

#include "Checks/BoundsCheck.h"
#include "Mends.h"

#include "llvm/Analysis/DomTreeUpdater.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace wasmc {

static CallInst *asCall(Value *value, StringRef name) {
    auto *call = dyn_cast<CallInst>(value);
    return call && call->getCalledFunction() && call->getCalledFunction()->getName() == name ? call : nullptr;
}

CallInst *asFuelCheck(Value *value) { return asCall(value, "wasmc.has_fuel"); }
CallInst *asPoll(Value *value) { return asCall(value, "wasmc.not_interrupted"); }

// MARK: Fuel

/// Iterations between polls at most: enough that a poll costs nothing. Bodies that do more run less often.
static constexpr uint64_t chunkIterationCount = 1 << 14;
/// What is done between polls, counted as workPerIteration() does.
static constexpr uint64_t chunkWork = 1 << 20;

/// Times a 32-bit count of iterations this cannot overflow.
static constexpr uint64_t mostForOneIteration = 1 << 30;

bool LoopFuel::analyze(ArrayRef<CallInst *> checks) {
    for (CallInst *check : checks) {
        auto most = mostTaken(check->getArgOperand(0));
        if (!most) return false;
        mostPerIteration = std::max(mostPerIteration, *most);
    }
    if (!variable) return checks.empty();
    auto most = mostTaken(variable->getIncomingValueForBlock(loop.getLoopLatch()));
    if (!most) return false;
    mostPerIteration = std::max(mostPerIteration, *most);
    return mostPerIteration < mostForOneIteration;
}

/// How much less than the variable a value of the same iteration can be; nothing if that is not known.
std::optional<uint64_t> LoopFuel::mostTaken(Value *value) {
    auto *instruction = dyn_cast<Instruction>(value);
    if (!instruction || !loop.contains(instruction)) return std::nullopt;
    if (auto known = taken.find(value); known != taken.end()) return known->second;
    std::optional<uint64_t> most;
    if (auto *phi = dyn_cast<PHINode>(instruction); phi && phi->getParent() == loop.getHeader()) {
        if (!variable) variable = phi;
        if (variable == phi) most = 0;
    } else if (phi) {
        most = 0;
        for (Value *incoming : phi->incoming_values()) {
            auto other = most ? mostTaken(incoming) : std::nullopt;
            most = other ? std::optional(std::max(*most, *other)) : std::nullopt;
        }
    } else if (auto *select = dyn_cast<SelectInst>(instruction)) {
        auto a = mostTaken(select->getTrueValue()), b = mostTaken(select->getFalseValue());
        if (a && b) most = std::max(*a, *b);
    } else if (instruction->getOpcode() == Instruction::Sub) {
        most = add(instruction->getOperand(0), instruction->getOperand(1), true);
    } else if (instruction->getOpcode() == Instruction::Add) {
        most = add(instruction->getOperand(0), instruction->getOperand(1), false);
        if (!most) most = add(instruction->getOperand(1), instruction->getOperand(0), false);
    }
    taken[value] = most;
    return most;
}

std::optional<uint64_t> LoopFuel::add(Value *value, Value *change, bool isSubtracted) {
    ConstantRange range = evolution.getSignedRange(evolution.getSCEV(change));
    APInt least = isSubtracted ? range.getSignedMin() : -range.getSignedMax();
    APInt most = isSubtracted ? range.getSignedMax() : -range.getSignedMin();
    if (least.isNegative() || most.isNegative() || most.uge(mostForOneIteration)) return std::nullopt;
    auto before = mostTaken(value);
    if (!before || *before >= mostForOneIteration) return std::nullopt;
    return *before + most.getZExtValue();
}

std::optional<uint64_t> LoopFuel::constantPerIteration() {
    if (!variable) return std::nullopt;
    auto *sequence = dyn_cast<SCEVAddRecExpr>(evolution.getSCEV(variable));
    if (!sequence || sequence->getLoop() != &loop || !sequence->isAffine()) return std::nullopt;
    auto *step = dyn_cast<SCEVConstant>(sequence->getStepRecurrence(evolution));
    if (!step) return std::nullopt;
    return -step->getAPInt().getSExtValue();
}

void LoopFuel::takeOut(Loop &copy, uint64_t constant, Value *count, ValueToValueMapTy &map) {
    BasicBlock *preheader = copy.getLoopPreheader();
    auto *phi = cast<PHINode>((Value *)map[variable]);
    IRBuilder<> builder(preheader->getTerminator());
    Value *before = phi->getIncomingValueForBlock(preheader);
    Value *last = nullptr;
    for (auto &[value, most] : taken) {
        auto clone = map.find(value);
        if (clone == map.end() || !clone->second) continue;
        auto *instruction = dyn_cast<Instruction>((Value *)clone->second);
        if (!instruction || !copy.contains(instruction)) continue;
        bool isUsedBehind =
            any_of(instruction->users(), [&](User *user) { return !copy.contains(cast<Instruction>(user)); });
        if (!isUsedBehind) continue;
        auto *distance =
            dyn_cast<SCEVConstant>(evolution.getMinusSCEV(evolution.getSCEV(value), evolution.getSCEV(variable)));
        if (!distance) continue;
        if (!last) {
            Value *earlier =
                builder.CreateMul(builder.CreateSub(count, builder.getInt64(1)), builder.getInt64(constant));
            last = builder.CreateSub(before, earlier);
        }
        Value *behind = builder.CreateAdd(last, builder.getInt64(distance->getAPInt().getSExtValue()));
        instruction->replaceUsesWithIf(
            behind, [&](Use &use) { return !copy.contains(cast<Instruction>(use.getUser())); });
    }
    RecursivelyDeleteDeadPHINode(phi);
}

/// How much less than `start` a value of the same iteration is; null if that is not known.
static Value *amountTaken(Value *value, PHINode *start, Loop &loop, SmallDenseMap<Value *, Value *, 16> &amounts) {
    Type *i32 = Type::getInt32Ty(value->getContext());
    if (value == start) return ConstantInt::get(i32, 0);
    auto *instruction = dyn_cast<Instruction>(value);
    if (!instruction || !loop.contains(instruction)) return nullptr;
    if (auto known = amounts.find(value); known != amounts.end()) return known->second;
    auto amount = [&](Value *other) { return amountTaken(other, start, loop, amounts); };
    IRBuilder<> builder(instruction);
    Value *result = nullptr;
    if (auto *phi = dyn_cast<PHINode>(instruction)) {
        if (phi->getParent() == loop.getHeader()) return nullptr;
        SmallVector<Value *, 4> incoming;
        for (Value *other : phi->incoming_values()) {
            incoming.push_back(amount(other));
            if (!incoming.back()) return nullptr;
        }
        PHINode *joined = builder.CreatePHI(i32, incoming.size());
        for (auto [other, block] : zip(incoming, phi->blocks())) joined->addIncoming(other, block);
        result = joined;
    } else if (auto *select = dyn_cast<SelectInst>(instruction)) {
        Value *a = amount(select->getTrueValue()), *b = amount(select->getFalseValue());
        if (a && b) result = builder.CreateSelect(select->getCondition(), a, b);
    } else if (auto *sum = dyn_cast<BinaryOperator>(instruction)) {
        bool isSubtraction = sum->getOpcode() == Instruction::Sub;
        if (!isSubtraction && sum->getOpcode() != Instruction::Add) return nullptr;
        Value *before = amount(sum->getOperand(0)), *change = sum->getOperand(1);
        if (!before && !isSubtraction) before = amount(change), change = sum->getOperand(0);
        if (!before) return nullptr;
        change = builder.CreateTrunc(change, i32);
        result = isSubtraction ? builder.CreateAdd(before, change) : builder.CreateSub(before, change);
    }
    return amounts[value] = result;
}

void LoopFuel::addUp(Loop &copy, ValueToValueMapTy &map) {
    if (mostPerIteration >= (uint64_t(1) << 31) / chunkIterationCount) return;
    BasicBlock *preheader = copy.getLoopPreheader(), *latch = copy.getLoopLatch(), *exit = copy.getExitBlock();
    auto *phi = cast<PHINode>((Value *)map[variable]);
    auto *next = dyn_cast<Instruction>(phi->getIncomingValueForBlock(latch));
    SmallDenseMap<Value *, Value *, 16> amounts;
    Value *amount = next ? amountTaken(next, phi, copy, amounts) : nullptr;
    if (!amount) return;
    // What is needed after the loop has to be this far from the last iteration's end.
    SmallVector<std::pair<PHINode *, int64_t>, 2> uses;
    for (PHINode &use : exit->phis()) {
        Value *value = use.getIncomingValueForBlock(latch);
        if (value->getType() != phi->getType() || !amountTaken(value, phi, copy, amounts)) continue;
        auto *distance =
            dyn_cast<SCEVConstant>(evolution.getMinusSCEV(evolution.getSCEV(value), evolution.getSCEV(next)));
        if (!distance) return;
        uses.push_back({&use, distance->getAPInt().getSExtValue()});
    }

    IRBuilder<> builder(copy.getHeader(), copy.getHeader()->begin());
    PHINode *sum = builder.CreatePHI(builder.getInt32Ty(), 2);
    builder.SetInsertPoint(latch->getTerminator());
    Value *nextSum = builder.CreateAdd(sum, amount);
    sum->addIncoming(builder.getInt32(0), preheader);
    sum->addIncoming(nextSum, latch);
    builder.SetInsertPoint(exit, exit->begin());
    PHINode *total = builder.CreatePHI(builder.getInt32Ty(), 1);
    total->addIncoming(nextSum, latch);
    builder.SetInsertPoint(exit, exit->getFirstInsertionPt());
    Value *left =
        builder.CreateSub(phi->getIncomingValueForBlock(preheader), builder.CreateZExt(total, builder.getInt64Ty()));
    for (auto &[use, distance] : uses) {
        use->replaceAllUsesWith(builder.CreateAdd(left, builder.getInt64(distance)));
        use->eraseFromParent();
    }
    phi->replaceAllUsesWith(PoisonValue::get(phi->getType()));
    phi->eraseFromParent();
    for (BasicBlock *block : copy.blocks())
        for (Instruction &instruction : make_early_inc_range(reverse(*block)))
            if (isInstructionTriviallyDead(&instruction)) instruction.eraseFromParent();
}

// MARK: Polls

std::optional<uint64_t> workPerIteration(const Loop &loop) {
    constexpr uint64_t bytesPerInstruction = 16, most = uint64_t(1) << 32;
    uint64_t work = 0;
    for (BasicBlock *block : loop.blocks())
        for (Instruction &instruction : *block) {
            work++;
            auto *bulk = dyn_cast<AnyMemIntrinsic>(&instruction);
            if (!bulk || !isMended("bulk")) continue;
            auto *length = dyn_cast<ConstantInt>(bulk->getLength());
            if (!length) return std::nullopt;
            work += std::min(length->getLimitedValue() / bytesPerInstruction, most);
        }
    return work;
}

/// What a loop's integer grows by in every iteration; null if that varies.
static Value *growth(PHINode &phi, Loop &loop) {
    auto *next = dyn_cast<BinaryOperator>(phi.getIncomingValueForBlock(loop.getLoopLatch()));
    auto *type = dyn_cast<IntegerType>(phi.getType());
    if (!type || type->getBitWidth() > 64 || !next || next->getOpcode() != Instruction::Add) return nullptr;
    Value *step = next->getOperand(0) == &phi ? next->getOperand(1) : next->getOperand(0);
    bool isPhiPlusStep = step != &phi && (next->getOperand(0) == &phi || next->getOperand(1) == &phi);
    return isPhiPlusStep && loop.isLoopInvariant(step) ? step : nullptr;
}

Value *runInChunks(
    Loop &loop, Value *total, CallInst *poll, Loop &slow, const Counterparts &counterparts, LoopInfo &loops,
    DominatorTree &dominators) {
    BasicBlock *before = loop.getLoopPreheader(), *header = loop.getHeader(), *latch = loop.getLoopLatch();
    BasicBlock *slowPreheader = slow.getLoopPreheader(), *exit = loop.getExitBlock();
    // One, or two where lengths are loaded between the tests.
    SmallVector<BasicBlock *, 2> tests(predecessors(slowPreheader));
    Function *function = header->getParent();
    LLVMContext &context = function->getContext();
    auto *i64 = Type::getInt64Ty(context);
    auto *chunk = BasicBlock::Create(context, "wasmc.chunk", function, header);
    auto *run = BasicBlock::Create(context, "wasmc.run", function, header);
    auto *pause = BasicBlock::Create(context, "wasmc.pause", function, exit);

    // Before a chunk: the state of the loop, and whether to go on here. What grows by the same each time follows from
    // the number of iterations, so that the loop need not keep it.
    IRBuilder<> builder(chunk);
    PHINode *done = builder.CreatePHI(i64, 2);
    SmallVector<std::pair<PHINode *, Value *>, 8> states;
    for (PHINode &phi : header->phis()) {
        if (growth(phi, loop)) continue;
        PHINode *state = builder.CreatePHI(phi.getType(), 2);
        state->addIncoming(phi.getIncomingValueForBlock(before), before);
        states.push_back({&phi, state});
    }
    auto grown = [&](PHINode &phi, Value *iterations) {
        Value *distance = builder.CreateMul(builder.CreateTrunc(iterations, phi.getType()), growth(phi, loop));
        return builder.CreateAdd(phi.getIncomingValueForBlock(before), distance);
    };
    for (PHINode &phi : header->phis())
        if (growth(phi, loop)) states.push_back({&phi, grown(phi, done)});
    Value *goesOn = builder.getTrue();
    if (poll) {
        SmallVector<Value *, 3> arguments(poll->args());
        goesOn = builder.CreateCall(poll->getFunctionType(), poll->getCalledOperand(), arguments);
    }
    builder.CreateCondBr(goesOn, run, slowPreheader);
    builder.SetInsertPoint(run);
    // At least one: SCEV has to see that there are not 2^64.
    Value *others =
        builder.CreateSub(builder.CreateSub(total, done, "", true, true), builder.getInt64(1), "", true, true);
    uint64_t work = std::max<uint64_t>(1, poll ? workPerIteration(loop).value_or(chunkWork) : 1);
    uint64_t most = std::clamp<uint64_t>(chunkWork / work, 1, chunkIterationCount);
    others = builder.CreateBinaryIntrinsic(Intrinsic::umin, others, builder.getInt64(most - 1));
    Value *count = builder.CreateAdd(others, builder.getInt64(1), "", true, true);
    builder.CreateBr(header);
    before->getTerminator()->replaceSuccessorWith(header, chunk);

    // After it: what the loop's exit needs, and what the next chunk starts with.
    builder.SetInsertPoint(pause);
    Value *sum = builder.CreateAdd(done, count, "", true, true);
    auto behindLoop = [&](Value *value) -> Value * {
        auto *instruction = dyn_cast<Instruction>(value);
        if (!instruction || !loop.contains(instruction)) return value;
        for (PHINode &phi : header->phis()) {
            if (!growth(phi, loop)) continue;
            if (value == phi.getIncomingValueForBlock(latch)) return grown(phi, sum);
            if (value == &phi) return grown(phi, builder.CreateSub(sum, builder.getInt64(1)));
        }
        IRBuilder<> phis(pause, pause->begin());
        PHINode *phi = phis.CreatePHI(value->getType(), 1);
        phi->addIncoming(value, latch);
        return phi;
    };
    for (auto &[phi, state] : states)
        if (auto *joined = dyn_cast<PHINode>(state); joined && joined->getParent() == chunk)
            joined->addIncoming(behindLoop(phi->getIncomingValueForBlock(latch)), pause);
    for (PHINode &phi : exit->phis()) {
        int edge = phi.getBasicBlockIndex(latch);
        phi.setIncomingValue(edge, behindLoop(phi.getIncomingValue(edge)));
        phi.setIncomingBlock(edge, pause);
    }
    builder.CreateCondBr(builder.CreateICmpEQ(sum, total), exit, chunk);
    for (auto &[phi, state] : states) {
        int edge = phi->getBasicBlockIndex(before);
        phi->setIncomingBlock(edge, run);
        phi->setIncomingValue(edge, state);
    }
    latch->getTerminator()->replaceSuccessorWith(exit, pause);
    done->addIncoming(builder.getInt64(0), before);
    done->addIncoming(sum, pause);

    // The untouched loop starts with the state of either.
    DenseMap<Value *, Value *> stateOf;
    for (auto &[phi, state] : states) stateOf[phi] = state;
    builder.SetInsertPoint(slowPreheader, slowPreheader->begin());
    for (auto [phi, counterpart] : counterparts) {
        int edge = phi->getBasicBlockIndex(slowPreheader);
        PHINode *start = builder.CreatePHI(phi->getType(), tests.size() + 1);
        for (BasicBlock *test : tests) start->addIncoming(phi->getIncomingValue(edge), test);
        start->addIncoming(stateOf.lookup(counterpart), chunk);
        phi->setIncomingValue(edge, start);
    }

    DomTreeUpdater(dominators, DomTreeUpdater::UpdateStrategy::Eager)
        .applyUpdates({
            {DominatorTree::Insert, before, chunk},
            {DominatorTree::Insert, chunk, run},
            {DominatorTree::Insert, run, header},
            {DominatorTree::Delete, before, header},
            {DominatorTree::Insert, chunk, slowPreheader},
            {DominatorTree::Insert, latch, pause},
            {DominatorTree::Insert, pause, exit},
            {DominatorTree::Insert, pause, chunk},
            {DominatorTree::Delete, latch, exit},
        });
    Loop *chunks = loops.AllocateLoop();
    if (Loop *parent = loop.getParentLoop()) parent->replaceChildLoopWith(&loop, chunks);
    else loops.changeTopLevelLoop(&loop, chunks);
    chunks->addChildLoop(&loop);
    chunks->addBasicBlockToLoop(chunk, loops);
    for (BasicBlock *block : loop.blocks()) chunks->addBlockEntry(block);
    chunks->addBasicBlockToLoop(run, loops);
    chunks->addBasicBlockToLoop(pause, loops);
    countIterations(loop, count);
    return count;
}

}
