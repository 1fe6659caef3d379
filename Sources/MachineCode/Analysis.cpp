// Runs a function's blocks until their states no longer change: once to see which inequalities its loops may keep true,
// once to prove what is left of them.

#include "Analysis.h"

#include <cstring>

namespace machine {

namespace {

/// Of runs of a block, on average.
constexpr size_t mostRuns = 200;
constexpr unsigned mostRounds = 8;
constexpr uint32_t argumentDetail = 0x2000;

}

Analysis::Analysis(
    const Image &image, const CodeFunction &function, Convention convention, Decoder &decoder,
    std::function<bool(uint32_t)> returns, std::function<void(uint32_t, Convention)> calls)
    : image(image), machine(image.architecture()), function(function), convention(convention), decoder(decoder),
      returns(std::move(returns)), calls(std::move(calls)),
      frame(all.symbol(0, 1, {Meaning::stack, 0, power(16), power(47)})),
      imageSymbol(all.symbol(0, 2, {Meaning::image, 0, power(16), power(47)})) {}

State Analysis::entryState() {
    State state;
    bool isTail = machine::isTail(convention);
    for (Register reg : isTail ? machine.preservedForTailCalls : machine.preserved)
        state.registers[reg] = {entryValue(reg), 64};
    state.registers[machine.stackPointer] = {all.value(frame), 64};
    for (Register reg : isTail ? machine.tailArguments : machine.arguments)
        state.registers[reg] = {word(0, argumentDetail + reg), 64};
    Register context = machine.context(isTail), area = machine.resultArea(isTail);
    auto set = [&](Register reg, Meaning meaning) {
        state.registers[reg] = {all.value(all.symbol(0, 3, {meaning, 0, power(16), power(47)})), 64};
    };
    switch (convention) {
    case Convention::guest:
    case Convention::tail: set(context, Meaning::instance); break;
    case Convention::guestWithResults:
    case Convention::tailWithResults:
        set(context, Meaning::instance);
        set(area, Meaning::results);
        break;
    case Convention::entry:
        set(context, Meaning::record);
        set(area, Meaning::values);
        break;
    case Convention::host: set(context, Meaning::binding); break;
    case Convention::hostWithResults:
        set(context, Meaning::binding);
        set(area, Meaning::results);
        break;
    case Convention::loop:
        set(context, Meaning::instance);
        set(area, Meaning::values);
        break;
    }
    if (image.preservesRegisters(function.start))
        for (Register reg : machine.preservedForPolls) state.registers[reg] = {entryValue(reg), 64};
    return state;
}

void Analysis::start(bool search) {
    isSearching = search;
    reachesReturn = false;
    states.clear();
    edges.clear();
    statesBefore.clear();
    loopStarts.clear();
    widenings.clear();
    iterate();
}

void Analysis::run() {
    for (unsigned round = 0; round < mostRounds; ++round) {
        hasNewTargets = false;
        loops.clear();
        findBlocks();
        if (obstacle) return;
        orderBlocks();
        findLoops();
        knownChanges.clear();
        bool hasLoops =
            std::any_of(blocks.begin(), blocks.end(), [](const auto &entry) { return entry.second.isHead(); });
        if (hasLoops) start(true);
        if (!hasNewTargets && !obstacle) start(false);
        if (!hasNewTargets && !obstacle && hasLoops && hasUnclearAccess()) searchAgain();
        if (!hasNewTargets || obstacle) return;
    }
    obstacle = "its jumps lead to more and more places";
}

bool Analysis::hasUnclearAccess() {
    bool isUnclear = false;
    report([&](const Instruction &, Finding finding) { isUnclear |= finding.form == WASMC_NOT_UNDERSTOOD; });
    return isUnclear;
}

/// Looks for inequalities in the other way, too, and proves what is left of both.
void Analysis::searchAgain() {
    for (auto &[head, loop] : loops) loop.rejected.clear();
    keepsHalves = true;
    start(true);
    keepsHalves = false;
    if (!hasNewTargets && !obstacle) start(false);
}

void Analysis::iterate() {
    std::set<unsigned> work = {0};
    for (size_t runs = 0; !work.empty(); ++runs) {
        if (runs > mostRuns * order.size() + mostRuns) {
            obstacle = "nothing final was found out about its loops";
            return;
        }
        const Block &block = blocks[order[*work.begin()]];
        work.erase(work.begin());
        State state = merged(block);
        auto [place, isNew] = states.insert({block.start, state});
        if (!isNew) {
            if (place->second == state) continue;
            place->second = state;
        }
        runBlock(block, std::move(state), &work);
        if (hasNewTargets) return;
    }
}

void Analysis::flow(uint32_t from, uint32_t to, State state, std::set<unsigned> *work) {
    if (!work) return;
    auto [place, isNew] = edges[to].insert({from, state});
    if (!isNew) {
        // Once more ways are known to a loop's head, one of them may turn out to be impossible, which can go on in
        // circles: it stays a way.
        if (place->second == state || state.isImpossible) return;
        place->second = std::move(state);
    }
    work->insert(blocks[to].order);
}

std::set<uint32_t> Analysis::targets(Expression place) const {
    std::set<uint32_t> result;
    bool isFixed = place->terms.size() == 1 && place->factor(imageSymbol) == 1 && place->constant >= 0;
    if (isFixed && place->constant <= int64_t(word32)) return {uint32_t(place->constant)};
    if (place->terms.size() != 2 || place->factor(imageSymbol) != 1) return result;
    for (const Term &term : place->terms) {
        auto entries = tableEntries.find(term.symbol);
        if (entries == tableEntries.end()) continue;
        auto [first, last, stride, width, isSigned] = entries->second;
        for (int64_t entry = first; entry <= last; entry += stride) {
            uint64_t bits = 0;
            memcpy(&bits, image.at(uint32_t(entry)), width / 8);
            int64_t distance = isSigned ? int64_t(bits << (64 - width)) >> (64 - width) : int64_t(bits);
            // No entry of a constant table: its type is none that a call asks for.
            if (distance == 0 && width == 32 && isSigned) continue;
            result.insert(uint32_t(place->constant + term.factor * distance));
        }
    }
    return result;
}

/// Runs a block, and hands on what holds behind it; to nobody without a list of blocks to look at.
void Analysis::runBlock(const Block &block, State state, std::set<unsigned> *work) {
    bool isCallReached = false;
    for (const Instruction &code : block.code) {
        isCallReached = !state.isImpossible;
        if (reporter) {
            if (state.isImpossible) {
                bool isAccess = (code.hasMemory && (code.loads || code.stores)) || code.operation == Operation::call
                    || code.operation == Operation::ret || code.loads || code.stores;
                if (isAccess) say(code, {WASMC_NEVER_REACHED, nullptr});
                continue;
            }
            examineAccess(code, state);
            examineTransfer(code, state);
        }
        if (state.isImpossible) break;
        execute(code, state);
    }
    const Instruction &last = block.code.back();
    if (last.operation == Operation::ret && !state.isImpossible) reachesReturn = true;
    bool isJump = last.operation == Operation::jump || last.operation == Operation::jumpIf;
    bool isDirect = last.first.kind == Operand::immediate;
    if (isJump && isDirect && !isInside(last.target()) && !state.isImpossible && returns(last.target()))
        reachesReturn = true;
    if (last.operation == Operation::jump && !isDirect && !state.isImpossible) {
        std::set<uint32_t> places = targets(value(state, last, last.first, 64));
        if (places.empty()) reachesReturn = true;
        std::set<uint32_t> &known = indirectTargets[last.address];
        for (uint32_t place : places)
            if (isInside(place)) hasNewTargets |= known.insert(place).second;
        if (hasNewTargets) return;
    }
    if (work) forgetUnused(state);
    for (uint32_t next : block.successors) {
        State after = state;
        // A function that does not return may throw.
        if (isCallReached && next == landingPad(last)) after.isImpossible = false;
        if (last.operation == Operation::jumpIf && block.successors.size() == 2 && !after.isImpossible)
            assume(after, next == last.target() ? last.condition : Condition(last.condition ^ 1), state.flags);
        flow(block.start, next, std::move(after), work);
    }
}

void Analysis::report(const std::function<void(const Instruction &, Finding)> &report) {
    reporter = report;
    if (obstacle) {
        Instruction first;
        first.address = function.start;
        first.text = "(the whole function)";
        return report(first, {WASMC_NOT_UNDERSTOOD, obstacle});
    }
    for (auto &[start, block] : blocks) {
        auto place = states.find(start);
        State state;
        if (place != states.end()) state = place->second;
        else state.isImpossible = true;
        runBlock(block, std::move(state), nullptr);
    }
    reporter = nullptr;
}

}
