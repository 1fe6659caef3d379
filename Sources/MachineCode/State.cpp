// Bounds of sums, and the slots of frames.

#include "State.h"

namespace machine {

namespace {

/// More inequalities than matter at one place; the oldest go first.
constexpr size_t mostFacts = 128;
/// Beyond what any sum of 64-bit values can be.
constexpr Wide infinity = power(120);

Wide clamped(Wide value) { return value > infinity ? infinity : value < -infinity ? -infinity : value; }

}

std::pair<Wide, Wide> State::range(const Expressions &all, SymbolID symbol) const {
    auto place = std::lower_bound(
        ranges.begin(), ranges.end(), symbol, [](const Range &range, SymbolID s) { return range.symbol < s; });
    if (place != ranges.end() && place->symbol == symbol) return {place->low, place->high};
    return {all[symbol].low, all[symbol].high};
}

void State::refine(const Expressions &all, SymbolID symbol, Wide low, Wide high) {
    auto [oldLow, oldHigh] = range(all, symbol);
    low = std::max(low, oldLow);
    high = std::min(high, oldHigh);
    unsigned zeros = all[symbol].zeros;
    if (zeros > 0 && zeros < 62 && low > -infinity && high < infinity) {
        low = (low + power(zeros) - 1) & -power(zeros);
        high &= -power(zeros);
    }
    if (low > high) isImpossible = true;
    if (low == oldLow && high == oldHigh) return;
    auto place = std::lower_bound(
        ranges.begin(), ranges.end(), symbol, [](const Range &range, SymbolID s) { return range.symbol < s; });
    if (place == ranges.end() || place->symbol != symbol) place = ranges.insert(place, {symbol, low, high});
    *place = {symbol, low, high};
}

Wide State::upper(Expressions &all, Expression sum, unsigned depth, Wide enough) const {
    Search search;
    return upper(all, sum, depth, enough, search);
}

Wide State::upper(Expressions &all, Expression sum, unsigned depth, Wide enough, Search &search) const {
    Wide result = sum->constant;
    for (const Term &term : sum->terms) {
        auto [low, high] = range(all, term.symbol);
        result += clamped(Wide(term.factor) * (term.factor > 0 ? high : low));
    }
    result = clamped(result);
    if (depth == 0 || sum->terms.empty() || result <= enough) return result;
    // sum <= sum - n * fact for n > 0. It helps where a symbol disappears.
    for (Expression fact : facts) {
        if (!(fact->symbolBits & sum->symbolBits)) continue;
        for (const Term &term : fact->terms) {
            int64_t factor = sum->factor(term.symbol);
            if (factor == 0 || (factor > 0) != (term.factor > 0) || factor % term.factor != 0) continue;
            Expression without = all.combine(sum, -(factor / term.factor), fact);
            if (without && search.isNew(without, depth - 1))
                result = std::min(result, upper(all, without, depth - 1, enough, search));
            if (result <= enough || search.steps == 0) return result;
            --search.steps;
        }
    }
    return result;
}

bool State::isAtMostZero(Expressions &all, Expression sum, unsigned depth) const {
    if (!sum) return false;
    return std::find(facts.begin(), facts.end(), sum) != facts.end() || upper(all, sum, depth, 0) <= 0;
}

Wide State::lower(Expressions &all, Expression sum, unsigned depth) const {
    Expression negated = all.combine(all.constant(0), -1, sum);
    return negated ? -upper(all, negated, depth) : -infinity;
}

void State::guess(Expression sum) {
    if (guesses.size() < mostFacts && std::find(guesses.begin(), guesses.end(), sum) == guesses.end())
        guesses.push_back(sum);
}

void State::learn(Expressions &all, Expression sum) {
    if (!sum) return;
    if (sum->isConstant()) {
        if (sum->constant > 0) isImpossible = true;
        return;
    }
    if (sum->terms.size() == 1) {
        const Term &term = sum->terms[0];
        Wide bound = -Wide(sum->constant);
        Wide factor = term.factor;
        // factor * symbol <= bound, rounded toward what is certain.
        if (factor > 0) {
            refine(all, term.symbol, -infinity, bound >= 0 ? bound / factor : -((-bound + factor - 1) / factor));
        } else {
            Wide least = -bound, divisor = -factor;
            Wide low = least >= 0 ? (least + divisor - 1) / divisor : -((-least) / divisor);
            refine(all, term.symbol, low, infinity);
            refine(all, all.sizeNow(term.symbol), low, infinity);
        }
        return;
    }
    if (std::find(facts.begin(), facts.end(), sum) != facts.end()) return;
    if (facts.size() >= mostFacts) facts.erase(facts.begin());
    facts.push_back(sum);
    // Sizes never shrink: what is less than one that was read before is less than what it is now.
    for (const Term &term : sum->terms)
        if (SymbolID now = all.sizeNow(term.symbol); now != term.symbol && term.factor < 0)
            learn(all, all.substitute(sum, term.symbol, all.value(now)));
}

Held State::load(SymbolID area, int64_t offset, unsigned byteCount) const {
    for (const Slot &slot : slots) {
        if (slot.area != area || slot.offset != offset || slot.byteCount < byteCount) continue;
        return {slot.held.value, uint8_t(std::min<unsigned>(slot.held.width, 8 * byteCount))};
    }
    return {};
}

void State::forget(SymbolID area, Wide from, Wide to) {
    slots.erase(
        std::remove_if(
            slots.begin(), slots.end(),
            [&](const Slot &slot) {
                return slot.area == area && slot.offset < to && slot.offset + slot.byteCount > from;
            }),
        slots.end());
}

void State::store(SymbolID area, int64_t offset, unsigned byteCount, Held held) {
    forget(area, offset, Wide(offset) + byteCount);
    if (!held.value || byteCount > 8 || offset < INT32_MIN || offset > INT32_MAX) return;
    Slot slot = {area, int32_t(offset), uint8_t(byteCount), held};
    slots.insert(
        std::lower_bound(
            slots.begin(), slots.end(), slot, [](const Slot &a, const Slot &b) { return a.key() < b.key(); }),
        slot);
}

}
