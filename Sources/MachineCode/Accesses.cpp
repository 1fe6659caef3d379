// Why an access stays inside of what the code may touch, and where calls and jumps lead.

#include "Analysis.h"

namespace machine {

namespace {

constexpr Wide bytesBefore = WASMC_GUARD_BEFORE_BYTES, bytesBehind = WASMC_RESERVED_BYTES;
/// The fields of a struct reach no further.
constexpr Wide largestStruct = power(20);
constexpr Finding knownCode = {WASMC_TO_KNOWN_CODE, nullptr};

Finding unclear(const char *reason) { return {WASMC_NOT_UNDERSTOOD, reason}; }

}

Finding Analysis::examine(State &state, Expression address, uint32_t byteCount, bool stores) {
    if (!address) return unclear("nothing is known of the address");
    if (byteCount == 0) return unclear("it is not known how many bytes it reaches");
    return examineRange(state, address, all.constant(byteCount), stores);
}

Finding Analysis::examineRange(State &state, Expression address, Expression byteCount, bool stores) {
    const Term *term = pointer(address);
    if (!term) return unclear("the address is not counted from one known pointer");
    SymbolID symbol = term->symbol;
    Symbol from = all[symbol];
    Expression rest = all.subtract(address, all.value(symbol));
    Expression end = all.combine(rest, 1, byteCount);
    if (!end) return unclear("the end of the range is not known");
    switch (from.meaning) {
    case Meaning::memoryBase: return examineMemory(state, from.index, rest, end);
    case Meaning::heap: return examineHeap(state, rest, end);
    case Meaning::stack:
        if (!rest->isConstant() || !byteCount->isConstant()) return unclear("the offset in the frame is not known");
        return examineStack(state, from, symbol, rest, uint32_t(byteCount->constant), stores);
    case Meaning::tableElements:
        if (state.lower(all, rest) < 0) return unclear("the table's index may be negative");
        if (SymbolID count = all.size(Meaning::tableCount, from.index);
            state.isAtMostZero(all, all.combine(end, -int64_t(sizeof(wasmc_ref)), all.value(count))))
            return {WASMC_COMPARED_WITH_TABLE, nullptr};
        return unclear("the index was not compared with the number of the table's elements");
    case Meaning::image:
        if (stores) return unclear("it stores into the artifact");
        if (state.lower(all, rest) >= image.constantsStart() && state.upper(all, end) <= image.constantsEnd())
            return {WASMC_IN_CONSTANTS, nullptr};
        return unclear("the index into the constants has no bound that keeps it inside");
    case Meaning::builtins:
    case Meaning::descriptors:
    case Meaning::functions:
    case Meaning::typeIDs:
    case Meaning::dataSegments:
    case Meaning::memoryStructure:
    case Meaning::tableStructure:
    case Meaning::binding:
        if (stores) return unclear("it stores into a structure that only the runtime may change");
        break;
    case Meaning::record:
    case Meaning::number:
        if (stores) return unclear("it stores through a reference to a function");
        if (state.lower(all, all.value(symbol)) <= 0) return unclear("the reference was not compared with null");
        if (state.lower(all, rest) >= 0 && state.upper(all, end) <= Wide(sizeof(wasmc_function)))
            return {WASMC_IN_RECORD, nullptr};
        return unclear("the offset may lie outside of the function's record");
    case Meaning::instance:
    case Meaning::store:
    case Meaning::tiers:
    case Meaning::tailArguments:
    case Meaning::exceptionValues:
        if (stores && !image.mayStore(from, state.lower(all, rest), state.upper(all, end)))
            return unclear("it stores into the instance, but not into a global, the points, counts or an exception");
        break;
    case Meaning::globalCell:
    case Meaning::values:
    case Meaning::results: break;
    case Meaning::memorySize:
    case Meaning::tableCount:
    case Meaning::code:
    case Meaning::tailDistance:
    case Meaning::trapFunction:
    case Meaning::throwFunction: return unclear("the address is code");
    }
    std::optional<Wide> size = image.byteCount(from);
    if (size && state.lower(all, rest) >= 0 && state.upper(all, end) <= *size)
        return {from.meaning == Meaning::results ? WASMC_ON_STACK : WASMC_IN_RUNTIME_STRUCTURE, nullptr};
    return unclear("the offset may lie outside of the runtime's structure");
}

Expression Analysis::asCompared(const State &state, Expression sum) {
    auto counted = [&](SymbolID symbol) -> Expression {
        const Symbol bits = all[symbol];
        if (bits.function != Function::low || bits.detail != 64) return nullptr;
        Expression difference = all.subtract(sum, bits.first);
        bool isSame = difference && difference->isConstant();
        return isSame ? all.add(all.value(symbol), difference->constant) : nullptr;
    };
    for (Expression fact : state.facts)
        for (const Term &term : fact->terms)
            if (Expression result = counted(term.symbol)) return result;
    for (const Range &range : state.ranges)
        if (Expression result = counted(range.symbol)) return result;
    return nullptr;
}

/// Bytes of a linear memory, from an offset to an end.
Finding Analysis::examineMemory(State &state, uint32_t memory, Expression rest, Expression end) {
    if (!state.isWithin(all, rest, -power(63), word64))
        if (Expression counted = asCompared(state, rest)) {
            end = all.combine(end, 1, all.subtract(counted, rest));
            rest = counted;
            if (!end) return unclear("the end of the range is not known");
        }
    Wide low = state.lower(all, rest);
    if (low >= 0) {
        if (state.upper(all, end) <= image.minimumByteCount(memory)) return {WASMC_COMPARED_WITH_MEMORY, nullptr};
        SymbolID size = all.size(Meaning::memorySize, memory);
        if (state.isAtMostZero(all, all.subtract(end, all.value(size)))) return {WASMC_COMPARED_WITH_MEMORY, nullptr};
    }
    const char *notCompared = "it was not compared with the memory's size";
    if (image.isGuarded() && !image.isReserved(memory)) return unclear(notCompared);
    if (low < -bytesBefore) return unclear("the offset in the memory may lie before the reservation");
    if (state.upper(all, end) > bytesBehind) return unclear("the offset in the memory may lie behind the reservation");
    return {WASMC_WITHIN_RESERVATION, image.isGuarded() ? nullptr : notCompared};
}

/// Bytes of an object, from an offset in the heap to an end. What a reference refers to is not known here: the heap's
/// reservation holds whatever 32 bits, an index and a field's offset lead to.
Finding Analysis::examineHeap(State &state, Expression rest, Expression end) {
    bool isInside = state.lower(all, rest) >= -Wide(WASMC_HEAP_BEFORE_BYTES)
        && state.upper(all, end) <= Wide(WASMC_HEAP_RESERVED_BYTES);
    if (isInside && state.upper(all, end) <= power(32) + largestStruct) return {WASMC_IN_HEAP, nullptr};
    if (isInArray(state, rest, end)) return {WASMC_COMPARED_WITH_ARRAY, nullptr};
    if (!isInside) return unclear("the offset in the heap may lie outside of its reservation");
    return {WASMC_IN_HEAP, image.isGuarded() ? nullptr : "it was not compared with the array's length"};
}

/// Whether the end lies before that of an array whose length was loaded. Elements have as many bytes as the index is
/// multiplied by, or as the access.
bool Analysis::isInArray(State &state, Expression rest, Expression end) {
    Expression byteCount = all.subtract(end, rest);
    if (!byteCount || !byteCount->isConstant()) return false;
    for (auto [length, array] : arrayLengths) {
        Expression first = all.add(array, WASMC_ARRAY_LENGTH_OFFSET + int64_t(sizeof(uint32_t)));
        Expression index = all.subtract(rest, first);
        if (!index || state.lower(all, index) < 0) continue;
        int64_t size = byteCount->constant;
        for (const Term &term : index->terms) size = std::min(size, std::abs(term.factor));
        if (state.isAtMostZero(all, all.combine(all.subtract(end, first), -size, all.value(length)))) return true;
    }
    return false;
}

Finding Analysis::examineStack(
    State &state, const Symbol &area, SymbolID symbol, Expression rest, uint32_t byteCount, bool stores) {
    int64_t offset = rest->constant, end = offset + byteCount;
    Expression top = state.registers[machine.stackPointer].value;
    if (!top || top->terms.size() != 1 || !top->onlyTerm()) return unclear("the stack pointer is not known");
    SymbolID current = top->terms[0].symbol;
    int64_t least = top->constant - machine.redZone;
    if (current != symbol) {
        auto aligned = alignedBelow.find(current);
        if (area.index != 0 || aligned == alignedBelow.end()) return unclear("it is another frame's");
        least = aligned->second;
    }
    // Arguments stay as they are: the caller may read them again.
    bool isArgument = area.index == 0 && offset >= machine.firstArgument
        && end <= machine.firstArgument + int64_t(image.valuesByteCount()) && !stores;
    bool isReturnAddress = machine.link == none && area.index == 0 && offset == 0 && byteCount == 8 && !stores;
    if ((offset >= least && end <= 0) || isArgument || isReturnAddress) return {WASMC_ON_STACK, nullptr};
    return unclear("it lies outside of the frame");
}

void Analysis::examineAccess(const Instruction &code, State &state) {
    bool isStackOperation = code.operation == Operation::push || code.operation == Operation::pop
        || code.operation == Operation::call || code.operation == Operation::ret;
    if (isStackOperation) {
        Expression top = registerValue(state, code, machine.stackPointer, 64);
        bool isDown = code.operation == Operation::push || code.operation == Operation::call;
        if (code.operation == Operation::push || code.operation == Operation::pop) {
            State after = state;
            if (isDown) after.registers[machine.stackPointer] = {all.add(top, -8), 64};
            say(code, examine(after, isDown ? all.add(top, -8) : top, 8, isDown));
        }
    }
    if (code.operation == Operation::noOperation || code.operation == Operation::loadAddress) return;
    if (code.hasMemory) {
        if (code.operation == Operation::jump || code.operation == Operation::call || code.loads || code.stores) {
            bool stores = code.stores && code.operation != Operation::call && code.operation != Operation::push;
            say(code, examine(state, address(state, code), code.memory.byteCount, stores));
        }
        return;
    }
    bool isControl =
        code.operation == Operation::jump || code.operation == Operation::jumpIf || code.operation == Operation::trap;
    if ((code.loads || code.stores) && !isStackOperation && !isControl)
        say(code, unclear("the instruction's operands are not known"));
}

// MARK: Calls and jumps

/// Whether a callee gets its instance, or what a record names, and how.
std::optional<Convention> Analysis::arguments(const State &state, bool isDirect, bool isTailCode) const {
    auto isContext = [&](Register reg) {
        Expression value = state.registers[reg].value;
        if (!value || !value->onlyTerm() || value->constant != 0) return false;
        Meaning meaning = all[value->terms[0].symbol].meaning;
        return meaning == Meaning::instance || (!isDirect && meaning == Meaning::binding);
    };
    if (!isContext(machine.context(isTailCode))) return std::nullopt;
    Expression room = state.registers[machine.resultArea(isTailCode)].value;
    const Term *area = room ? pointer(room) : nullptr;
    Meaning meaning = area ? all[area->symbol].meaning : Meaning::number;
    bool isRoom = meaning == Meaning::stack || meaning == Meaning::results || meaning == Meaning::values;
    if (isTailCode) return isRoom ? Convention::tailWithResults : Convention::tail;
    return isRoom ? Convention::guestWithResults : Convention::guest;
}

/// Whether that is what a record names for tail calls.
bool Analysis::isTailCode(Expression callee) const {
    if (callee->constant != 0 || callee->terms.size() != 2) return false;
    const Term &first = callee->terms[0], &second = callee->terms[1];
    if (first.factor != 1 || second.factor != 1) return false;
    auto is = [&](const Term &code, const Term &distance) {
        return all[code.symbol].meaning == Meaning::code && all[distance.symbol].meaning == Meaning::tailDistance;
    };
    return is(first, second) || is(second, first);
}

bool Analysis::isRestored(State &state) const {
    auto holds = [&](Register reg, SymbolID symbol) {
        const Held &held = state.registers[reg];
        return held.value && held.width == 64 && held.value->constant == 0 && held.value->onlyTerm()
            && held.value->terms[0].symbol == symbol;
    };
    if (!holds(machine.stackPointer, frame)) return false;
    auto isAsBefore = [&](Register reg) {
        const Held &held = state.registers[reg];
        return held.value && held.value == const_cast<Analysis *>(this)->entryValue(reg);
    };
    const auto &preserved = isTail(convention) ? machine.preservedForTailCalls : machine.preserved;
    if (!std::all_of(preserved.begin(), preserved.end(), isAsBefore)) return false;
    if (!image.preservesRegisters(function.start)) return true;
    const Held &argument = state.registers[machine.context(false)];
    bool isInstance = argument.value && argument.value->onlyTerm() && argument.value->constant == 0
        && all[argument.value->terms[0].symbol].meaning == Meaning::instance;
    return isInstance && std::all_of(machine.preservedForPolls.begin(), machine.preservedForPolls.end(), isAsBefore);
}

/// Of a function of the artifact.
Finding Analysis::examineCall(State &state, uint32_t target) {
    if (!image.functions.count(target)) return unclear("no function starts there");
    std::optional<Convention> found = arguments(state, true, image.isTailCode(target));
    if (!found) return unclear("it does not hand on the instance");
    calls(target, *found);
    return knownCode;
}

void Analysis::examineTransfer(const Instruction &code, State &state) {
    if (code.operation == Operation::ret) {
        if (!isRestored(state)) return say(code, unclear("it does not restore what its caller needs"));
        bool isBack = machine.link == none || value(state, code, code.first, 64) == entryValue(machine.link);
        return say(code, isBack ? knownCode : unclear("it does not return to its caller"));
    }
    bool isCall = code.operation == Operation::call;
    if (!isCall && code.operation != Operation::jump && code.operation != Operation::jumpIf) return;
    if (code.first.kind == Operand::immediate) {
        if (!isCall && isInside(code.target())) return;
        if (!isCall && !isRestored(state))
            return say(code, unclear("it leaves without restoring what its caller needs"));
        if (const char *external = image.external(code.target())) return examineExternalCall(code, state, external);
        return say(code, examineCall(state, code.target()));
    }
    Expression callee = value(state, code, code.first, 64);
    const Term *only = callee->constant == 0 ? callee->onlyTerm() : nullptr;
    Meaning meaning = only ? all[only->symbol].meaning : Meaning::number;
    if (meaning == Meaning::throwFunction) {
        Expression store = isCall ? state.registers[machine.context(false)].value : nullptr;
        bool isStore =
            store && store->onlyTerm() && store->constant == 0 && all[store->terms[0].symbol].meaning == Meaning::store;
        return say(code, isStore ? knownCode : unclear("it does not hand on the store"));
    }
    bool isForTailCalls = isTailCode(callee);
    bool isCode = meaning == Meaning::code || meaning == Meaning::trapFunction || isForTailCalls;
    if (isCode) {
        if (!isCall && !isRestored(state))
            return say(code, unclear("it leaves without restoring what its caller needs"));
        bool areKnown = arguments(state, false, isForTailCalls).has_value();
        return say(code, areKnown ? knownCode : unclear("it does not hand on the instance"));
    }
    std::set<uint32_t> places = targets(callee);
    if (places.empty()) return say(code, unclear("it is not known where that leads"));
    bool areInside =
        !isCall && std::all_of(places.begin(), places.end(), [&](uint32_t place) { return blocks.count(place) != 0; });
    if (areInside) return say(code, knownCode);
    if (!isCall && !isRestored(state)) return say(code, unclear("it leaves without restoring what its caller needs"));
    for (uint32_t place : places) {
        Finding finding = examineCall(state, place);
        if (finding.form == WASMC_NOT_UNDERSTOOD) return say(code, finding);
    }
    say(code, knownCode);
}

/// Functions of the C library: those that touch memory touch what they are given.
void Analysis::examineExternalCall(const Instruction &code, State &state, const std::string &name) {
    say(code, knownCode);
    if (name.compare(0, 3, "mem") != 0) return;
    auto argument = [&](size_t index) { return registerValue(state, code, machine.arguments[index], 64); };
    Expression byteCount = argument(2);
    if (state.lower(all, byteCount) < 0) return say(code, unclear("it is not known how many bytes it reaches"));
    say(code, examineRange(state, argument(0), byteCount, name != "memcmp"));
    if (name != "memset") say(code, examineRange(state, argument(1), byteCount, false));
}

}
