// Sums of symbols.

#include "Expression.h"

#include <algorithm>

namespace machine {

namespace {

/// More terms than any address has that compilers make.
constexpr size_t mostTerms = 6;
/// Keeps products of factors and bounds within `Wide`.
constexpr Wide largestFactor = power(40);

bool fits(Wide value) { return value >= -power(63) && value < power(63); }

}

int64_t Sum::factor(SymbolID symbol) const {
    for (const Term &term : terms)
        if (term.symbol == symbol) return term.factor;
    return 0;
}

SymbolID Expressions::symbol(uint32_t origin, uint32_t detail, const Symbol &like) {
    auto [place, isNew] = atOrigins.insert({{origin, detail, like.meaning, like.index}, SymbolID(symbols.size())});
    if (isNew) {
        symbols.push_back(like);
        symbols.back().origin = origin;
    }
    return place->second;
}

SymbolID Expressions::symbol(
    Function function, Expression first, Expression second, uint32_t detail, Wide low, Wide high, uint8_t zeros) {
    auto [place, isNew] = made.insert({{function, first, second, detail}, SymbolID(symbols.size())});
    if (isNew) symbols.push_back({Meaning::number, 0, low, high, zeros, 0, function, first, second, detail});
    return place->second;
}

SymbolID Expressions::sizeNow(SymbolID symbol) {
    Meaning meaning = symbols[symbol].meaning;
    bool isSize = meaning == Meaning::memorySize || meaning == Meaning::tableCount;
    return isSize ? size(meaning, symbols[symbol].index) : symbol;
}

Expression Expressions::combine(Expression first, int64_t factor, Expression second, int64_t constant) {
    if (!first || !second) return nullptr;
    Wide total = Wide(first->constant) + Wide(factor) * second->constant + constant;
    if (!fits(total)) return nullptr;
    Sum result = {{}, int64_t(total)};
    auto a = first->terms.begin(), b = second->terms.begin();
    while (a != first->terms.end() || b != second->terms.end()) {
        bool takesFirst = b == second->terms.end() || (a != first->terms.end() && a->symbol <= b->symbol);
        bool takesSecond = a == first->terms.end() || (b != second->terms.end() && b->symbol <= a->symbol);
        SymbolID symbol = takesFirst ? a->symbol : b->symbol;
        Wide sum = (takesFirst ? Wide(a->factor) : 0) + (takesSecond ? Wide(factor) * b->factor : 0);
        if (sum > largestFactor || sum < -largestFactor) return nullptr;
        if (sum != 0) result.terms.push_back({symbol, int64_t(sum)});
        if (takesFirst) ++a;
        if (takesSecond) ++b;
    }
    if (result.terms.size() > mostTerms) return nullptr;
    return intern(std::move(result));
}

Expression Expressions::substitute(Expression sum, SymbolID symbol, Expression by) {
    int64_t factor = sum->factor(symbol);
    if (factor == 0) return sum;
    Sum rest = *sum;
    rest.symbolBits = 0;
    rest.terms.erase(
        std::find_if(rest.terms.begin(), rest.terms.end(), [&](const Term &term) { return term.symbol == symbol; }));
    return combine(intern(std::move(rest)), factor, by);
}

bool Expressions::mentions(Expression sum, SymbolID symbol) const {
    for (const Term &term : sum->terms) {
        if (term.symbol == symbol) return true;
        const Symbol &made = symbols[term.symbol];
        if (made.function == Function::none) continue;
        if ((made.first && mentions(made.first, symbol)) || (made.second && mentions(made.second, symbol))) return true;
    }
    return false;
}

unsigned Expressions::zeros(Expression sum) const {
    unsigned result = sum->constant == 0 ? 64 : unsigned(__builtin_ctzll(uint64_t(sum->constant)));
    for (const Term &term : sum->terms)
        result = std::min(result, unsigned(__builtin_ctzll(uint64_t(term.factor))) + symbols[term.symbol].zeros);
    return std::min(result, 63u);
}

}
