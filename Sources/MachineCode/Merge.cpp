// What is known where several ways meet: what is known on each of them. Values that differ become symbols of the block;
// what the values have in common, such as the pointer that they are counted from, stays outside of the symbol.

#include "Way.h"

namespace machine {

namespace {

/// Marks origins of values that are merged before a loop's head.
constexpr uint32_t beforeHead = 0x80000000;
/// Bounds that grow are taken to the next of these.
const Wide lows[] = {0, -power(31), -power(32), -power(63)};
const Wide highs[] = {power(31) - 1, power(32) - 1, power(32) + power(17), power(34), power(40), power(63) - 1, word64};
constexpr unsigned patience = 3;
/// Loops inside of loops multiply how often they start again. After that what was found out stays until something else
/// is: less may be, but what is left at the end is implied by all ways.
constexpr unsigned mostLoopStarts = 8;
/// Where every number of 64 bits has its like.
constexpr Wide lowest = -power(63), highest = word64;

bool isPointerLike(Meaning meaning) {
    return meaning != Meaning::number && meaning != Meaning::stack && meaning != Meaning::image
        && meaning != Meaning::instance;
}

}

bool Analysis::contains(const Block &head, uint32_t origin) const {
    if (origin & beforeHead) {
        origin &= ~beforeHead;
        if (origin == head.start) return false;
    }
    if (origin == 0) return false;
    auto block = blocks.upper_bound(origin);
    return block != blocks.begin() && head.loop.count(std::prev(block)->first);
}

bool Analysis::changesIn(const Block &head, Expression sum) {
    return std::any_of(
        sum->terms.begin(), sum->terms.end(), [&](const Term &term) { return changesIn(head, term.symbol); });
}

bool Analysis::changesIn(const Block &head, SymbolID symbol) {
    std::vector<Change> &known = knownChanges[head.start];
    if (symbol < known.size() && known[symbol] != unknownChange) return known[symbol] == changes;
    const Symbol made = all[symbol];
    bool isChanged = made.function == Function::none
        ? contains(head, made.origin)
        : (made.first && changesIn(head, made.first)) || (made.second && changesIn(head, made.second));
    if (symbol >= known.size()) known.resize(all.symbolCount());
    known[symbol] = isChanged ? changes : doesNotChange;
    return isChanged;
}

/// Bounds of symbols that nothing is made of any more: a block would have those of all symbols of the blocks before it.
void Analysis::forgetUnused(State &state) {
    ++useNumber;
    uses.resize(all.symbolCount());
    std::vector<SymbolID> work;
    auto use = [&](Expression sum) {
        if (!sum) return;
        for (const Term &term : sum->terms) {
            if (uses[term.symbol] == useNumber) continue;
            uses[term.symbol] = useNumber;
            work.push_back(term.symbol);
        }
    };
    for (const Held &held : state.registers) use(held.value);
    for (const Slot &slot : state.slots) use(slot.held.value);
    for (Expression fact : state.facts) use(fact);
    for (Expression guess : state.guesses) use(guess);
    use(state.flags.first);
    use(state.flags.second);
    while (!work.empty()) {
        const Symbol &symbol = all[work.back()];
        work.pop_back();
        use(symbol.first);
        use(symbol.second);
    }
    // What is made of values in use may be made again.
    std::function<bool(SymbolID)> isInUse = [&](SymbolID number) {
        const Symbol &symbol = all[number];
        if (uses[number] == useNumber) return true;
        if (symbol.function == Function::none) return symbol.origin == 0;
        auto areInUse = [&](Expression sum) {
            return !sum || std::all_of(sum->terms.begin(), sum->terms.end(), [&](const Term &term) {
                return isInUse(term.symbol);
            });
        };
        return areInUse(symbol.first) && areInUse(symbol.second);
    };
    state.ranges.erase(
        std::remove_if(
            state.ranges.begin(), state.ranges.end(), [&](const Range &range) { return !isInUse(range.symbol); }),
        state.ranges.end());
}

/// What was found out about a loop's blocks from a state before the loop that is no longer the one there is.
void Analysis::startLoopAgain(const Block &head) {
    for (uint32_t start : head.loop) {
        if (blocks[start].order < head.order) continue;
        states.erase(start);
        if (start != head.start) statesBefore.erase(start);
        auto &ways = edges[start];
        for (uint32_t from : head.loop)
            if (blocks[from].order >= head.order) ways.erase(from);
    }
}

State Analysis::merged(const Block &block) {
    // Not all ways from a loop's blocks: where it has two entries, one of them may come from such a block, too.
    auto isBack = [&](uint32_t from) { return blocks[from].order >= block.order; };
    std::vector<Way> outer;
    for (auto &[from, state] : edges[block.start])
        if (!state.isImpossible && !isBack(from)) outer.push_back({&state, false, {}});
    State before;
    if (block.start == function.start) {
        before = entryState();
    } else if (outer.empty()) {
        before.isImpossible = true;
        return before;
    } else {
        before = outer.size() == 1 ? *outer[0].state
                                   : join(block.isHead() ? beforeHead | block.start : block.start, nullptr, outer);
    }
    if (!block.isHead()) return before;
    auto [known, isNew] = statesBefore.insert({block.start, before});
    if (!isNew && !(known->second == before)) {
        known->second = before;
        if (loopStarts[block.start]++ < mostLoopStarts) startLoopAgain(block);
    }
    std::vector<Way> ways = {{&before, false, {}}};
    for (auto &[from, state] : edges[block.start])
        if (!state.isImpossible && isBack(from)) ways.push_back({&state, true, {}});
    State result = join(block.start, &block, ways);
    if (isSearching) collectCandidates(block, ways);
    else tryCandidates(block, ways, result);
    return result;
}

State Analysis::join(uint32_t origin, const Block *head, std::vector<Way> &ways) {
    State result;
    for (unsigned reg = 0; reg < registerCount; ++reg) {
        std::vector<Held> held;
        for (const Way &way : ways) held.push_back(way.state->registers[reg]);
        result.registers[reg] = joinPlace(origin, head, placeOf(reg), held, ways, result);
    }
    for (const Slot &slot : ways[0].state->slots) {
        std::vector<Held> held;
        for (const Way &way : ways) {
            const auto &slots = way.state->slots;
            auto place = std::lower_bound(
                slots.begin(), slots.end(), slot, [](const Slot &a, const Slot &b) { return a.key() < b.key(); });
            if (place == slots.end() || place->key() != slot.key() || place->byteCount != slot.byteCount) break;
            held.push_back(place->held);
        }
        if (held.size() < ways.size()) continue;
        Held merged = joinPlace(origin, head, {slot.area, slot.offset}, held, ways, result);
        if (merged.value) result.slots.push_back({slot.area, slot.offset, slot.byteCount, merged});
    }
    Flags flags = ways[0].state->flags;
    bool areSame = flags.kind != Flags::unknown && !head;
    for (const Way &way : ways) areSame &= way.state->flags == flags;
    if (areSame) result.flags = flags;
    joinRanges(head, ways, result);
    joinFacts(head, ways, result);
    return result;
}

Held Analysis::joinPlace(
    uint32_t origin, const Block *head, Place place, const std::vector<Held> &held, std::vector<Way> &ways,
    State &result) {
    uint8_t width = 64;
    std::vector<Expression> values;
    for (const Held &one : held) {
        if (!one.value) return {};
        width = std::min(width, one.width);
        values.push_back(one.value);
    }
    if (head) {
        Expression value = stepping(*head, place, values, ways);
        bool isBelowZero = value && loops[head->start].belowZero.count(place) != 0;
        if (value) return {value, isBelowZero ? std::min(width, uint8_t(32)) : width};
    }
    if (width > 32) keepLowHalves(ways, values, width);
    return {joinValues(origin, head, place, values, ways, result), width};
}

/// Of values that differ, and of which some may have more than 32 bits, the lower halves, where something is known of
/// those.
void Analysis::keepLowHalves(const std::vector<Way> &ways, std::vector<Expression> &values, uint8_t &width) {
    if (std::all_of(values.begin(), values.end(), [&](Expression value) { return value == values[0]; })) return;
    bool isWide = false, isKnown = false;
    std::vector<Expression> halves;
    for (size_t index = 0; index < values.size(); ++index) {
        for (const Term &term : values[index]->terms)
            if (all[term.symbol].meaning != Meaning::number) return;
        const State &state = *ways[index].state;
        bool fits = state.lower(all, values[index], 1) >= 0 && state.upper(all, values[index], 1) <= word32;
        uint8_t zeros = uint8_t(std::min(all.zeros(values[index]), 32u));
        Expression half =
            fits ? values[index] : all.value(all.symbol(Function::low, values[index], nullptr, 32, 0, word32, zeros));
        isWide |= !fits;
        isKnown |= state.upper(all, half, 1) < word32;
        halves.push_back(half);
    }
    if (!isWide || !isKnown) return;
    values = halves;
    width = 32;
}

Expression Analysis::joinValues(
    uint32_t origin, const Block *head, Place place, const std::vector<Expression> &values, std::vector<Way> &ways,
    State &result) {
    bool areSame = std::all_of(values.begin(), values.end(), [&](Expression value) { return value == values[0]; });
    if (areSame && !(head && changesIn(*head, values[0]))) return values[0];
    uint32_t number = placeNumbers.insert({place, uint32_t(placeNumbers.size() + 1)}).first->second;
    // Values that are the same on every way, or merge in the same manner as others did, share a symbol.
    auto symbolFor = [&](const std::vector<Expression> &parts, const Symbol &like, uint32_t detail) {
        for (auto &[symbol, first] : ways[0].incoming) {
            bool isSame = all[symbol].meaning == like.meaning && all[symbol].index == like.index;
            for (size_t index = 0; index < ways.size() && isSame; ++index)
                isSame = ways[index].incoming[symbol] == parts[index];
            if (isSame) return symbol;
        }
        SymbolID symbol = all.symbol(origin, number << 8 | detail, like);
        for (size_t index = 0; index < ways.size(); ++index) ways[index].incoming[symbol] = parts[index];
        return symbol;
    };
    Expression common = all.constant(0);
    for (const Term &term : values[0]->terms) {
        Expression one = all.combine(all.constant(0), term.factor, all.value(term.symbol));
        bool isCommon = !(head && changesIn(*head, one));
        for (Expression value : values) isCommon &= value->factor(term.symbol) == term.factor;
        if (isCommon) common = all.combine(common, 1, one);
    }
    std::vector<Expression> rests, pointers;
    for (Expression value : values) {
        rests.push_back(all.subtract(value, common));
        for (const Term &term : rests.back()->terms) {
            const Symbol &symbol = all[term.symbol];
            if (term.factor == 1 && isPointerLike(symbol.meaning)) pointers.push_back(all.value(term.symbol));
        }
    }
    auto meaningOf = [&](Expression pointer) -> const Symbol & { return all[pointer->terms[0].symbol]; };
    bool arePointers =
        pointers.size() == values.size() && std::all_of(pointers.begin(), pointers.end(), [&](Expression pointer) {
            return meaningOf(pointer).meaning == meaningOf(pointers[0]).meaning
                && meaningOf(pointer).index == meaningOf(pointers[0]).index;
        });
    if (arePointers) {
        Symbol first = meaningOf(pointers[0]), like = {first.meaning, first.index, first.low, first.high};
        SymbolID symbol = symbolFor(pointers, like, 0x80);
        // Those of records may be null.
        auto isNoNull = [&](size_t way) { return ways[way].state->lower(all, pointers[way], 1) > 0; };
        bool areNoNull = true;
        for (size_t index = 0; index < ways.size(); ++index) areNoNull &= isNoNull(index);
        if (areNoNull) result.refine(all, symbol, 1, like.high);
        common = all.combine(common, 1, all.value(symbol));
        for (size_t index = 0; index < rests.size(); ++index)
            rests[index] = all.subtract(rests[index], pointers[index]);
    }
    if (!common) return nullptr;
    areSame = std::all_of(rests.begin(), rests.end(), [&](Expression rest) { return rest == rests[0]; });
    if (areSame && !(head && changesIn(*head, rests[0]))) return all.combine(common, 1, rests[0]);
    unsigned zeros = 63;
    for (Expression rest : rests) zeros = std::min(zeros, all.zeros(rest));
    bool areWords = common->isConstant() && common->constant == 0
        && std::all_of(rests.begin(), rests.end(), [&](Expression rest) { return mayBeReference(rest); });
    Symbol like = {Meaning::number, areWords ? wholeWord : anyNumber, lowest, highest, uint8_t(zeros)};
    size_t known = ways[0].incoming.size();
    SymbolID symbol = symbolFor(rests, like, zeros);
    if (ways[0].incoming.size() == known) return all.combine(common, 1, all.value(symbol));
    Wide low = highest, high = lowest;
    for (size_t index = 0; index < ways.size(); ++index) {
        low = std::min(low, ways[index].state->lower(all, rests[index], 2));
        high = std::max(high, ways[index].state->upper(all, rests[index], 2));
    }
    if (head) {
        auto [place, isNew] = widenings.insert({symbol, {low, high, 0}});
        Widening &widening = place->second;
        if (!isNew && (low < widening.low || high > widening.high)) {
            bool isPatient = ++widening.count <= patience;
            auto lowered = std::find_if(std::begin(lows), std::end(lows), [&](Wide bound) { return bound <= low; });
            auto raised = std::find_if(std::begin(highs), std::end(highs), [&](Wide bound) { return bound >= high; });
            if (low < widening.low) widening.low = isPatient ? low : lowered == std::end(lows) ? lowest - 1 : *lowered;
            if (high > widening.high)
                widening.high = isPatient ? high : raised == std::end(highs) ? highest + 1 : *raised;
        }
        low = widening.low;
        high = widening.high;
    }
    if (low < lowest || high > highest) {
        // Some number of 64 bits, but not the values' exact one.
        for (Way &way : ways) way.incoming[symbol] = nullptr;
    } else {
        result.refine(all, symbol, low, high);
    }
    return all.combine(common, 1, all.value(symbol));
}

void Analysis::joinRanges(const Block *head, std::vector<Way> &ways, State &result) {
    for (const Range &range : ways[0].state->ranges) {
        if (head && changesIn(*head, range.symbol)) continue;
        if (ways[0].incoming.count(range.symbol)) continue;
        Wide low = range.low, high = range.high;
        for (const Way &way : ways) {
            auto [otherLow, otherHigh] = way.state->range(all, range.symbol);
            low = std::min(low, otherLow);
            high = std::max(high, otherHigh);
        }
        // The loop does not change it: what held before still does.
        if (head) std::tie(low, high) = std::pair(range.low, range.high);
        result.refine(all, range.symbol, low, high);
    }
}

void Analysis::joinFacts(const Block *head, std::vector<Way> &ways, State &result) {
    if (head) {
        for (Expression fact : ways[0].state->facts)
            if (!changesIn(*head, fact)) result.learn(all, fact);
    } else {
        std::set<SymbolID> live;
        for (const Held &held : result.registers)
            if (held.value)
                for (const Term &term : held.value->terms) live.insert(term.symbol);
        for (const Slot &slot : result.slots)
            for (const Term &term : slot.held.value->terms) live.insert(term.symbol);
        for (Way &way : ways) {
            for (Expression fact : way.state->facts) {
                Expression sum = translated(fact, way);
                // What nothing holds any more, nobody asks for.
                bool isOfUse = sum && std::any_of(sum->terms.begin(), sum->terms.end(), [&](const Term &term) {
                                   return live.count(term.symbol) && all[term.symbol].meaning == Meaning::number;
                               });
                if (isOfUse && std::all_of(ways.begin(), ways.end(), [&](Way &other) {
                        return holds(sum, other, UINT32_MAX, 2);
                    }))
                    result.learn(all, sum);
            }
        }
    }
    if (!isSearching) return;
    for (Way &way : ways)
        for (Expression guess : way.state->guesses)
            if (Expression sum = translated(guess, way); sum && !(head && changesIn(*head, sum))) result.guess(sum);
}

}
