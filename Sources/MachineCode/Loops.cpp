// What loops keep true. Each loop has a symbol that counts its iterations; what changes by the same number in every
// iteration is a multiple of it. Inequalities that comparisons in the loop suggest are assumed at its head as long as
// they hold before the loop and, assumed, hold again after an iteration.

#include "Way.h"

namespace machine {

namespace {

constexpr uint32_t counterDetail = 0xFFFFFF00;
/// No loop runs longer: it would take years.
constexpr Wide mostIterations = power(60);
constexpr size_t mostCandidates = 120;
constexpr Wide largestBound = power(62);
/// What 32 bits with the highest one set lose when they are read with a sign.
constexpr int64_t negative32 = int64_t(1) << 32;

}

SymbolID Analysis::counter(const Block &head) {
    SymbolID result = all.symbol(head.start, counterDetail, {Meaning::number, 0, 0, mostIterations});
    counters.insert(result);
    return result;
}

/// The value at the head of what changes by the same number in every iteration; null for everything else. The first of
/// the ways is the one from outside.
Expression
Analysis::stepping(const Block &head, Place place, const std::vector<Expression> &values, std::vector<Way> &ways) {
    Loop &loop = loops[head.start];
    Expression first = values[0];
    if (loop.notStepping.count(place) || changesIn(head, first)) return nullptr;
    if (loop.belowZero.count(place)) first = all.add(first, -negative32);
    auto known = loop.steps.find(place);
    if (known == loop.steps.end()) {
        if (!isSearching || ways.size() < 2) return nullptr;
        bool wraps = first->isConstant() && first->constant >= negative32 / 2 && first->constant < negative32
            && values[1]->isConstant() && values[1]->constant >= 0 && values[1]->constant < negative32 / 2;
        if (wraps && loop.belowZero.insert(place).second) first = all.add(first, -negative32);
        Expression step = all.subtract(values[1], first);
        if (!step || !step->isConstant() || step->constant == 0) return nullptr;
        known = loop.steps.insert({place, step->constant}).first;
        // A value that comes round as it was before the loop was known to be one that steps is a step ahead.
        if (std::all_of(values.begin() + 1, values.end(), [&](Expression value) { return value == values[1]; }))
            return all.combine(first, step->constant, all.value(counter(head)));
        loop.notStepping.insert(place);
        loop.steps.erase(place);
        return nullptr;
    }
    Expression value = all.combine(first, known->second, all.value(counter(head)));
    Expression next = value ? all.add(value, known->second) : nullptr;
    bool steps = next && std::all_of(values.begin() + 1, values.end(), [&](Expression back) {
                     return back == next || (isSearching && back == all.add(first, known->second));
                 });
    if (steps) return value;
    loop.notStepping.insert(place);
    loop.steps.erase(known);
    return nullptr;
}

/// A fact of a way in the symbols of the block that it leads to.
Expression Analysis::translated(Expression sum, const Way &way) {
    for (auto &[symbol, value] : way.incoming) {
        if (!sum || !value) continue;
        const Term *only = value->onlyTerm();
        if (only && only->symbol != symbol && sum->factor(only->symbol) != 0)
            sum = all.substitute(sum, only->symbol, all.add(all.value(symbol), -value->constant));
    }
    return sum;
}

/// Whether a fact at the block is one on the way, too. At a loop's head the way back counts one more iteration.
bool Analysis::holds(Expression sum, Way &way, SymbolID counter, unsigned depth) {
    if (counter != UINT32_MAX && sum->factor(counter) != 0)
        sum = all.substitute(sum, counter, way.isBack ? all.add(all.value(counter), 1) : all.constant(0));
    // All at once: a symbol may stand for a value that another one had.
    Expression result = sum;
    if (!sum) return false;
    for (const Term &term : sum->terms) {
        auto value = way.incoming.find(term.symbol);
        if (value == way.incoming.end()) continue;
        if (!value->second) return false;
        result = all.combine(result, term.factor, all.subtract(value->second, all.value(term.symbol)));
        if (!result) return false;
    }
    return way.state->isAtMostZero(all, result, depth);
}

void Analysis::tryCandidates(const Block &head, std::vector<Way> &ways, State &result) {
    Loop &loop = loops[head.start];
    SymbolID count = counter(head);
    for (Expression candidate : loop.candidates) {
        if (loop.rejected.count(candidate)) continue;
        if (std::all_of(ways.begin(), ways.end(), [&](Way &way) { return holds(candidate, way, count); }))
            result.learn(all, candidate);
        else loop.rejected.insert(candidate);
    }
    // What was found out about values before the loop, in terms of those that it changes.
    for (Expression fact : ways[0].state->facts) {
        Expression sum = translated(fact, ways[0]);
        if (!sum || sum == fact || loop.rejected.count(sum)) continue;
        if (std::all_of(ways.begin(), ways.end(), [&](Way &way) { return holds(sum, way, count); }))
            result.learn(all, sum);
        else loop.rejected.insert(sum);
    }
}

void Analysis::collectCandidates(const Block &head, std::vector<Way> &ways) {
    SymbolID count = counter(head);
    for (const Way &way : ways) {
        if (!way.isBack) continue;
        auto collectOne = [&](Expression sum) {
            if (sum) sum = all.substitute(sum, count, all.add(all.value(count), -1));
            if (!sum) return;
            bool isOfHead = false;
            for (const Term &term : sum->terms) {
                if (term.symbol == count || way.incoming.count(term.symbol)) isOfHead = true;
                else if (changesIn(head, term.symbol)) return;
            }
            if (!isOfHead) return;
            addCandidate(head, ways, sum);
            weaken(head, ways, sum);
        };
        // What another value says of the count, too.
        auto collect = [&](Expression fact) {
            Expression sum = translated(fact, way);
            collectOne(sum);
            if (sum != fact && fact->factor(count) != 0) collectOne(fact);
        };
        for (Expression guess : way.state->guesses) collect(guess);
        for (Expression fact : way.state->facts) collect(fact);
        auto [low, high] = way.state->range(all, count);
        if (high < mostIterations) addCandidate(head, ways, all.add(all.value(count), -int64_t(high) - 1));
    }
}

void Analysis::addCandidate(const Block &head, const std::vector<Way> &, Expression sum) {
    Loop &loop = loops[head.start];
    if (sum && loop.candidates.size() < mostCandidates) loop.candidates.insert(sum);
}

/// For loops whose first iteration comes before any comparison: a number in place of what is compared with.
void Analysis::weaken(const Block &head, const std::vector<Way> &ways, Expression sum) {
    SymbolID count = counter(head);
    const State &before = *ways[0].state;
    int64_t factor = sum->factor(count);
    if (factor == 0) return;
    for (auto &[place, step] : loops[head.start].steps) {
        if (step != factor && step != -factor) continue;
        auto [area, offset] = place;
        Held held = area == UINT32_MAX ? before.registers[offset] : before.load(area, offset, 8);
        if (!held.value) held = before.load(area, offset, 4);
        if (!held.value) continue;
        if (loops[head.start].belowZero.count(place)) held.value = all.add(held.value, -negative32);
        bool isUpper = step == factor;
        // sum = ±value + rest
        Expression value = all.combine(held.value, step, all.value(count));
        Expression rest = all.combine(sum, isUpper ? -1 : 1, value);
        if (!value || !rest) continue;
        Wide least = before.lower(all, rest);
        Wide bound =
            isUpper ? std::max(before.upper(all, held.value), -least) : std::min(before.lower(all, held.value), least);
        if (bound < largestBound && bound > -largestBound)
            addCandidate(
                head, ways,
                isUpper ? all.add(value, -int64_t(bound)) : all.subtract(all.constant(int64_t(bound)), value));
    }
    Expression rest = all.combine(sum, -factor, all.value(count));
    Wide least = rest ? before.lower(all, rest) : -power(100);
    if (factor > 0 && least > -largestBound && least <= 0)
        addCandidate(head, ways, all.combine(all.constant(int64_t(least)), factor, all.value(count)));
}

}
