// What instructions do with registers, the frame and flags.

#include "Analysis.h"

namespace machine {

namespace {

enum Detail : uint32_t {
    resultDetail = 0x40,
    selectDetail,
    tableEntryDetail,
    tailDistanceDetail,
    alignedDetail,
    otherDetail
};

}

void Analysis::execute(const Instruction &code, State &state) {
    unsigned width = code.width;
    switch (code.operation) {
    case Operation::noOperation: return;
    case Operation::move: return write(state, code, code.destination, value(state, code, code.first, width), width);
    case Operation::loadAddress: return write(state, code, code.destination, address(state, code), width);
    case Operation::zeroExtend:
    case Operation::signExtend: return extend(code, state);
    case Operation::add:
    case Operation::subtract:
    case Operation::bitAnd:
    case Operation::bitOr:
    case Operation::bitXor:
    case Operation::compare:
    case Operation::test:
    case Operation::increment:
    case Operation::decrement:
    case Operation::negate:
    case Operation::invert:
    case Operation::multiply: return arithmetic(code, state);
    case Operation::shiftLeft:
    case Operation::shiftRight:
    case Operation::shiftRightSigned: return shift(code, state);
    case Operation::conditionalMove:
    case Operation::setCondition: return select(code, state);
    case Operation::push:
    case Operation::pop: return adjustStack(code, state);
    case Operation::call: return call(code, state);
    case Operation::jump:
    case Operation::jumpIf:
    case Operation::ret: return;
    case Operation::trap: state.isImpossible = true; return;
    case Operation::exchange:
    case Operation::other: return unknownResults(code, state);
    }
}

/// The difference of two registers of which more than the operation reads is known, if that is a constant.
Expression Analysis::wholeDifference(const State &state, const Instruction &code) {
    auto whole = [&](const Operand &operand) -> Expression {
        bool isKnown = operand.kind == Operand::aRegister && operand.reg != none && operand.reg != programCounter;
        if (!isKnown || code.hasHighByte || state.registers[operand.reg].width != 64) return nullptr;
        return state.registers[operand.reg].value;
    };
    Expression first = whole(code.first), second = whole(code.second);
    Expression difference = first && second ? all.subtract(first, second) : nullptr;
    return difference && difference->isConstant() ? difference : nullptr;
}

void Analysis::arithmetic(const Instruction &code, State &state) {
    unsigned width = code.width;
    auto a = value(state, code, code.first, width);
    bool isUnary = code.operation >= Operation::increment && code.operation <= Operation::invert;
    auto b = isUnary ? all.constant(1) : value(state, code, code.second, width);
    auto addend = code.second.kind == Operand::immediate && !isUnary ? signedConstant(code.second) : b;
    Expression result = nullptr;
    Wide most = power(width) - 1;
    switch (code.operation) {
    case Operation::compare: return setComparison(state, a, b, width);
    case Operation::add:
    case Operation::increment: result = all.combine(a, 1, addend); break;
    case Operation::subtract:
    case Operation::decrement:
        result = all.subtract(a, addend);
        // Of two addresses in the artifact the lower halves have their difference, too.
        if (Expression distance = isUnary ? nullptr : wholeDifference(state, code)) result = distance;
        break;
    case Operation::negate: result = all.combine(all.constant(0), -1, a); break;
    case Operation::invert: result = all.combine(all.constant(-1), -1, a); break;
    case Operation::multiply:
        if (code.second.kind == Operand::immediate) b = addend;
        else if (a->isConstant()) std::swap(a, b);
        if (b->isConstant()) result = all.combine(all.constant(0), b->constant, a);
        break;
    case Operation::bitXor:
        if (a == b) result = all.constant(0);
        break;
    case Operation::bitOr:
        if (a == b) result = a;
        else if (state.isWithin(all, b, 0, power(all.zeros(a)) - 1)) result = all.combine(a, 1, b);
        else if (state.isWithin(all, a, 0, power(all.zeros(b)) - 1)) result = all.combine(a, 1, b);
        break;
    case Operation::bitAnd:
    case Operation::test: {
        if (a->isConstant()) std::swap(a, b);
        if (a == b) {
            result = a;
            break;
        }
        if (a->isConstant()) {
            result = all.constant(a->constant & b->constant);
            break;
        }
        Wide mask = b->isConstant() ? Wide(uint64_t(b->constant)) & most : most;
        bool isWhole = b->isConstant() && (mask & (mask + 1)) == 0;
        if (isWhole && state.isWithin(all, a, 0, mask)) {
            result = a;
            break;
        }
        // A frame whose start is aligned.
        if (code.destination.reg == machine.stackPointer && code.operation == Operation::bitAnd) {
            Symbol aligned = {Meaning::stack, 1, power(16), power(47)};
            SymbolID area = all.symbol(code.address, alignedDetail, aligned);
            alignedBelow[area] = a->factor(frame) == 1 && a->terms.size() == 1 ? a->constant : 0;
            writeRegister(state, machine.stackPointer, all.value(area), 64);
            state.flags = {};
            return;
        }
        uint8_t zeros = uint8_t(std::max(all.zeros(a), all.zeros(b)));
        result = all.value(all.symbol(Function::bitAnd, a, b, width, 0, mask, zeros));
        if (isExact(state, a, false, width)) {
            state.learn(all, all.subtract(result, a));
            // A mask that clears the lowest bits.
            Wide cleared = most - mask;
            if (b->isConstant() && (cleared & (cleared + 1)) == 0)
                state.learn(all, all.subtract(a, result, -int64_t(cleared)));
        }
        if (!b->isConstant() && isExact(state, b, false, width)) state.learn(all, all.subtract(result, b));
        break;
    }
    default: break;
    }
    if (result) result = narrow(state, result, width);
    else result = unknown(code.address, resultDetail, width);
    if (code.operation != Operation::test) write(state, code, code.destination, result, width);
    if (!code.setsFlags) return;
    switch (code.operation) {
    case Operation::subtract: return setComparison(state, a, b, width);
    case Operation::bitAnd:
    case Operation::bitOr:
    case Operation::bitXor:
    case Operation::test:
        if (machine.comparesResults) return setComparison(state, result, all.constant(0), width);
        break;
    case Operation::invert: return;
    case Operation::multiply: state.flags = {}; return;
    default: break;
    }
    state.flags = {Flags::result, uint8_t(width), result, all.constant(0)};
}

void Analysis::shift(const Instruction &code, State &state) {
    unsigned width = code.width;
    Expression a = value(state, code, code.first, width), result = nullptr;
    bool isKnown = code.second.kind == Operand::immediate;
    unsigned count = unsigned(code.second.value) & (width == 64 ? 63 : 31);
    bool isLeft = code.operation == Operation::shiftLeft;
    bool isLogical = code.operation == Operation::shiftRight || state.isWithin(all, a, 0, power(width - 1) - 1);
    if (isKnown && isLeft) {
        result = count < 40 ? all.combine(all.constant(0), int64_t(1) << count, a) : nullptr;
    } else if (isKnown && isLogical) {
        result =
            all.value(all.symbol(Function::shiftRight, a, nullptr, width << 8 | count, 0, (power(width) - 1) >> count));
        if (count < 40 && isExact(state, a, false, width)) {
            state.learn(all, all.combine(all.combine(all.constant(0), -1, a), int64_t(1) << count, result));
            state.learn(all, all.combine(a, -(int64_t(1) << count), result, -((int64_t(1) << count) - 1)));
        }
    } else if (!isLeft && isLogical) {
        result = unknown(code.address, resultDetail, width);
        if (isExact(state, a, false, width)) state.learn(all, all.subtract(result, a));
    }
    if (!result) result = unknown(code.address, resultDetail, width);
    result = narrow(state, result, width);
    write(state, code, code.destination, result, width);
    // A count of zero leaves the flags; those with an X never set them.
    if (!code.setsFlags) return;
    state.flags = {};
    if (isKnown && count != 0) state.flags = {Flags::result, uint8_t(width), result, all.constant(0)};
}

void Analysis::extend(const Instruction &code, State &state) {
    unsigned source = code.sourceWidth;
    bool isSigned = code.operation == Operation::signExtend;
    Symbol number = {Meaning::number, 0, isSigned ? -power(source - 1) : 0, power(source - isSigned) - 1};
    if (code.first.kind == Operand::memory) {
        Expression place = address(state, code);
        const Term *term = place ? pointer(place) : nullptr;
        if (term && all[term->symbol].meaning == Meaning::image) {
            SymbolID entry = all.symbol(code.address, tableEntryDetail, number);
            Expression rest = all.subtract(place, all.value(term->symbol));
            Wide low = state.lower(all, rest), high = state.upper(all, rest);
            int64_t stride = int64_t(1) << std::min(all.zeros(all.add(rest, -rest->constant)), 12u);
            if (low >= image.constantsStart() && high + source / 8 <= image.constantsEnd())
                tableEntries[entry] = {int64_t(low), int64_t(high), stride, uint8_t(source), isSigned};
            else tableEntries.erase(entry);
            return write(state, code, code.destination, all.value(entry), code.width);
        }
    }
    if (!isSigned) return write(state, code, code.destination, value(state, code, code.first, source), code.width);
    Expression whole = nullptr;
    if (code.first.kind == Operand::aRegister && code.first.reg != none && !code.hasHighByte) {
        const Held &held = state.registers[code.first.reg];
        if (held.value && held.width >= source) whole = held.value;
    }
    if (!whole) whole = value(state, code, code.first, source);
    if (const Term *only = whole->constant == 0 ? whole->onlyTerm() : nullptr;
        only && source == 32 && all[only->symbol].meaning == Meaning::tailDistance) {
        number.meaning = Meaning::tailDistance;
        whole = all.value(all.symbol(code.address, tailDistanceDetail, number));
    }
    if (whole->isConstant()) {
        unsigned rest = 64 - source;
        whole = all.constant(int64_t(uint64_t(whole->constant) << rest) >> rest);
    }
    if (!state.isWithin(all, whole, number.low, number.high))
        whole = all.value(all.symbol(Function::signedLow, whole, nullptr, source, number.low, number.high));
    write(state, code, code.destination, whole, code.width);
}

void Analysis::select(const Instruction &code, State &state) {
    if (code.operation == Operation::setCondition) {
        Flags flags = state.flags;
        Expression result = unknown(code.address, resultDetail, 1);
        if (flags.kind != Flags::unknown)
            result = all.value(all.symbol(
                Function::condition, flags.first, flags.second,
                unsigned(flags.kind) << 16 | unsigned(flags.width) << 8 | code.condition, 0, 1));
        return write(state, code, code.destination, result, 8);
    }
    unsigned width = code.width;
    Expression otherwise = value(state, code, code.first, width), chosen = value(state, code, code.second, width);
    if (chosen == otherwise) return write(state, code, code.destination, chosen, width);
    State with = state, without = state;
    assume(with, code.condition, state.flags);
    assume(without, Condition(code.condition ^ 1), state.flags);
    // What both have stays: a pointer above all.
    Expression common = all.constant(0);
    for (const Term &term : chosen->terms)
        if (otherwise->factor(term.symbol) == term.factor)
            common = all.combine(common, term.factor, all.value(term.symbol));
    Expression a = all.subtract(chosen, common), b = all.subtract(otherwise, common);
    Symbol either;
    either.low = -power(63);
    if (width == 64 && mayBeReference(chosen) && mayBeReference(otherwise)) either.index = wholeWord;
    SymbolID symbol = all.symbol(code.address, selectDetail, either);
    if (a->onlyTerm() && b->onlyTerm() && a->constant == 0 && b->constant == 0) {
        const Symbol &first = all[a->terms[0].symbol], &second = all[b->terms[0].symbol];
        if (first.meaning == second.meaning && first.index == second.index && first.meaning != Meaning::number)
            symbol = all.symbol(code.address, selectDetail, {first.meaning, first.index, first.low, first.high});
    }
    Expression result = all.value(symbol);
    Wide low = std::min(with.lower(all, a), without.lower(all, b)),
         high = std::max(with.upper(all, a), without.upper(all, b));
    if (low >= -power(63) && high <= word64) {
        state.refine(all, symbol, low, high);
        for (Expression bound : {a, b, state.flags.first, state.flags.second}) {
            if (!bound || bound->isConstant()) continue;
            if (with.isAtMostZero(all, all.subtract(a, bound)) && without.isAtMostZero(all, all.subtract(b, bound)))
                state.learn(all, all.subtract(result, bound));
            if (with.isAtMostZero(all, all.subtract(bound, a)) && without.isAtMostZero(all, all.subtract(bound, b)))
                state.learn(all, all.subtract(bound, result));
        }
    }
    write(state, code, code.destination, all.combine(common, 1, result), width);
}

void Analysis::unknownResults(const Instruction &code, State &state) {
    for (auto [reg, width] : code.written) {
        if (width < 32) state.registers[reg] = {};
        else writeRegister(state, reg, unknown(code.address, otherDetail + 16 * reg, width), width);
    }
    if (code.setsFlags) state.flags = {};
    if (!code.hasMemory || !code.stores) return;
    Expression place = address(state, code);
    const Term *area = place ? pointer(place) : nullptr;
    if (!area || all[area->symbol].meaning != Meaning::stack) return;
    Expression rest = all.subtract(place, all.value(area->symbol));
    Wide byteCount = code.memory.byteCount ? code.memory.byteCount : 64;
    state.forget(area->symbol, state.lower(all, rest), state.upper(all, rest) + byteCount);
}

void Analysis::adjustStack(const Instruction &code, State &state) {
    bool isPush = code.operation == Operation::push;
    Expression pushed = isPush ? value(state, code, code.first, 64) : nullptr;
    Expression top = registerValue(state, code, machine.stackPointer, 64);
    if (isPush) top = all.add(top, -8);
    if (!top) return void(state.registers[machine.stackPointer] = {});
    const Term *area = pointer(top);
    bool isKnown = area && all[area->symbol].meaning == Meaning::stack && top->terms.size() == 1;
    if (isPush) {
        if (isKnown) state.store(area->symbol, top->constant, 8, {pushed, 64});
        return writeRegister(state, machine.stackPointer, top, 64);
    }
    Held held = isKnown ? state.load(area->symbol, top->constant, 8) : Held();
    Expression popped = held.value && held.width == 64 ? held.value : unknown(code.address, otherDetail);
    Expression above = all.add(top, 8);
    state.registers[machine.stackPointer] = {above, 64};
    write(state, code, code.destination, popped, 64);
}

void Analysis::call(const Instruction &code, State &state) {
    // What it hands over for results, the callee writes to.
    bool isForTailCalls = false;
    if (code.first.kind == Operand::immediate) {
        isForTailCalls = image.isTailCode(code.target());
    } else {
        Expression callee = value(state, code, code.first, 64);
        std::set<uint32_t> places = targets(callee);
        isForTailCalls = isTailCode(callee) || (!places.empty() && image.isTailCode(*places.begin()));
    }
    std::vector<Register> arguments = machine.arguments;
    arguments.push_back(machine.resultArea(true));
    for (Register reg : arguments) {
        Expression argument = state.registers[reg].value;
        const Term *area = argument ? pointer(argument) : nullptr;
        if (!area || all[area->symbol].meaning != Meaning::stack || argument->terms.size() != 1) continue;
        Wide end = Wide(argument->constant) + image.resultsByteCount(function.start);
        state.forget(area->symbol, argument->constant, end);
    }
    Expression result = nullptr;
    bool mayMove = true;
    if (code.first.kind == Operand::immediate) {
        const char *external = image.external(code.target());
        if (external && std::string(external).compare(0, 3, "mem") == 0 && std::string(external) != "memcmp")
            result = state.registers[machine.context(false)].value;
        if (!external && !returns(code.target())) state.isImpossible = true;
        if (external) mayMove = false;
        if (image.preservesRegisters(code.target())) {
            for (Register reg : machine.changedForPolls) state.registers[reg] = {};
            state.flags = {};
            return;
        }
    } else {
        Expression callee = value(state, code, code.first, 64);
        if (callee->onlyTerm() && callee->constant == 0) {
            const Symbol &symbol = all[callee->terms[0].symbol];
            if (symbol.meaning == Meaning::trapFunction || symbol.meaning == Meaning::throwFunction)
                state.isImpossible = true;
            if (symbol.meaning == Meaning::code && symbol.index == codeThatMovesNothing) mayMove = false;
        }
    }
    for (Register reg : machine.changed) state.registers[reg] = {};
    if (isForTailCalls) {
        const auto &kept = machine.preservedForTailCalls;
        for (Register reg : machine.preserved)
            if (std::find(kept.begin(), kept.end(), reg) == kept.end()) state.registers[reg] = {};
    }
    for (Register reg : machine.results)
        state.registers[reg] = {word(code.address, resultDetail << 8 | unsigned(reg)), 64};
    if (result) state.registers[machine.results[0]] = {result, 64};
    state.flags = {};
    // A table, and a memory that is not reserved, may have moved.
    if (!mayMove) return;
    auto isStale = [&](const Held &held) {
        return held.value && std::any_of(held.value->terms.begin(), held.value->terms.end(), [&](const Term &term) {
                   const Symbol &symbol = all[term.symbol];
                   if (symbol.meaning == Meaning::memoryBase) return !image.isReserved(symbol.index);
                   return symbol.meaning == Meaning::tableElements;
               });
    };
    for (Held &held : state.registers)
        if (isStale(held)) held = {};
    state.slots.erase(
        std::remove_if(state.slots.begin(), state.slots.end(), [&](const Slot &slot) { return isStale(slot.held); }),
        state.slots.end());
}

}
