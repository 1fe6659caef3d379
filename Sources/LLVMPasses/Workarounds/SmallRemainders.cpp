// Small remainders: the remainder of a dividend below twice the divisor takes at most one subtraction, and no
// multiplication. Sums of remainders are like that (Adler's and Fletcher's checksums, arithmetic modulo a prime);
// LLVM's own pass for them (correlated-propagation) gives up at loops.
//
//     sum = (a % 251) + (b % 251)              sum = (a % 251) + (b % 251)
//     r = sum % 251                            r = sum < 251 ? sum : sum - 251
//
// Invariant: the value is the same: the dividend's greatest value, from its operands, is below twice the divisor.
//
// Nothing relies on it but speed.

#include "Checks/BoundsCheck.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PatternMatch.h"

using namespace llvm;
using namespace llvm::PatternMatch;

namespace wasmc {
namespace {

/// Looks at a value's operands and theirs for what the value can be at most.
class Limit {
    /// As many values are looked at, and as deep: walks around loops end, and hostile code costs no more than other
    /// code.
    unsigned left = 24;
    static constexpr unsigned mostSteps = 5;

    static bool isRemainder(Value *value, uint64_t &divisor) {
        const APInt *constant;
        if (!match(value, m_URem(m_Value(), m_APInt(constant))) || constant->isZero() || constant->getBitWidth() > 64)
            return false;
        divisor = constant->getZExtValue();
        return true;
    }

public:
    /// No value of this integer, of at most 64 bits, is larger.
    uint64_t of(Value *value, unsigned steps = 0) {
        const uint64_t all = APInt::getAllOnes(value->getType()->getScalarSizeInBits()).getZExtValue();
        const APInt *constant;
        Value *a, *b;
        uint64_t divisor;
        if (match(value, m_APInt(constant))) return constant->getZExtValue();
        if (isRemainder(value, divisor)) return divisor - 1;
        if (steps == mostSteps || left == 0) return all;
        left--;
        if (match(value, m_ZExt(m_Value(a)))) return of(a, steps + 1);
        if (match(value, m_And(m_Value(a), m_APInt(constant)))) return constant->getZExtValue();
        if (match(value, m_Add(m_Value(a), m_Value(b)))) {
            uint64_t first = of(a, steps + 1), second = of(b, steps + 1);
            return first > all - second ? all : first + second;
        }
        auto *phi = dyn_cast<PHINode>(value);
        if (!phi) return all;
        uint64_t most = 0;
        for (Value *incoming : phi->incoming_values())
            if (most != all) most = std::max(most, of(incoming, steps + 1));
        return most;
    }

    /// Whether a remainder's dividend is below twice its divisor.
    static bool isSmall(Instruction &remainder) {
        uint64_t divisor;
        if (!isRemainder(&remainder, divisor)) return false;
        uint64_t most = Limit().of(remainder.getOperand(0));
        return !isPowerOf2_64(divisor) && (most < divisor || most - divisor < divisor);
    }
};

}

PreservedAnalyses SmallRemainderPass::run(Function &function, FunctionAnalysisManager &) {
    // All are found before the first is replaced: a remainder limits what is made of it.
    SmallVector<Instruction *, 4> small;
    for (Instruction &instruction : instructions(function))
        if (Limit::isSmall(instruction)) small.push_back(&instruction);
    for (Instruction *remainder : small) {
        IRBuilder<> builder(remainder);
        Value *dividend = builder.CreateFreeze(remainder->getOperand(0)), *divisor = remainder->getOperand(1);
        Value *isLess = builder.CreateICmpULT(dividend, divisor), *rest = builder.CreateSub(dividend, divisor);
        remainder->replaceAllUsesWith(builder.CreateSelect(isLess, dividend, rest));
        remainder->eraseFromParent();
    }
    if (small.empty()) return PreservedAnalyses::all();
    PreservedAnalyses preserved;
    preserved.preserveSet<CFGAnalyses>();
    return preserved;
}

}
