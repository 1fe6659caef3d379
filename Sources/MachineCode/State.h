// What is known where control is: what registers and the frame hold, bounds of symbols, and inequalities between them.

#ifndef WASMC_STATE_H
#define WASMC_STATE_H

#include "Expression.h"
#include "Instruction.h"

#include <algorithm>
#include <array>

namespace machine {

/// A register's or slot's value, of which the lowest `width` bits count; the others are not known. No expression:
/// nothing is.
struct Held {
    Expression value = nullptr;
    uint8_t width = 64;
    bool operator==(const Held &other) const { return value == other.value && width == other.width; }
};

/// What the last instruction that set flags did.
struct Flags {
    enum Kind : uint8_t { unknown, comparison, result } kind = unknown;
    uint8_t width = 64;
    Expression first = nullptr, second = nullptr;
    bool operator==(const Flags &other) const {
        return kind == other.kind && width == other.width && first == other.first && second == other.second;
    }
};

struct Slot {
    /// The symbol of a stack pointer and how far from it the slot starts.
    SymbolID area;
    int32_t offset;
    uint8_t byteCount;
    Held held;
    auto key() const { return std::tie(area, offset); }
    bool operator==(const Slot &other) const {
        return key() == other.key() && byteCount == other.byteCount && held == other.held;
    }
};

struct Range {
    SymbolID symbol;
    Wide low, high;
    bool operator==(const Range &other) const {
        return symbol == other.symbol && low == other.low && high == other.high;
    }
};

class State {
public:
    std::array<Held, registerCount> registers;
    /// In order of area and offset.
    std::vector<Slot> slots;
    Flags flags;
    /// Narrower than the symbols' own, in order of symbols.
    std::vector<Range> ranges;
    /// Each is at most zero, as an exact number.
    std::vector<Expression> facts;
    /// Inequalities that may hold, to be tried at the heads of loops.
    std::vector<Expression> guesses;
    /// Nothing gets here.
    bool isImpossible = false;

    bool operator==(const State &other) const {
        return registers == other.registers && slots == other.slots && ranges == other.ranges && facts == other.facts
            && guesses == other.guesses && flags == other.flags && isImpossible == other.isImpossible;
    }

    std::pair<Wide, Wide> range(const Expressions &all, SymbolID symbol) const;
    /// Makes a symbol's bounds narrower.
    void refine(const Expressions &all, SymbolID symbol, Wide low, Wide high);

    /// At least the largest exact value that a sum can have, or some bound that is enough.
    Wide upper(Expressions &all, Expression sum, unsigned depth = 3, Wide enough = -power(125)) const;
    Wide lower(Expressions &all, Expression sum, unsigned depth = 3) const;
    bool isAtMostZero(Expressions &all, Expression sum, unsigned depth = 3) const;
    bool isWithin(Expressions &all, Expression sum, Wide low, Wide high) const {
        return sum && lower(all, sum) >= low && upper(all, sum) <= high;
    }

    void guess(Expression sum);

    /// Adds what is known to be at most zero.
    void learn(Expressions &all, Expression sum);

    Held load(SymbolID area, int64_t offset, unsigned byteCount) const;
    void store(SymbolID area, int64_t offset, unsigned byteCount, Held held);
    /// Forgets slots of an area.
    void forget(SymbolID area, Wide from, Wide to);

private:
    /// The sums that one question leads to.
    struct Search {
        /// Without a limit three steps through 128 inequalities are two million sums.
        unsigned steps = 200;
        std::vector<std::pair<Expression, unsigned>> seen;

        /// Whether no inequality has led to the sum yet, with so many steps left.
        bool isNew(Expression sum, unsigned depth) {
            for (auto &[known, left] : seen) {
                if (known != sum) continue;
                bool isNew = depth > left;
                left = std::max(left, depth);
                return isNew;
            }
            seen.push_back({sum, depth});
            return true;
        }
    };
    Wide upper(Expressions &all, Expression sum, unsigned depth, Wide enough, Search &search) const;
};

}

#endif
