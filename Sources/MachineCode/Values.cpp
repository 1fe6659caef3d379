// What operands are worth, and what writing to them does.

#include "Analysis.h"

namespace machine {

namespace {

/// Tells symbols of one instruction apart.
enum Detail : uint32_t { loaded = 1, slotDetail = 2, registerDetail = 0x100 };
constexpr unsigned referenceZeros = 3;
static_assert(sizeof(wasmc_ref) == 1 << referenceZeros);

}

Expression Analysis::unknown(uint32_t origin, uint32_t detail, unsigned width) {
    Symbol symbol;
    symbol.high = power(width) - 1;
    return all.value(all.symbol(origin, detail << 8 | width, symbol));
}

bool Analysis::hasCounter(Expression sum) const {
    for (const Term &term : sum->terms)
        if (counters.count(term.symbol)) return true;
    return false;
}

/// The lowest bits of a value. They are the value itself where nothing is lost.
Expression Analysis::narrow(State &state, Expression sum, unsigned width) {
    if (width == 64) return sum;
    Wide high = power(width) - 1;
    if (sum->isConstant()) return all.constant(int64_t(Wide(sum->constant) & high));
    if (state.isWithin(all, sum, 0, high)) return sum;
    // A counter that wraps is not one; whether it does is looked at later.
    bool isTakenAsExact = !keepsHalves && state.isWithin(all, sum, -power(33), power(33));
    if (isSearching && width == 32 && (hasCounter(sum) || isTakenAsExact)) return sum;
    SymbolID low = all.symbol(Function::low, sum, nullptr, width, 0, high, uint8_t(std::min(all.zeros(sum), width)));
    Expression result = all.value(low);
    if (state.lower(all, sum) >= 0) state.learn(all, all.subtract(result, sum));
    if (state.upper(all, sum) <= high) state.learn(all, all.subtract(sum, result));
    return result;
}

Expression Analysis::registerValue(State &state, const Instruction &code, Register reg, unsigned width) {
    Held &held = state.registers[reg];
    if (!held.value || held.width < width) held = {unknown(code.address, registerDetail + reg), 64};
    return held.width == width ? held.value : narrow(state, held.value, width);
}

Expression Analysis::value(State &state, const Instruction &code, const Operand &operand, unsigned width) {
    switch (operand.kind) {
    case Operand::immediate: return narrow(state, all.constant(operand.value), width);
    case Operand::memory: return load(state, code, width);
    case Operand::aRegister:
        if (operand.reg != none && operand.reg != programCounter && !code.hasHighByte)
            return registerValue(state, code, operand.reg, width);
        break;
    case Operand::nothing: break;
    }
    return unknown(code.address, slotDetail, width);
}

void Analysis::writeRegister(State &state, Register reg, Expression value, unsigned width) {
    if (reg == none || reg == programCounter) return;
    // The processor clears the upper half; of what is narrower it leaves the rest, which may be zero.
    const Held &before = state.registers[reg];
    bool isRestZero =
        width < 32 && before.value && before.width == 64 && state.isWithin(all, before.value, 0, power(width) - 1);
    if (width == 32 || isRestZero) width = 64;
    state.registers[reg] = {value, uint8_t(width)};
}

void Analysis::write(State &state, const Instruction &code, const Operand &operand, Expression value, unsigned width) {
    if (!value) value = unknown(code.address, slotDetail + 1, width);
    value = narrow(state, value, width);
    if (operand.kind == Operand::aRegister) {
        if (code.hasHighByte) {
            if (operand.reg != none) state.registers[operand.reg] = {};
            return;
        }
        writeRegister(state, operand.reg, value, width);
    } else if (operand.kind == Operand::memory) {
        Expression place = address(state, code);
        const Term *area = place ? pointer(place) : nullptr;
        if (!area || all[area->symbol].meaning != Meaning::stack) return;
        Expression rest = all.subtract(place, all.value(area->symbol));
        if (rest->isConstant()) return state.store(area->symbol, rest->constant, width / 8, {value, uint8_t(width)});
        state.forget(area->symbol, state.lower(all, rest), state.upper(all, rest) + width / 8);
    }
}

/// The address of a memory operand; null when nothing is known of it.
Expression Analysis::address(State &state, const Instruction &code) {
    const MemoryOperand &memory = code.memory;
    if (!code.hasMemory || memory.isUnknown || memory.hasSegment) return nullptr;
    Expression result = all.constant(memory.displacement);
    if (memory.base == programCounter) return all.combine(all.value(imageSymbol), 1, result, code.end());
    if (memory.base != none) result = all.combine(result, 1, registerValue(state, code, memory.base, 64));
    if (memory.index != none && result)
        result = all.combine(result, memory.scale, registerValue(state, code, memory.index, 64));
    return result;
}

const Term *Analysis::pointer(Expression address) const {
    const Term *result = nullptr;
    for (const Term &term : address->terms) {
        switch (all[term.symbol].meaning) {
        case Meaning::number:
        case Meaning::memorySize:
        case Meaning::tableCount:
        case Meaning::tailDistance: break;
        default:
            if (result || term.factor != 1) return nullptr;
            result = &term;
        }
    }
    const Term *only = address->onlyTerm();
    return !result && only && isWord(all[only->symbol]) ? only : result;
}

/// Null, a word that was handed on, or the address of a record.
bool Analysis::mayBeReference(Expression value) const {
    if (value->isConstant()) return value->constant == 0;
    const Term *only = value->onlyTerm();
    if (!only) return false;
    const Symbol &symbol = all[only->symbol];
    if (symbol.meaning == Meaning::instance) return image.isRecord(value->constant);
    return value->constant == 0 && (isWord(symbol) || symbol.meaning == Meaning::record);
}

/// What a memory operand holds.
Expression Analysis::load(State &state, const Instruction &code, unsigned width) {
    Expression place = address(state, code);
    const Term *term = place ? pointer(place) : nullptr;
    if (!term) return unknown(code.address, loaded, width);
    Symbol from = all[term->symbol];
    Expression rest = all.subtract(place, all.value(term->symbol));
    if (from.meaning == Meaning::stack) {
        if (!rest->isConstant()) return unknown(code.address, loaded, width);
        Held held = state.load(term->symbol, rest->constant, width / 8);
        if (held.value && held.width >= width) return narrow(state, held.value, width);
        // An argument, or a result that a callee left there.
        Expression fresh = width == 64 ? word(code.address, loaded) : unknown(code.address, loaded, width);
        state.store(term->symbol, rest->constant, width / 8, {fresh, uint8_t(width)});
        return fresh;
    }
    if (from.meaning == Meaning::heap && width == 32) {
        Expression length = unknown(code.address, loaded, width);
        arrayLengths[length->terms[0].symbol] = all.add(rest, -WASMC_ARRAY_LENGTH_OFFSET);
        return length;
    }
    bool isFixed = rest->isConstant();
    // Whichever of their references; not half of one and half of the next.
    bool isRow = from.meaning == Meaning::tableElements || from.meaning == Meaning::functions;
    bool isKnown = isRow ? all.zeros(rest) >= referenceZeros : isFixed;
    if (!isKnown) return unknown(code.address, loaded, width);
    Symbol result = image.loaded(from, isFixed ? rest->constant : 0, width / 8);
    if (result.meaning == Meaning::number)
        return result.index == wholeWord ? word(code.address, loaded) : unknown(code.address, loaded, width);
    // What an instance says of itself never changes.
    bool isConstant = from.meaning == Meaning::instance;
    return all.value(
        all.symbol(isConstant ? 0 : code.address, isConstant ? uint32_t(rest->constant) : uint32_t(loaded), result));
}

void Analysis::setComparison(State &state, Expression first, Expression second, unsigned width) {
    state.flags = {Flags::comparison, uint8_t(width), first, second};
}

}
