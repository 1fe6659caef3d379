// An instruction as the analysis sees it: what it does with the general registers, and its memory operand.

#ifndef WASMC_INSTRUCTION_H
#define WASMC_INSTRUCTION_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace machine {

/// The processor's numbers of its general registers; x86-64's have names. AArch64's stack pointer is 31, and two that
/// it does not have stand for values in the middle of an instruction.
enum Register : int8_t {
    none = -1,
    rax,
    rcx,
    rdx,
    rbx,
    rsp,
    rbp,
    rsi,
    rdi,
    r8,
    r9,
    r10,
    r11,
    r12,
    r13,
    r14,
    r15,
    /// The address behind the instruction.
    programCounter = 64
};
constexpr unsigned registerCount = 34;

/// Conditions in the processor's numbers; the lowest bit negates.
enum Condition : uint8_t {
    overflow,
    noOverflow,
    below,
    aboveOrEqual,
    equal,
    notEqual,
    belowOrEqual,
    above,
    negative,
    notNegative,
    parity,
    noParity,
    less,
    greaterOrEqual,
    lessOrEqual,
    greater,
};

struct MemoryOperand {
    Register base = none, index = none;
    uint8_t scale = 1;
    bool hasSegment = false;
    /// An index of a vector register, or some other register that is not a general one.
    bool isUnknown = false;
    int64_t displacement = 0;
    /// How many bytes are read or written; 0 when that is not known.
    uint32_t byteCount = 0;
};

/// Only what addresses are made with; all else is `other`, whose results are unknown.
enum class Operation : uint8_t {
    other,
    noOperation,
    move,
    zeroExtend,
    signExtend,
    loadAddress,
    add,
    subtract,
    bitAnd,
    bitOr,
    bitXor,
    compare,
    test,
    increment,
    decrement,
    negate,
    invert,
    shiftLeft,
    shiftRight,
    shiftRightSigned,
    multiply,
    conditionalMove,
    setCondition,
    exchange,
    push,
    pop,
    jump,
    jumpIf,
    call,
    ret,
    trap,
};

struct Operand {
    enum Kind : uint8_t { nothing, aRegister, immediate, memory } kind = nothing;
    Register reg = none;
    int64_t value = 0;
};

struct Instruction {
    uint32_t address = 0;
    uint32_t byteCount = 0;
    /// Of the instructions that stand for one of the processor's.
    bool isFirst = true;
    Operation operation = Operation::other;
    Condition condition = overflow;
    /// Bits of the operation, and of the source of an extension.
    uint8_t width = 64, sourceWidth = 64;
    /// ah, bh, ch or dh takes part.
    bool hasHighByte = false;
    bool loads = false, stores = false;
    bool setsFlags = false;
    /// It may go on elsewhere, but its operation is none that says where.
    bool isUnknownJump = false;
    Operand destination, first, second;
    bool hasMemory = false;
    MemoryOperand memory;
    /// General registers that it writes, and how many bits of each, for `other`.
    std::vector<std::pair<Register, uint8_t>> written;
    std::string text;

    uint32_t end() const { return address + byteCount; }
    /// Where a direct call or jump goes.
    uint32_t target() const { return end() + uint32_t(first.value); }
};

/// Takes machine code apart with LLVM.
class Decoder {
public:
    virtual ~Decoder() = default;
    /// What the instruction that starts at `bytes` does, in the order in which it does it; false when there is none.
    virtual bool decode(const uint8_t *bytes, size_t byteCount, uint32_t address, std::vector<Instruction> &result) = 0;
};

std::unique_ptr<Decoder> makeX86Decoder();
std::unique_ptr<Decoder> makeAArch64Decoder();

}

#endif
