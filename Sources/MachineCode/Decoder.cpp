// Turns LLVM's decoded x86-64 instructions into the few forms that the analysis knows. LLVM keeps the numbers of
// opcodes and registers to itself, but not their names.

#include "Disassembler.h"

#include "Instruction.h"

#include "llvm/Support/TargetSelect.h"

#include <map>

using namespace llvm;

namespace machine {

namespace {

struct RegisterPart {
    Register reg = none;
    uint8_t width = 0;
    bool isHighByte = false;
};

RegisterPart registerPart(StringRef name) {
    static const char *const old[] = {"AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"};
    for (int number = 0; number < 8; ++number) {
        StringRef word = old[number];
        if (name == word) return {Register(number), 16, false};
        if (name.size() == 3 && name.ends_with(word) && name[0] == 'R') return {Register(number), 64, false};
        if (name.size() == 3 && name.ends_with(word) && name[0] == 'E') return {Register(number), 32, false};
        if (name.size() == 2 && name[1] == 'L' && name[0] == word[0] && number < 4) return {Register(number), 8, false};
        if (name.size() == 2 && name[1] == 'H' && name[0] == word[0] && number < 4) return {Register(number), 8, true};
        if (name.size() == 3 && name.starts_with(word) && name[2] == 'L' && number >= 4)
            return {Register(number), 8, false};
    }
    if (name == "RIP" || name == "EIP") return {programCounter, 64, false};
    unsigned number = 0;
    if (!name.consume_front("R") || name.consumeInteger(10, number) || number < 8 || number > 15) return {};
    uint8_t width = name == "" ? 64 : name == "D" ? 32 : name == "W" ? 16 : name == "B" ? 8 : 0;
    return width ? RegisterPart{Register(number), width, false} : RegisterPart{};
}

/// What an opcode's name says.
struct Meaning {
    Operation operation = Operation::other;
    uint8_t width = 0, sourceWidth = 0;
    /// One of the operands is 1, or the operand is both.
    bool hasImplicitOne = false;
    bool isSized = false;
};

Meaning meaning(StringRef name) {
    static const std::map<StringRef, Operation> operations = {
        {"MOV", Operation::move},
        {"MOVZX", Operation::zeroExtend},
        {"MOVSX", Operation::signExtend},
        {"ADD", Operation::add},
        {"SUB", Operation::subtract},
        {"AND", Operation::bitAnd},
        {"OR", Operation::bitOr},
        {"XOR", Operation::bitXor},
        {"CMP", Operation::compare},
        {"TEST", Operation::test},
        {"INC", Operation::increment},
        {"DEC", Operation::decrement},
        {"NEG", Operation::negate},
        {"NOT", Operation::invert},
        {"SHL", Operation::shiftLeft},
        {"SHR", Operation::shiftRight},
        {"SAR", Operation::shiftRightSigned},
        {"IMUL", Operation::multiply},
        {"CMOV", Operation::conditionalMove},
        {"SHLX", Operation::shiftLeft},
        {"SHRX", Operation::shiftRight},
        {"SARX", Operation::shiftRightSigned},
        {"PUSH", Operation::push},
        {"POP", Operation::pop},
        {"CALL", Operation::call},
        {"JMP", Operation::jump},
        {"RET", Operation::ret},
        {"LEA", Operation::loadAddress},
        {"XCHG", Operation::exchange},
    };
    if (name.starts_with("NOOP") || name == "ENDBR64") return {Operation::noOperation};
    if (name == "TRAP" || name == "INT3") return {Operation::trap};
    if (name == "SETCCr") return {Operation::setCondition, 8, 8, false, true};
    if (name.starts_with("JCC_")) return {Operation::jumpIf};
    if (name.starts_with("JMP_")) return {Operation::jump};
    if (name == "LEA64_32r") return {Operation::loadAddress, 32, 32, false, true};
    StringRef letters = name.take_until([](char c) { return c >= '0' && c <= '9'; });
    auto known = operations.find(letters);
    if (known == operations.end()) return {};
    StringRef rest = name.drop_front(letters.size());
    unsigned width = 0;
    if (rest.consumeInteger(10, width) || (width != 8 && width != 16 && width != 32 && width != 64)) return {};
    Meaning result = {known->second, uint8_t(width), uint8_t(width), false, true};
    rest.consume_back("_REV");
    rest.consume_back("_alt");
    rest.consume_back("_NOREX");
    if (result.operation == Operation::zeroExtend || result.operation == Operation::signExtend) {
        unsigned source = 0;
        if (!(rest.consume_front("rr") || rest.consume_front("rm")) || rest.consumeInteger(10, source)) return {};
        result.sourceWidth = uint8_t(source);
        return result;
    }
    static const std::vector<StringRef> forms = {"rr",    "ri",  "ri8", "ri32", "rm",   "mr",    "mi",      "mi8",
                                                 "mi32",  "i32", "r",   "m",    "rri8", "rri32", "rri",     "rmi8",
                                                 "rmi32", "rmi", "rCL", "mCL",  "r1",   "m1",    "pcrel32", "rmr",
                                                 "rmm",   "i8",  "i16", "ar",   "",     "r_r"};
    if (std::find(forms.begin(), forms.end(), rest) == forms.end()) return {};
    // One operand: multiplies into two registers.
    if (result.operation == Operation::multiply && (rest == "r" || rest == "m")) return {};
    if (rest == "rCL" || rest == "mCL") return {};
    result.hasImplicitOne = rest == "r1" || rest == "m1";
    return result;
}

class X86Decoder : public Decoder {
    std::unique_ptr<Disassembler> tools;
    std::vector<RegisterPart> parts;
    std::vector<Meaning> meanings;

public:
    X86Decoder() {
        LLVMInitializeX86TargetInfo();
        LLVMInitializeX86TargetMC();
        LLVMInitializeX86Disassembler();
        tools = std::make_unique<Disassembler>("x86_64-linux-gnu", "", 1);
        for (unsigned number = 0; number < tools->registers->getNumRegs(); ++number)
            parts.push_back(registerPart(tools->registers->getName(number)));
        for (unsigned opcode = 0; opcode < tools->instructions->getNumOpcodes(); ++opcode)
            meanings.push_back(meaning(tools->instructions->getName(opcode)));
    }

    bool decode(const uint8_t *bytes, size_t byteCount, uint32_t address, std::vector<Instruction> &result) override {
        result.resize(1);
        return decode(bytes, byteCount, address, result[0]);
    }

private:
    Register general(MCRegister number, bool &isKnown) const {
        if (!number) return none;
        Register result = parts[number.id()].reg;
        isKnown &= result != none && (parts[number.id()].width == 64);
        return result;
    }

    MemoryOperand memoryOperand(const MCInst &code, unsigned first) const {
        MemoryOperand result;
        bool isKnown = code.getOperand(first + 3).isImm();
        result.base = general(code.getOperand(first).getReg(), isKnown);
        result.scale = uint8_t(code.getOperand(first + 1).getImm());
        result.index = general(code.getOperand(first + 2).getReg(), isKnown);
        if (isKnown) result.displacement = code.getOperand(first + 3).getImm();
        result.hasSegment = bool(code.getOperand(first + 4).getReg());
        result.isUnknown = !isKnown;
        return result;
    }

    /// The printed form says how much is read or written.
    static uint32_t accessedBytes(StringRef text) {
        static const std::pair<const char *, uint32_t> sizes[] = {
            {"xmmword ptr", 16}, {"ymmword ptr", 32}, {"zmmword ptr", 64}, {"qword ptr", 8},
            {"dword ptr", 4},    {"tbyte ptr", 10},   {"byte ptr", 1},     {"word ptr", 2},
        };
        for (auto [name, byteCount] : sizes)
            if (text.contains(name)) return byteCount;
        return 0;
    }

    bool decode(const uint8_t *bytes, size_t byteCount, uint32_t address, Instruction &result);
};

}

std::unique_ptr<Decoder> makeX86Decoder() { return std::make_unique<X86Decoder>(); }

bool X86Decoder::decode(const uint8_t *bytes, size_t byteCount, uint32_t address, Instruction &result) {
    MCInst code;
    uint64_t size = 0;
    if (!tools->read(bytes, byteCount, address, code, size)) return false;
    const MCInstrDesc &description = tools->instructions->get(code.getOpcode());
    const Meaning &meaning = meanings[code.getOpcode()];
    result = Instruction();
    result.address = address;
    result.byteCount = uint32_t(size);
    result.operation = meaning.operation;
    if (meaning.isSized) {
        result.width = meaning.width;
        result.sourceWidth = meaning.sourceWidth;
    }
    result.loads = description.mayLoad();
    result.stores = description.mayStore();
    result.text = tools->text(code, address);

    bool isAddress = result.operation == Operation::loadAddress;
    std::vector<Operand> inputs;
    for (unsigned index = 0; index < code.getNumOperands();) {
        bool isMemory = index + 4 < code.getNumOperands() && index + 4 < description.getNumOperands()
            && (description.operands()[index].OperandType == MCOI::OPERAND_MEMORY || (isAddress && index == 1))
            && code.getOperand(index).isReg() && code.getOperand(index + 1).isImm()
            && code.getOperand(index + 2).isReg() && code.getOperand(index + 4).isReg();
        Operand operand;
        if (isMemory) {
            result.hasMemory = true;
            result.memory = memoryOperand(code, index);
            result.memory.byteCount = accessedBytes(result.text);
            operand.kind = Operand::memory;
            index += 5;
        } else {
            const MCOperand &raw = code.getOperand(index);
            if (raw.isImm()) {
                operand.kind = Operand::immediate;
                operand.value = raw.getImm();
            } else if (raw.isReg() && raw.getReg()) {
                const RegisterPart &part = parts[raw.getReg().id()];
                result.hasHighByte |= part.isHighByte;
                operand.kind = Operand::aRegister;
                operand.reg = part.reg;
                if (index < description.getNumDefs() && part.reg != none)
                    result.written.push_back({part.reg, part.width});
            }
            if (index < description.getNumDefs()) {
                result.destination = operand;
                ++index;
                continue;
            }
            ++index;
        }
        inputs.push_back(operand);
    }
    for (MCPhysReg number : description.implicit_defs()) {
        const RegisterPart &part = parts[number];
        if (part.reg != none && part.reg != rsp && part.reg != programCounter)
            result.written.push_back({part.reg, part.width});
        if (StringRef(tools->registers->getName(number)) == "EFLAGS") result.setsFlags = true;
    }
    bool mayJump =
        description.isBranch() || description.isCall() || description.isReturn() || description.isIndirectBranch();
    result.isUnknownJump = mayJump && result.operation < Operation::jump;
    // Padding.
    if (result.text == "xchg ax, ax") result.operation = Operation::noOperation;
    // The last immediate of a conditional instruction is its condition.
    bool isConditional = result.operation == Operation::jumpIf || result.operation == Operation::conditionalMove
        || result.operation == Operation::setCondition;
    if (isConditional && !inputs.empty() && inputs.back().kind == Operand::immediate) {
        result.condition = Condition(inputs.back().value & 15);
        inputs.pop_back();
    }
    if (meaning.hasImplicitOne) inputs.push_back({Operand::immediate, none, 1});
    // Operations of the accumulator and an immediate do not name it.
    bool hasTwo = result.operation >= Operation::add && result.operation <= Operation::test;
    if (hasTwo && inputs.size() == 1 && inputs[0].kind == Operand::immediate) {
        inputs.insert(inputs.begin(), {Operand::aRegister, rax, 0});
        if (result.operation != Operation::compare && result.operation != Operation::test)
            result.destination = {Operand::aRegister, rax, 0};
    }
    if (!inputs.empty()) result.first = inputs[0];
    if (inputs.size() > 1) result.second = inputs[1];
    // What is stored, or changed in memory, stands first.
    if (result.hasMemory && result.stores && result.destination.kind == Operand::nothing
        && result.first.kind == Operand::memory)
        result.destination = result.first;
    if (result.operation == Operation::move && result.destination.kind == Operand::memory) result.first = result.second;
    return true;
}

}
