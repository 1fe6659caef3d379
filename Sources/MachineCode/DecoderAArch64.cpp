// AArch64's instructions in the forms that the analysis knows. One instruction may be several of them: what it does to
// an operand first (shifting, extending), two accesses of a pair, and the change of its base register. Each has an
// address of its own among the instruction's four bytes.

#include "Disassembler.h"

#include "Instruction.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/TargetSelect.h"

#include <optional>

using namespace llvm;

namespace machine {

namespace {

constexpr uint32_t instructionByteCount = 4;
/// For operands that are shifted or extended first.
constexpr Register temporary = Register(32), secondTemporary = Register(33);
constexpr Register linkRegister = Register(30), stackPointer = Register(31);
enum Shift { left, right, rightSigned, rotated };

struct Part {
    Register reg = none;
    uint8_t width = 64;
    bool isZero = false;
};

Part part(StringRef name) {
    if (name == "SP" || name == "WSP") return {stackPointer, uint8_t(name == "SP" ? 64 : 32)};
    if (name == "XZR" || name == "WZR") return {none, uint8_t(name == "XZR" ? 64 : 32), true};
    if (name == "FP") return {Register(29), 64};
    if (name == "LR") return {linkRegister, 64};
    unsigned number = 0;
    uint8_t width = name.starts_with("X") ? 64 : 32;
    bool isGeneral = name.consume_front("X") || name.consume_front("W");
    if (!isGeneral || name.getAsInteger(10, number) || number > 30) return {};
    return {Register(number), width};
}

/// The numbers of conditions without the last bit, which negates in either way of numbering them.
constexpr Condition conditions[] = {equal, aboveOrEqual, negative, overflow, above, greaterOrEqual, greater};

std::optional<Condition> condition(int64_t number) {
    if (number < 0 || number >= 14) return std::nullopt;
    return Condition(conditions[number >> 1] ^ (number & 1));
}

/// The mask that an immediate of 13 bits stands for.
uint64_t logicalImmediate(uint64_t bits, unsigned width) {
    unsigned n = bits >> 12 & 1, rotation = bits >> 6 & 63, ones = bits & 63;
    unsigned size = n ? 64 : 32;
    if (!n)
        while (size > 2 && (ones & size / 2)) ones &= ~(size / 2), size /= 2;
    if (!n && size < 32) ones &= size - 1;
    ones = (ones & (size - 1)) + 1;
    rotation &= size - 1;
    uint64_t element = ones == 64 ? ~0ull : (1ull << ones) - 1;
    uint64_t whole = size == 64 ? ~0ull : (1ull << size) - 1;
    if (rotation) element = (element >> rotation | element << (size - rotation)) & whole;
    for (unsigned filled = size; filled < 64; filled *= 2) element |= element << filled;
    return width == 64 ? element : element & 0xFFFFFFFF;
}

Operand number(int64_t value) { return {Operand::immediate, none, value}; }
Operand of(Register reg) { return {Operand::aRegister, reg, 0}; }

class AArch64Decoder : public Decoder {
    std::unique_ptr<Disassembler> tools;
    std::vector<Part> parts;

    struct Reader {
        const AArch64Decoder &decoder;
        const MCInst &code;
        const MCInstrDesc &description;
        uint32_t address;
        std::string text;
        std::vector<Instruction> &result;
        StringRef name;

        Part partAt(unsigned index) const {
            const MCOperand &operand = code.getOperand(index);
            return operand.isReg() && operand.getReg() ? decoder.parts[operand.getReg().id()] : Part();
        }
        Operand at(unsigned index) const {
            const MCOperand &operand = code.getOperand(index);
            if (operand.isImm()) return number(operand.getImm());
            Part part = partAt(index);
            if (part.isZero) return number(0);
            return part.reg == none ? Operand() : of(part.reg);
        }
        Operand target(unsigned index) const { return partAt(index).reg == none ? Operand() : at(index); }
        int64_t immediate(unsigned index) const {
            const MCOperand &operand = code.getOperand(index);
            return operand.isImm() ? operand.getImm() : 0;
        }
        unsigned operandCount() const { return code.getNumOperands(); }

        Instruction &
        emit(Operation operation, unsigned width, Operand destination = {}, Operand first = {}, Operand second = {}) {
            Instruction one;
            one.address = address + uint32_t(result.size());
            one.byteCount = instructionByteCount - uint32_t(result.size());
            one.operation = operation;
            one.width = one.sourceWidth = uint8_t(width);
            one.destination = destination;
            one.first = first;
            one.second = second;
            one.text = text;
            result.push_back(one);
            return result.back();
        }

        void unknown() {
            Instruction &one = emit(Operation::other, 64);
            for (unsigned index = 0; index < description.getNumDefs(); ++index)
                if (partAt(index).reg != none) one.written.push_back({partAt(index).reg, partAt(index).width});
            one.setsFlags = setsFlags();
            one.loads = description.mayLoad();
            one.stores = description.mayStore();
            one.isUnknownJump = description.isBranch() || description.isCall() || description.isReturn();
        }

        bool setsFlags() const {
            for (MCPhysReg number : description.implicit_defs())
                if (StringRef(decoder.tools->registers->getName(number)) == "NZCV") return true;
            return false;
        }

        // MARK: Arithmetic

        /// The second operand of a calculation, shifted or extended into a temporary register.
        Operand shifted(Operand value, int64_t bits, unsigned width) {
            unsigned amount = bits & 63;
            if (amount == 0 || value.kind != Operand::aRegister) return value;
            static constexpr Operation operations[] = {
                Operation::shiftLeft, Operation::shiftRight, Operation::shiftRightSigned, Operation::other};
            Instruction &one = emit(operations[bits >> 6 & 3], width, of(temporary), value, number(amount));
            if (one.operation == Operation::other) one.written.push_back({temporary, 64});
            return of(temporary);
        }
        Operand extended(Operand value, unsigned kind, unsigned amount, unsigned width) {
            if (value.kind != Operand::aRegister) return value;
            unsigned source = 8u << (kind & 3);
            if (source < width) {
                Operation operation = kind & 4 ? Operation::signExtend : Operation::zeroExtend;
                emit(operation, width, of(temporary), value).sourceWidth = uint8_t(source);
                value = of(temporary);
            }
            if (amount) {
                emit(Operation::shiftLeft, width, of(temporary), value, number(amount));
                value = of(temporary);
            }
            return value;
        }

        bool arithmetic() {
            static const std::pair<const char *, Operation> operations[] = {
                {"ADDS", Operation::add},  {"SUBS", Operation::subtract}, {"ANDS", Operation::bitAnd},
                {"ADD", Operation::add},   {"SUB", Operation::subtract},  {"AND", Operation::bitAnd},
                {"ORR", Operation::bitOr}, {"EOR", Operation::bitXor}};
            StringRef rest = name;
            auto known = find_if(operations, [&](auto &entry) { return rest.consume_front(entry.first); });
            if (known == std::end(operations)) return false;
            unsigned width = rest.starts_with("X") ? 64 : 32;
            if (!(rest.consume_front("X") || rest.consume_front("W"))) return false;
            Operation operation = known->second;
            bool isLogical = operation != Operation::add && operation != Operation::subtract;
            Operand first = at(1), second = at(2);
            if (rest == "ri" && isLogical) second = number(int64_t(logicalImmediate(uint64_t(immediate(2)), width)));
            else if (rest == "ri") second = number(immediate(2) << (operandCount() > 3 ? immediate(3) & 63 : 0));
            else if (rest == "rs") second = shifted(second, immediate(3), width);
            else if (rest == "rx" || rest == "rx64")
                second = extended(second, unsigned(immediate(3) >> 3 & 7), unsigned(immediate(3) & 7), width);
            else return false;
            Operand destination = target(0);
            bool flags = setsFlags();
            // A register is moved.
            bool isZeroFirst = first.kind == Operand::immediate && first.value == 0;
            if (operation == Operation::bitOr && isZeroFirst) {
                emit(Operation::move, width, destination, second);
            } else if (operation == Operation::subtract && flags && destination.kind == Operand::nothing) {
                emit(Operation::compare, width, {}, first, second).setsFlags = true;
            } else {
                emit(operation, width, destination, first, second).setsFlags = flags;
            }
            return true;
        }

        bool constant() {
            StringRef rest = name;
            bool isNegated = rest.consume_front("MOVN"), isKept = !isNegated && rest.consume_front("MOVK");
            if (!isNegated && !isKept && !rest.consume_front("MOVZ")) return false;
            unsigned width = rest.starts_with("X") ? 64 : 32;
            unsigned last = operandCount() - 1, shift = unsigned(immediate(last)) & 63;
            uint64_t value = uint64_t(immediate(last - 1)) << shift;
            if (isKept) {
                emit(Operation::bitAnd, width, of(temporary), at(1), number(int64_t(~(uint64_t(0xFFFF) << shift))));
                emit(Operation::bitOr, width, target(0), of(temporary), number(int64_t(value)));
            } else {
                emit(Operation::move, width, target(0), number(int64_t(isNegated ? ~value : value)));
            }
            return true;
        }

        bool bitField() {
            StringRef rest = name;
            bool isSigned = rest.consume_front("SBFM");
            if (!isSigned && !rest.consume_front("UBFM")) return false;
            unsigned width = rest.starts_with("X") ? 64 : 32;
            unsigned first = unsigned(immediate(2)), last = unsigned(immediate(3));
            Operand source = at(1), destination = target(0);
            if (source.kind != Operand::aRegister) return false;
            if (last == width - 1) {
                emit(
                    isSigned ? Operation::shiftRightSigned : Operation::shiftRight, width, destination, source,
                    number(first));
                return true;
            }
            if (!isSigned && last + 1 == first) {
                emit(Operation::shiftLeft, width, destination, source, number(width - first));
                return true;
            }
            unsigned count = last >= first ? last - first + 1 : last + 1, amount = last >= first ? 0 : width - first;
            bool isWhole = count == 8 || count == 16 || count == 32;
            if (isSigned && (!isWhole || (last >= first && first > 0))) return false;
            Operand part = amount ? of(temporary) : destination;
            if (last >= first && first > 0) {
                emit(Operation::shiftRight, width, of(temporary), source, number(first));
                source = of(temporary);
            }
            if (isSigned || isWhole) {
                emit(isSigned ? Operation::signExtend : Operation::zeroExtend, width, part, source).sourceWidth =
                    uint8_t(count);
            } else {
                emit(Operation::bitAnd, width, part, source, number(int64_t((uint64_t(1) << count) - 1)));
            }
            if (amount) emit(Operation::shiftLeft, width, destination, part, number(amount));
            return true;
        }

        bool product() {
            StringRef rest = name;
            bool isLong = rest.consume_front("UMADDL");
            if (!isLong && !rest.consume_front("MADD")) return false;
            unsigned width = isLong || rest.starts_with("X") ? 64 : 32;
            Operand first = at(1), second = at(2), third = at(3);
            if (isLong && first.kind == Operand::aRegister) {
                emit(Operation::zeroExtend, 64, of(temporary), first).sourceWidth = 32;
                first = of(temporary);
            }
            if (isLong && second.kind == Operand::aRegister) {
                emit(Operation::zeroExtend, 64, of(secondTemporary), second).sourceWidth = 32;
                second = of(secondTemporary);
            }
            bool isSum = third.kind == Operand::aRegister;
            emit(Operation::multiply, width, isSum ? of(temporary) : target(0), first, second);
            if (isSum) emit(Operation::add, width, target(0), third, of(temporary));
            return true;
        }

        bool selection() {
            bool isPlain = name.starts_with("CSEL"), isNext = name.starts_with("CSINC");
            if (!isPlain && !isNext) return false;
            std::optional<Condition> wanted = condition(immediate(3));
            unsigned width = name.contains("X") ? 64 : 32;
            if (!wanted) return false;
            Operand chosen = at(1), otherwise = at(2);
            bool areZero = chosen.kind == Operand::immediate && otherwise.kind == Operand::immediate;
            if (isNext && areZero) {
                emit(Operation::setCondition, 8, of(temporary)).condition = Condition(*wanted ^ 1);
                emit(Operation::zeroExtend, 32, target(0), of(temporary)).sourceWidth = 8;
                return true;
            }
            if (isNext) {
                emit(Operation::add, width, of(temporary), otherwise, number(1));
                otherwise = of(temporary);
            }
            emit(Operation::conditionalMove, width, target(0), otherwise, chosen).condition = *wanted;
            return true;
        }

        // MARK: Control

        bool control() {
            if (name == "HINT" || name == "DMB" || name == "DSB" || name == "ISB" || name == "CLREX")
                return emit(Operation::noOperation, 64), true;
            if (name == "BRK" || name == "UDF") return emit(Operation::trap, 64), true;
            if (name == "RET") return emit(Operation::ret, 64, {}, at(0)), true;
            if (name == "BR") return emit(Operation::jump, 64, {}, at(0)), true;
            if (name == "BLR") return emit(Operation::call, 64, {}, at(0)), true;
            if (name == "B" || name == "BL")
                return emit(name == "B" ? Operation::jump : Operation::call, 64, {}, distance(0)), true;
            if (name == "Bcc") {
                std::optional<Condition> wanted = condition(immediate(0));
                if (!wanted) return false;
                emit(Operation::jumpIf, 64, {}, distance(1)).condition = *wanted;
                return true;
            }
            if (name.starts_with("CBZ") || name.starts_with("CBNZ")) {
                emit(Operation::compare, name.ends_with("X") ? 64 : 32, {}, at(0), number(0)).setsFlags = true;
                emit(Operation::jumpIf, 64, {}, distance(1)).condition = name.starts_with("CBZ") ? equal : notEqual;
                return true;
            }
            if (name.starts_with("TBZ") || name.starts_with("TBNZ")) {
                bool isX = name.ends_with("X");
                unsigned bit = unsigned(immediate(1));
                emit(Operation::test, isX ? 64 : 32, {}, at(0), number(int64_t(uint64_t(1) << bit))).setsFlags = true;
                emit(Operation::jumpIf, 64, {}, distance(2)).condition = name.starts_with("TBZ") ? equal : notEqual;
                return true;
            }
            return false;
        }

        /// From the end of the instruction.
        Operand distance(unsigned index) const {
            return number(immediate(index) * int64_t(instructionByteCount) - int64_t(instructionByteCount));
        }

        bool place() {
            if (name != "ADR" && name != "ADRP") return false;
            int64_t page = int64_t(address & ~uint32_t(0xFFF)), end = int64_t(address) + instructionByteCount;
            Instruction &one = emit(Operation::loadAddress, 64, target(0));
            one.hasMemory = true;
            one.memory.base = programCounter;
            one.memory.displacement =
                name == "ADR" ? immediate(1) - int64_t(instructionByteCount) : page + immediate(1) * 4096 - end;
            one.first = {Operand::memory};
            return true;
        }

        // MARK: Accesses

        struct Access {
            uint32_t byteCount = 0;
            unsigned width = 64;
            bool isVector = false, isSigned = false;
        };

        static std::optional<Access> accessOf(StringRef &rest) {
            static const std::pair<const char *, Access> kinds[] = {
                // clang-format off
                {"SBW", {1, 32, false, true}}, {"SBX", {1, 64, false, true}}, {"SHW", {2, 32, false, true}},
                {"SHX", {2, 64, false, true}}, {"SW", {4, 64, false, true}}, {"BB", {1, 32}}, {"HH", {2, 32}},
                {"X", {8, 64}}, {"W", {4, 32}}, {"B", {1, 0, true}}, {"H", {2, 0, true}}, {"S", {4, 0, true}},
                {"D", {8, 0, true}}, {"Q", {16, 0, true}}};
            // clang-format on
            for (auto &[letters, access] : kinds)
                if (rest.consume_front(letters)) return access;
            return std::nullopt;
        }

        void access(const Access &kind, bool isLoad, unsigned reg, MemoryOperand memory) {
            memory.byteCount = kind.byteCount;
            Operand operand = {Operand::memory};
            bool isGeneral = !kind.isVector && (partAt(reg).reg != none || partAt(reg).isZero);
            Operation operation = !isGeneral ? Operation::other : Operation::move;
            bool isNarrow = isGeneral && isLoad && (kind.byteCount < 4 || kind.isSigned);
            if (isNarrow) operation = kind.isSigned ? Operation::signExtend : Operation::zeroExtend;
            unsigned width = isNarrow ? kind.width : 8 * kind.byteCount;
            Instruction &one = emit(operation, isGeneral ? width : 64);
            one.sourceWidth = uint8_t(isGeneral ? 8 * kind.byteCount : 64);
            one.hasMemory = true;
            one.memory = memory;
            one.loads = isLoad;
            one.stores = !isLoad;
            if (!isGeneral) return;
            one.destination = isLoad ? target(reg) : operand;
            one.first = isLoad ? operand : at(reg);
        }

        void moveBase(unsigned base, int64_t distance) {
            emit(Operation::add, 64, at(base), at(base), number(distance));
        }

        bool memoryAccess() {
            StringRef rest = name;
            bool isPair = rest.consume_front("LDP") || rest.consume_front("LDNP");
            bool isLoad = isPair;
            if (!isPair) isPair = rest.consume_front("STP") || rest.consume_front("STNP");
            if (!isPair) {
                isLoad = rest.consume_front("LDR") || rest.consume_front("LDUR");
                if (!isLoad && !rest.consume_front("STR") && !rest.consume_front("STUR")) return false;
            }
            std::optional<Access> kind = accessOf(rest);
            if (!kind) return false;
            bool isBefore = rest == "pre", isBehind = rest == "post";
            unsigned first = isBefore || isBehind ? 1 : 0, base = first + (isPair ? 2 : 1);
            if (rest == "l" || base >= operandCount()) return false;
            MemoryOperand memory;
            memory.base = partAt(base).reg;
            if (memory.base == none) return false;
            if (rest == "roX" || rest == "roW") { return indexed(*kind, isLoad, memory, rest == "roW"); }
            bool isScaled = rest == "ui" || isPair;
            int64_t distance = immediate(base + 1) * (isScaled ? int64_t(kind->byteCount) : 1);
            if (isBefore) moveBase(base, distance);
            else if (!isBehind) memory.displacement = distance;
            // What is loaded first may be the base of the second.
            if (isPair && isLoad && partAt(first).reg == memory.base) return false;
            access(*kind, isLoad, first, memory);
            if (isPair) {
                memory.displacement += kind->byteCount;
                access(*kind, isLoad, first + 1, memory);
            }
            if (isBehind) moveBase(base, distance);
            return true;
        }

        /// With a register for an index: operands are what is loaded or stored, base, index, whether a half is extended
        /// with its sign, and whether it is shifted by the size.
        bool indexed(const Access &kind, bool isLoad, MemoryOperand memory, bool isHalf) {
            Part index = partAt(2);
            bool isSigned = immediate(3) != 0, isShifted = immediate(4) != 0;
            memory.scale = uint8_t(isShifted ? kind.byteCount : 1);
            if (index.reg == none && !index.isZero) return false;
            memory.index = index.reg;
            if (isHalf && index.reg != none) {
                emit(isSigned ? Operation::signExtend : Operation::zeroExtend, 64, of(temporary), of(index.reg))
                    .sourceWidth = 32;
                memory.index = temporary;
            }
            access(kind, isLoad, 0, memory);
            return true;
        }

        /// Atomic accesses, and those of a vector's lanes: the last register is the base, which does not change.
        bool plainAccess() {
            if (!description.mayLoad() && !description.mayStore()) return false;
            uint32_t byteCount = 0;
            if (name.starts_with("LD1R") && !name.contains("POST")) {
                byteCount = name.contains("b") ? 1 : name.contains("h") ? 2 : name.contains("s") ? 4 : 8;
            } else if ((name.starts_with("LD1i") || name.starts_with("ST1i")) && !name.contains("POST")) {
                unsigned bits = 0;
                if (name.drop_front(4).getAsInteger(10, bits)) return false;
                byteCount = bits / 8;
            } else if (
                name.starts_with("LDA") || name.starts_with("STL") || name.starts_with("LDX") || name.starts_with("STX")
                || name.starts_with("CAS") || name.starts_with("SWP") || name.starts_with("LDADD")
                || name.starts_with("LDCLR") || name.starts_with("LDEOR") || name.starts_with("LDSET")) {
                auto power = StringRef("BHWX").find(name.back());
                byteCount = power == StringRef::npos ? 0 : 1u << power;
            }
            if (byteCount == 0) return false;
            Part base;
            for (unsigned index = 0; index < operandCount(); ++index)
                if (code.getOperand(index).isReg()) base = partAt(index);
            if (base.reg == none || base.width != 64) return false;
            unknown();
            Instruction &one = result.back();
            one.hasMemory = true;
            one.memory.base = base.reg;
            one.memory.byteCount = byteCount;
            return true;
        }
    };

public:
    AArch64Decoder() {
        LLVMInitializeAArch64TargetInfo();
        LLVMInitializeAArch64TargetMC();
        LLVMInitializeAArch64Disassembler();
        tools = std::make_unique<Disassembler>("aarch64-linux-gnu", "+all", 0);
        for (unsigned number = 0; number < tools->registers->getNumRegs(); ++number)
            parts.push_back(part(tools->registers->getName(number)));
    }

    bool decode(const uint8_t *bytes, size_t byteCount, uint32_t address, std::vector<Instruction> &result) override {
        MCInst code;
        uint64_t size = 0;
        if (!tools->read(bytes, byteCount, address, code, size)) return false;
        result.clear();
        const MCInstrDesc &description = tools->instructions->get(code.getOpcode());
        Reader reader = {*this,
                         code,
                         description,
                         address,
                         tools->text(code, address),
                         result,
                         tools->instructions->getName(code.getOpcode())};
        bool isKnown = reader.control() || reader.arithmetic() || reader.constant() || reader.bitField()
            || reader.product() || reader.selection() || reader.place() || reader.memoryAccess()
            || reader.plainAccess();
        if (!isKnown) {
            result.clear();
            reader.unknown();
        }
        for (Instruction &one : result) one.isFirst = one.address == address;
        return true;
    }
};

}

std::unique_ptr<Decoder> makeAArch64Decoder() { return std::make_unique<AArch64Decoder>(); }

}
