// What the code of one function does with addresses, found by running it with symbols in place of values until nothing
// new comes out.
//
// Invariant: a block's state is implied by the states of all ways into it. Bounds that are assumed of loops are looked
// for with rules that may be wrong (`isSearching`), then assumed one by one, and dropped where a way round the loop
// does not imply them.

#ifndef WASMC_ANALYSIS_H
#define WASMC_ANALYSIS_H

#include "Image.h"
#include "State.h"
#include "wasmc_machine_code.h"

#include <functional>

namespace machine {

struct Block {
    uint32_t start = 0;
    std::vector<Instruction> code;
    std::vector<uint32_t> successors, predecessors;
    /// The place in an order in which blocks come after those that lead to them, but for loops.
    unsigned order = UINT32_MAX;
    /// The starts of the loop's blocks where this is a loop's head: where a block that comes later jumps back to.
    std::set<uint32_t> loop;
    bool isHead() const { return !loop.empty(); }
};

/// A register, or a slot of the frame.
using Place = std::tuple<SymbolID, int32_t>;

/// What is found out about a loop.
struct Loop {
    /// What each iteration adds.
    std::map<Place, int64_t> steps;
    std::set<Place> notStepping;
    /// Counters of 32 bits that begin below zero and are at least zero after an iteration: they count with a sign, and
    /// only their lower half is known.
    std::set<Place> belowZero;
    /// Inequalities at the head: to be tried, and those that a way round does not imply.
    std::set<Expression> candidates, rejected;
};

struct Finding {
    wasmc_access_form form;
    const char *reason;
};

/// A place whose values are merged under the number of the register.
inline Place placeOf(unsigned reg) { return {UINT32_MAX, int32_t(reg)}; }

class Analysis {
public:
    Analysis(
        const Image &image, const CodeFunction &function, Convention convention, Decoder &decoder,
        std::function<bool(uint32_t)> returns, std::function<void(uint32_t, Convention)> calls);

    /// Runs to the end; then `report` gets each access.
    void run();
    void report(const std::function<void(const Instruction &, Finding)> &report);
    /// Whether a return or a jump out of the function can be reached.
    bool mayReturn() const { return reachesReturn || obstacle; }

private:
    const Image &image;
    const Architecture &machine;
    const CodeFunction &function;
    const Convention convention;
    Decoder &decoder;
    /// Whether calls of a function come back.
    std::function<bool(uint32_t)> returns;
    std::function<void(uint32_t, Convention)> calls;

    Expressions all;
    std::map<uint32_t, Block> blocks;
    std::vector<uint32_t> order;
    std::map<uint32_t, Loop> loops;
    /// By block: what holds at its start, and on each way to it.
    std::map<uint32_t, State> states;
    std::map<uint32_t, std::map<uint32_t, State>> edges;
    /// By loop's head: what holds on the way from outside.
    std::map<uint32_t, State> statesBefore;
    std::map<uint32_t, unsigned> loopStarts;
    /// By symbol of a value that a loop changes: its bounds, and how often they became wider.
    struct Widening {
        Wide low, high;
        unsigned count;
    };
    std::map<SymbolID, Widening> widenings;
    std::map<Place, uint32_t> placeNumbers;
    /// By loop's head and symbol: whether the loop gives it anew, where that is known.
    enum Change : uint8_t { unknownChange, doesNotChange, changes };
    std::map<uint32_t, std::vector<Change>> knownChanges;
    /// By symbol: whether it is in use, for the block whose number it has.
    std::vector<uint32_t> uses;
    uint32_t useNumber = 0;
    /// By symbol that was loaded from a table of jumps: the entries it may come from.
    struct TableEntries {
        int64_t first, last, stride;
        uint8_t width;
        bool isSigned;
    };
    std::map<SymbolID, TableEntries> tableEntries;
    /// By symbol of what stands where an array has its length: the array.
    std::map<SymbolID, Expression> arrayLengths;
    /// By the start of a frame that was aligned: the offset that it was aligned from.
    std::map<SymbolID, int64_t> alignedBelow;
    std::map<uint32_t, std::set<uint32_t>> indirectTargets;
    std::set<SymbolID> counters;
    /// The search takes lower halves for what they are, unless they count: inequalities are then of the symbols that
    /// the proof has, too. Otherwise more is found out about counters of 32 bits.
    bool keepsHalves = false;
    bool isSearching = false, reachesReturn = false, hasNewTargets = false;
    /// Why nothing can be said of the function.
    const char *obstacle = nullptr;
    SymbolID frame, imageSymbol;
    std::function<void(const Instruction &, Finding)> reporter;

    // ControlFlow.cpp
    void findBlocks();
    uint32_t landingPad(const Instruction &code) const;
    void orderBlocks();
    void findLoops();

    // Analysis.cpp
    State entryState();
    Expression entryValue(Register reg) { return all.value(all.symbol(0, 0x1000 + reg)); }
    void start(bool search);
    bool hasUnclearAccess();
    void searchAgain();
    void iterate();
    void runBlock(const Block &block, State state, std::set<unsigned> *work);
    void flow(uint32_t from, uint32_t to, State state, std::set<unsigned> *work);
    /// Where an indirect jump or call may go; empty when that is not known.
    std::set<uint32_t> targets(Expression place) const;
    bool isInside(uint32_t address) const { return address >= function.start && address < function.end; }

    // Merge.cpp
    struct Way;
    State merged(const Block &block);
    void startLoopAgain(const Block &head);
    State join(uint32_t origin, const Block *head, std::vector<Way> &ways);
    Held joinPlace(
        uint32_t origin, const Block *head, Place place, const std::vector<Held> &held, std::vector<Way> &ways,
        State &result);
    void keepLowHalves(const std::vector<Way> &ways, std::vector<Expression> &values, uint8_t &width);
    Expression joinValues(
        uint32_t origin, const Block *head, Place place, const std::vector<Expression> &values, std::vector<Way> &ways,
        State &result);
    void joinRanges(const Block *head, std::vector<Way> &ways, State &result);
    void joinFacts(const Block *head, std::vector<Way> &ways, State &result);
    /// Whether the loop gives a value anew.
    bool changesIn(const Block &head, Expression sum);
    bool changesIn(const Block &head, SymbolID symbol);
    bool contains(const Block &head, uint32_t origin) const;
    void forgetUnused(State &state);

    // Loops.cpp
    SymbolID counter(const Block &head);
    Expression stepping(const Block &head, Place place, const std::vector<Expression> &values, std::vector<Way> &ways);
    Expression translated(Expression sum, const Way &way);
    bool holds(Expression sum, Way &way, SymbolID counter, unsigned depth = 3);
    void tryCandidates(const Block &head, std::vector<Way> &ways, State &result);
    void collectCandidates(const Block &head, std::vector<Way> &ways);
    void addCandidate(const Block &head, const std::vector<Way> &ways, Expression sum);
    void weaken(const Block &head, const std::vector<Way> &ways, Expression sum);

    // Transfer.cpp: what instructions do.
    void execute(const Instruction &code, State &state);
    Expression wholeDifference(const State &state, const Instruction &code);
    void arithmetic(const Instruction &code, State &state);
    void shift(const Instruction &code, State &state);
    void extend(const Instruction &code, State &state);
    void select(const Instruction &code, State &state);
    void unknownResults(const Instruction &code, State &state);
    void call(const Instruction &code, State &state);
    void adjustStack(const Instruction &code, State &state);

    // Values.cpp: operands.
    Expression unknown(uint32_t origin, uint32_t detail, unsigned width = 64);
    /// A number that may be a reference.
    Expression word(uint32_t origin, uint32_t detail) {
        return all.value(all.symbol(origin, detail, {Meaning::number, wholeWord}));
    }
    bool mayBeReference(Expression value) const;
    Expression narrow(State &state, Expression sum, unsigned width);
    Expression registerValue(State &state, const Instruction &code, Register reg, unsigned width);
    Expression value(State &state, const Instruction &code, const Operand &operand, unsigned width);
    Expression signedConstant(const Operand &operand) { return all.constant(operand.value); }
    void write(State &state, const Instruction &code, const Operand &operand, Expression value, unsigned width);
    void writeRegister(State &state, Register reg, Expression value, unsigned width);
    Expression address(State &state, const Instruction &code);
    Expression load(State &state, const Instruction &code, unsigned width);
    void setComparison(State &state, Expression first, Expression second, unsigned width);

    // Conditions.cpp
    void assume(State &state, Condition condition, Flags flags);
    void assumeTruth(State &state, Expression sum, bool isTrue);
    void learnBeforeShift(State &state, Expression shifted, Wide most);
    bool isExact(State &state, Expression sum, bool isSigned, unsigned width);
    void learnOrder(State &state, Expression first, Expression second, int64_t distance);
    void assumeBelow(State &state, Expression first, Expression second, int64_t distance, unsigned width);
    void assumeLess(State &state, Expression first, Expression second, int64_t distance, unsigned width);
    void assumeDifferent(State &state, Expression first, Expression second);
    bool hasCounter(Expression sum) const;
    /// The 64 bits that a sum leaves.
    Expression wrapped(Expression sum) {
        uint8_t zeros = uint8_t(all.zeros(sum));
        return all.value(all.symbol(Function::low, sum, nullptr, 64, 0, word64, zeros));
    }
    /// The same address, counted by 64 bits that a comparison was about; null when there was none.
    Expression asCompared(const State &state, Expression sum);

    // Accesses.cpp
    Finding examine(State &state, Expression address, uint32_t byteCount, bool stores);
    Finding
    examineStack(State &state, const Symbol &area, SymbolID symbol, Expression rest, uint32_t byteCount, bool stores);
    Finding examineRange(State &state, Expression address, Expression byteCount, bool stores);
    Finding examineMemory(State &state, uint32_t memory, Expression rest, Expression end);
    Finding examineHeap(State &state, Expression rest, Expression end);
    bool isInArray(State &state, Expression rest, Expression end);
    Finding examineCall(State &state, uint32_t target);
    /// The pointer that an address starts from, or the whole word, if nothing else could be one; null when there is
    /// none or more than one.
    const Term *pointer(Expression address) const;
    void examineAccess(const Instruction &code, State &state);
    void examineTransfer(const Instruction &code, State &state);
    void examineExternalCall(const Instruction &code, State &state, const std::string &name);
    std::optional<Convention> arguments(const State &state, bool isDirect, bool isTailCode) const;
    bool isTailCode(Expression callee) const;
    bool isRestored(State &state) const;
    void say(const Instruction &code, Finding finding) {
        if (reporter) reporter(code, finding);
    }
};

}

#endif
