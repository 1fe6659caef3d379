// What registers hold, as sums of symbols: a symbol stands for a value that is not known, such as an argument or what
// was loaded. Sums count modulo 2^64, as the processor does; where their exact value matters, bounds are asked for.

#ifndef WASMC_EXPRESSION_H
#define WASMC_EXPRESSION_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <vector>

namespace machine {

/// Wide enough for sums of 64-bit values that carry signs.
using Wide = __int128;

constexpr Wide power(unsigned exponent) { return Wide(1) << exponent; }
constexpr Wide word32 = power(32) - 1, word64 = power(64) - 1;

/// What a symbol points at, or counts. `index` tells memories, tables and the like apart.
enum class Meaning : uint8_t {
    number,
    stack,
    instance,
    memoryBase,
    memorySize,
    tableElements,
    tableCount,
    image,
    store,
    builtins,
    typeIDs,
    dataSegments,
    tiers,
    memoryStructure,
    tableStructure,
    globalCell,
    record,
    binding,
    values,
    results,
    code,
    trapFunction,
    /// Takes the store, and never returns.
    throwFunction,
    /// From the code of a record's function to its code for tail calls.
    tailDistance,
    /// Where arguments of tail calls travel.
    tailArguments,
    /// Where an exception's values travel.
    exceptionValues,
    heap,
    descriptors,
    /// That objects refer to, by their numbers.
    functions,
};

/// The index of a number that may be a reference: a whole word that was handed on, as an argument, a result, an
/// element, a global or a field. What is calculated with is none.
enum : uint32_t { anyNumber, wholeWord };

using SymbolID = uint32_t;

struct Term {
    SymbolID symbol;
    int64_t factor;
    auto key() const { return std::tie(symbol, factor); }
    bool operator<(const Term &other) const { return key() < other.key(); }
    bool operator==(const Term &other) const { return key() == other.key(); }
};

/// A sum of products and a constant; terms are in the order of their symbols.
struct Sum {
    std::vector<Term> terms;
    int64_t constant = 0;
    /// A bit for each symbol, which others may share.
    uint64_t symbolBits = 0;

    bool operator==(const Sum &other) const { return constant == other.constant && terms == other.terms; }
    int64_t factor(SymbolID symbol) const;
    bool isConstant() const { return terms.empty(); }
    /// The only symbol of a sum that adds a constant to it.
    const Term *onlyTerm() const { return terms.size() == 1 && terms[0].factor == 1 ? &terms[0] : nullptr; }
};

struct SumHash {
    size_t operator()(const Sum &sum) const {
        uint64_t result = uint64_t(sum.constant);
        for (const Term &term : sum.terms)
            result = (result ^ term.symbol ^ uint64_t(term.factor) << 32) * 0x9E3779B97F4A7C15u + 1;
        return size_t(result ^ result >> 29);
    }
};

/// Equal sums are the same one.
using Expression = const Sum *;

/// How a symbol's value is made of others.
enum class Function : uint8_t {
    none,
    low,
    signedLow,
    bitAnd,
    bitOr,
    bitXor,
    shiftRight,
    shiftRightSigned,
    multiply,
    condition
};

struct Symbol {
    Meaning meaning = Meaning::number;
    uint32_t index = 0;
    /// Bounds that hold wherever it is known. A value counts modulo 2^64, so `low` may be negative.
    Wide low = 0, high = word64;
    /// So many of the lowest bits are zero.
    uint8_t zeros = 0;
    /// The instruction or block that gives it its value; 0 for the function's start.
    uint32_t origin = 0;
    Function function = Function::none;
    Expression first = nullptr, second = nullptr;
    uint32_t detail = 0;
};

inline bool isWord(const Symbol &symbol) { return symbol.meaning == Meaning::number && symbol.index == wholeWord; }

/// The symbols and sums of one function.
class Expressions {
    std::vector<Symbol> symbols;
    std::unordered_set<Sum, SumHash> sums;
    std::vector<Expression> values;
    std::map<std::tuple<uint32_t, uint32_t, Meaning, uint32_t>, SymbolID> atOrigins;
    std::map<std::tuple<Function, Expression, Expression, uint32_t>, SymbolID> made;

public:
    const Symbol &operator[](SymbolID symbol) const { return symbols[symbol]; }
    size_t symbolCount() const { return symbols.size(); }

    /// The symbol of a place, and what distinguishes it there.
    SymbolID symbol(uint32_t origin, uint32_t detail, const Symbol &like = Symbol());
    /// The symbol for what a function makes of values.
    SymbolID symbol(
        Function function, Expression first, Expression second, uint32_t detail, Wide low, Wide high,
        uint8_t zeros = 0);

    /// For the size of a memory or table as it was read at some place, its size from now on; another symbol is its own.
    SymbolID sizeNow(SymbolID symbol);
    /// The size from now on of a memory or table.
    SymbolID size(Meaning meaning, uint32_t index) { return symbol(0, 0, {meaning, index, 0, power(48)}); }

    Expression constant(int64_t value) { return intern({{}, value}); }
    Expression value(SymbolID symbol) {
        if (symbol >= values.size()) values.resize(symbols.size());
        if (!values[symbol]) values[symbol] = intern({{{symbol, 1}}, 0});
        return values[symbol];
    }
    /// `first + factor * second + constant`; null when it has too many or too large parts.
    Expression combine(Expression first, int64_t factor, Expression second, int64_t constant = 0);
    Expression add(Expression first, int64_t constant) { return combine(first, 0, first, constant); }
    Expression subtract(Expression first, Expression second, int64_t constant = 0) {
        return combine(first, -1, second, constant);
    }
    /// A symbol's places taken by a sum; null as above.
    Expression substitute(Expression sum, SymbolID symbol, Expression by);

    bool mentions(Expression sum, SymbolID symbol) const;
    /// How many of a sum's lowest bits are zero.
    unsigned zeros(Expression sum) const;

private:
    Expression intern(Sum sum) {
        for (const Term &term : sum.terms) sum.symbolBits |= uint64_t(1) << term.symbol % 64;
        return &*sums.insert(std::move(sum)).first;
    }
};

}

#endif
