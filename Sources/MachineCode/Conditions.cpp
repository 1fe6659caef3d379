// What a jump that is taken says of the values that were compared.

#include "Analysis.h"

namespace machine {

/// Whether a value, as `width` bits that are read with or without a sign, is the sum's exact value.
bool Analysis::isExact(State &state, Expression sum, bool isSigned, unsigned width) {
    if (isSearching && hasCounter(sum)) return true;
    return isSigned ? state.isWithin(all, sum, -power(width - 1), power(width - 1) - 1)
                    : state.isWithin(all, sum, 0, power(width) - 1);
}

/// first + distance <= second
void Analysis::learnOrder(State &state, Expression first, Expression second, int64_t distance) {
    Expression sum = all.subtract(first, second, distance);
    if (sum && isSearching && hasCounter(sum)) state.guess(sum);
    else state.learn(all, sum);
}

/// Where `a >> n` is small, `a` was no negative number, since those begin with ones: it is close to `(a >> n) << n`.
void Analysis::learnBeforeShift(State &state, Expression shifted, Wide most) {
    if (!shifted->onlyTerm() || shifted->constant != 0) return;
    const Symbol symbol = all[shifted->terms[0].symbol];
    unsigned count = symbol.detail & 0xff;
    if (symbol.function != Function::shiftRight || symbol.detail >> 8 != 64 || count == 0 || count >= 40) return;
    if (most >= power(63 - count) || !isExact(state, symbol.first, true, 64)) return;
    int64_t factor = int64_t(1) << count;
    state.learn(all, all.combine(all.constant(0), -1, symbol.first));
    state.learn(all, all.combine(all.combine(all.constant(0), -1, symbol.first), factor, shifted));
    state.learn(all, all.combine(symbol.first, -factor, shifted, 1 - factor));
}

/// first + distance <= second, without signs.
void Analysis::assumeBelow(State &state, Expression first, Expression second, int64_t distance, unsigned width) {
    if (!isExact(state, second, false, width)) return;
    learnBeforeShift(state, first, state.upper(all, second) - distance);
    if (isExact(state, first, false, width)) return learnOrder(state, first, second, distance);
    if (width != 64) return;
    // What wraps is another number than the sum, but leads to the same address.
    if (!isExact(state, first, true, 64)) return learnOrder(state, wrapped(first), second, distance);
    // A negative number is a large one, so `first` is none.
    if (state.upper(all, second) >= power(63)) return;
    state.learn(all, all.combine(all.constant(0), -1, first));
    learnOrder(state, first, second, distance);
}

/// first + distance <= second, with signs.
void Analysis::assumeLess(State &state, Expression first, Expression second, int64_t distance, unsigned width) {
    if (isExact(state, first, true, width) && isExact(state, second, true, width))
        return learnOrder(state, first, second, distance);
    // What a number that is not negative is less than, is not negative.
    if (!state.isWithin(all, first, 0, power(width - 1) - 1) || !isExact(state, second, false, width)) return;
    state.learn(all, all.add(second, -int64_t(power(width - 1) - 1)));
    learnOrder(state, first, second, distance);
}

void Analysis::assumeDifferent(State &state, Expression first, Expression second) {
    Expression difference = all.subtract(first, second), negated = all.subtract(second, first);
    if (!difference || !negated) return;
    if (difference->isConstant()) {
        if (difference->constant == 0) state.isImpossible = true;
        return;
    }
    int64_t distance = int64_t(1) << std::min(all.zeros(difference), 32u);
    // Which of them is the larger one is a guess, to be confirmed.
    bool isGuess = isSearching && hasCounter(difference);
    if (isGuess || state.upper(all, difference) <= 0) learnOrder(state, first, second, distance);
    else if (state.lower(all, difference) >= 0) learnOrder(state, second, first, distance);
    if (isGuess) learnOrder(state, second, first, distance);
}

/// Conditions that were stored as numbers, or several of them in one number, and are looked at now.
void Analysis::assumeTruth(State &state, Expression sum, bool isTrue) {
    if (!sum->onlyTerm() || sum->constant != 0) return;
    const Symbol truth = all[sum->terms[0].symbol];
    if (truth.function == Function::condition) {
        Flags before = {Flags::Kind(truth.detail >> 16), uint8_t(truth.detail >> 8), truth.first, truth.second};
        assume(state, Condition((truth.detail & 15) ^ (isTrue ? 0 : 1)), before);
    } else if (truth.function == Function::bitAnd && isTrue) {
        assumeTruth(state, truth.first, true);
        assumeTruth(state, truth.second, true);
    }
}

void Analysis::assume(State &state, Condition condition, Flags flags) {
    if (flags.kind == Flags::unknown) return;
    Expression a = flags.first, b = flags.second;
    unsigned width = flags.width;
    if (b->isConstant() && b->constant == 0 && (condition == equal || condition == notEqual))
        assumeTruth(state, a, condition == notEqual);
    bool isComparison = flags.kind == Flags::comparison, isZero = b->isConstant() && b->constant == 0;
    switch (condition) {
    case equal:
        if (Expression difference = all.subtract(a, b);
            !difference || !state.isWithin(all, difference, 1 - power(width), power(width) - 1))
            return;
        learnOrder(state, a, b, 0);
        learnOrder(state, b, a, 0);
        return;
    // Then their exact values differ, too, however many bits were compared.
    case notEqual: return assumeDifferent(state, a, b);
    case negative:
    case notNegative:
        if (!isZero) return;
        if (isExact(state, a, true, width))
            return condition == negative ? learnOrder(state, a, b, 1) : learnOrder(state, b, a, 0);
        if (width < 64 && isExact(state, a, false, width)) {
            int64_t half = int64_t(1) << (width - 1);
            if (condition == negative) learnOrder(state, all.constant(half), a, 0);
            else learnOrder(state, a, all.constant(half), 1);
        }
        return;
    default: break;
    }
    if (!isComparison) return;
    switch (condition) {
    case below: return assumeBelow(state, a, b, 1, width);
    case belowOrEqual: return assumeBelow(state, a, b, 0, width);
    case above: return assumeBelow(state, b, a, 1, width);
    case aboveOrEqual: return assumeBelow(state, b, a, 0, width);
    case less: return assumeLess(state, a, b, 1, width);
    case lessOrEqual: return assumeLess(state, a, b, 0, width);
    case greater: return assumeLess(state, b, a, 1, width);
    case greaterOrEqual: return assumeLess(state, b, a, 0, width);
    default: return;
    }
}

}
