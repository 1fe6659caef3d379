// Reads an artifact's description, and knows the layouts of wasmc_layout.h.

#include "Image.h"

#include <algorithm>
#include <elf.h>

namespace machine {

namespace {

constexpr uint32_t stubByteCount = 16;
constexpr uint32_t slotByteCount = sizeof(void *);
constexpr Wide pageByteCount = 65536;
enum { functionKind, tableKind, memoryKind, globalKind };

Symbol pointer(Meaning meaning, uint32_t index = 0) { return {meaning, index, power(16), power(47)}; }
Symbol number(Wide low = 0, Wide high = word64) { return {Meaning::number, anyNumber, low, high}; }
/// A reference, or a number that goes where references go.
Symbol word() { return {Meaning::number, wholeWord, 0, word64}; }
/// What an element of a table names, if it is not null.
Symbol element() { return {Meaning::record, 0, 0, power(47)}; }

}

Image::Image(const uint8_t *bytes)
    : bytes(bytes), header(reinterpret_cast<const wasmc_artifact *>(bytes + WASMC_ARTIFACT_OFFSET)) {
    memories = header->imported_memory_count + header->memories.count;
    tables = header->imported_table_count + header->tables.count;
    globals = header->global_count;
    firstTable = sizeof(wasmc_instance) + memories * slotByteCount;
    firstGlobal = firstTable + tables * slotByteCount;
    firstTag = firstGlobal + globals * slotByteCount;
    firstBase = firstTag + (header->imported_tag_count + header->tags.count) * slotByteCount;
    firstRecord = firstBase + memories * slotByteCount;
    uint32_t end = firstRecord + header->records.count * uint32_t(sizeof(wasmc_function));
    firstCell = (end + sizeof(wasmc_value) - 1) / sizeof(wasmc_value) * sizeof(wasmc_value);
    instanceByteCount = firstCell + (globals - header->imported_global_count) * uint32_t(sizeof(wasmc_value));
    readFunctions();
}

const Architecture &Image::architecture() const {
    return file()->e_machine == EM_AARCH64 ? aarch64Architecture : x86Architecture;
}

std::unique_ptr<Decoder> Image::makeDecoder() const {
    return file()->e_machine == EM_AARCH64 ? makeAArch64Decoder() : makeX86Decoder();
}

void Image::readFunctions() {
    auto *sections = reinterpret_cast<const Elf64_Shdr *>(bytes + file()->e_shoff);
    for (unsigned index = 0; index < file()->e_shnum; ++index) {
        if (sections[index].sh_type != SHT_SYMTAB) continue;
        auto *symbols = reinterpret_cast<const Elf64_Sym *>(bytes + sections[index].sh_offset);
        auto *names = reinterpret_cast<const char *>(bytes + sections[sections[index].sh_link].sh_offset);
        for (uint64_t number = 0; number < sections[index].sh_size / sizeof(Elf64_Sym); ++number) {
            const Elf64_Sym &symbol = symbols[number];
            if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_value < codeStart()
                || symbol.st_value + symbol.st_size > functionsEnd())
                continue;
            uint32_t start = uint32_t(symbol.st_value);
            functions[start] = {names + symbol.st_name, start, uint32_t(start + symbol.st_size)};
        }
    }
    auto *types = elements<wasmc_function_type>(header->function_types);
    for (uint32_t index = 0; index < header->function_types.count; ++index) {
        for (auto [start, convention] :
             {std::pair(types[index].entry_trampoline, Convention::entry),
              std::pair(types[index].host_trampoline, Convention::host)}) {
            auto place = functions.find(start);
            if (place != functions.end()) place->second.convention = convention;
        }
    }
    auto *tiered = elements<wasmc_tiered_code>(header->tiered_code);
    for (uint32_t index = 0; index < header->tiered_code.count; ++index) {
        auto place = functions.find(tiered[index].code);
        if (tiered[index].loop != UINT32_MAX && place != functions.end()) place->second.convention = Convention::loop;
    }
    auto *tail = elements<uint32_t>(header->tail_code);
    for (uint32_t index = 0; index < header->tail_code.count; ++index) {
        auto place = functions.find(tail[index]);
        if (place != functions.end()) place->second.convention = Convention::tail;
    }
}

bool Image::isTailCode(uint32_t address) const {
    auto function = functions.find(address);
    return function != functions.end() && isTail(function->second.convention);
}

uint32_t Image::landingPad(uint32_t call) const {
    auto *pads = elements<wasmc_landing_pad>(header->landing_pads), *end = pads + header->landing_pads.count;
    auto *next = std::upper_bound(
        pads, end, call, [](uint32_t place, const wasmc_landing_pad &pad) { return place < pad.start; });
    return next != pads && call < next[-1].end ? next[-1].pad : 0;
}

uint32_t Image::functionsEnd() const { return codeEnd() - header->external_count * stubByteCount; }

const char *Image::external(uint32_t address) const {
    if (address < functionsEnd() || address >= codeEnd() || (address - functionsEnd()) % stubByteCount != 0)
        return nullptr;
    uint32_t index = (address - functionsEnd()) / stubByteCount;
    return index < wasmc_external_count() ? wasmc_external_names()[index] : nullptr;
}

bool Image::preservesRegisters(uint32_t address) const {
    auto function = functions.find(address);
    return function != functions.end() && function->second.name == "wasm_may_go_on";
}

const wasmc_external_type *Image::type(uint8_t kind, uint32_t index) const {
    auto *imports = elements<wasmc_import>(header->imports);
    for (uint32_t number = 0; number < header->imports.count; ++number) {
        if (imports[number].type.kind != kind) continue;
        if (index == 0) return &imports[number].type;
        --index;
    }
    wasmc_span own = kind == memoryKind ? header->memories : header->tables;
    return index < own.count ? elements<wasmc_external_type>(own) + index : nullptr;
}

bool Image::isReserved(uint32_t memory) const {
    const wasmc_external_type *type = this->type(memoryKind, memory);
    return isGuarded() && type && !type->is_64bit && !type->has_byte_pages;
}

Wide Image::minimumByteCount(uint32_t memory) const {
    const wasmc_external_type *type = this->type(memoryKind, memory);
    return type ? Wide(type->limits.minimum) * (type->has_byte_pages ? 1 : pageByteCount) : 0;
}

bool Image::mayStore(const Symbol &structure, Wide from, Wide to) const {
    if (structure.meaning == Meaning::tiers) {
        Wide counts = from % Wide(sizeof(wasmc_tier)), width = to - from;
        bool isCountdown = counts == offsetof(wasmc_tier, countdown), isCalls = counts == offsetof(wasmc_tier, calls);
        return from >= 0 && width == sizeof(int64_t) && (isCountdown || isCalls);
    }
    if (structure.meaning == Meaning::tailArguments || structure.meaning == Meaning::exceptionValues) return true;
    if (structure.meaning == Meaning::store) {
        Wide tag = offsetof(wasmc_store, exception_tag), reference = offsetof(wasmc_store, exception);
        Wide bump = offsetof(wasmc_store, allocation) + offsetof(wasmc_allocation, bump);
        return to - from == sizeof(uint64_t) && (from == tag || from == reference || from == bump);
    }
    if (structure.meaning != Meaning::instance) return false;
    Wide points = offsetof(wasmc_instance, remaining_fuel);
    return (from >= firstCell && to <= instanceByteCount) || (from >= points && to <= points + Wide(sizeof(int64_t)));
}

uint32_t Image::valuesByteCount() const {
    uint32_t most = 1;
    auto *types = elements<wasmc_function_type>(header->function_types);
    for (uint32_t index = 0; index < header->function_types.count; ++index)
        most = std::max({most, types[index].parameters.count + 1, types[index].results.count});
    return most * uint32_t(sizeof(wasmc_value));
}

uint32_t Image::resultsByteCount() const {
    uint32_t most = 1;
    auto *types = elements<wasmc_function_type>(header->function_types);
    for (uint32_t index = 0; index < header->function_types.count; ++index)
        most = std::max(most, types[index].results.count);
    return most * uint32_t(sizeof(wasmc_value));
}

uint32_t Image::resultsByteCount(uint32_t caller) const {
    std::optional<uint32_t> most;
    auto *types = elements<wasmc_function_type>(header->function_types);
    for (uint32_t index = 0; index < header->function_types.count; ++index)
        if (types[index].host_trampoline == caller) most = std::max(most.value_or(0), types[index].results.count);
    return most ? *most * uint32_t(sizeof(wasmc_value)) : resultsByteCount();
}

std::optional<Wide> Image::byteCount(const Symbol &pointer) const {
    switch (pointer.meaning) {
    case Meaning::instance: return instanceByteCount;
    case Meaning::store: return sizeof(wasmc_store);
    case Meaning::builtins: return sizeof(wasmc_builtins);
    case Meaning::typeIDs: return header->function_types.count * sizeof(uint32_t);
    case Meaning::dataSegments: return header->data_segments.count * sizeof(wasmc_data_segment);
    case Meaning::tiers: return header->function_bodies.count * sizeof(wasmc_tier);
    case Meaning::memoryStructure: return sizeof(wasmc_memory);
    case Meaning::tableStructure: return sizeof(wasmc_table);
    case Meaning::globalCell: return sizeof(wasmc_value);
    case Meaning::record: return sizeof(wasmc_function);
    case Meaning::binding: return sizeof(wasmc_host_binding);
    case Meaning::values: return valuesByteCount();
    case Meaning::results: return resultsByteCount();
    case Meaning::tailArguments: return Wide(header->tail_argument_count) * Wide(sizeof(wasmc_value));
    case Meaning::exceptionValues: return Wide(header->exception_value_count) * Wide(sizeof(wasmc_value));
    case Meaning::descriptors: return Wide(WASMC_DESCRIPTOR_REGION_BYTES) + WASMC_MOST_DESCRIPTOR_BYTES;
    case Meaning::functions: return Wide(WASMC_FUNCTION_NUMBERS) * Wide(sizeof(wasmc_ref));
    case Meaning::number:
        if (isWord(pointer)) return sizeof(wasmc_function);
        return std::nullopt;
    case Meaning::stack:
    case Meaning::memoryBase:
    case Meaning::memorySize:
    case Meaning::tableElements:
    case Meaning::tableCount:
    case Meaning::image:
    case Meaning::code:
    case Meaning::trapFunction:
    case Meaning::throwFunction:
    case Meaning::tailDistance:
    case Meaning::heap: return std::nullopt;
    }
    return std::nullopt;
}

Symbol Image::loadedFromInstance(int64_t offset) const {
    switch (offset) {
    case offsetof(wasmc_instance, store): return pointer(Meaning::store);
    case offsetof(wasmc_instance, builtins): return pointer(Meaning::builtins);
    case offsetof(wasmc_instance, type_ids):
    case offsetof(wasmc_instance, object_ids): return pointer(Meaning::typeIDs);
    case offsetof(wasmc_instance, descriptors): return pointer(Meaning::descriptors);
    case offsetof(wasmc_instance, data_segments): return pointer(Meaning::dataSegments);
    case offsetof(wasmc_instance, tiers): return pointer(Meaning::tiers);
    default: break;
    }
    auto slot = [&](uint32_t first, uint32_t end) -> std::optional<uint32_t> {
        if (offset < first || offset >= end || (offset - first) % slotByteCount != 0) return std::nullopt;
        return uint32_t(offset - first) / slotByteCount;
    };
    if (auto index = slot(sizeof(wasmc_instance), firstTable)) return pointer(Meaning::memoryStructure, *index);
    if (auto index = slot(firstTable, firstGlobal)) return pointer(Meaning::tableStructure, *index);
    if (auto index = slot(firstGlobal, firstTag)) return pointer(Meaning::globalCell, *index);
    // Where another memory began, it may be no more.
    if (offset >= firstCell) return word();
    if (auto index = slot(firstBase, firstRecord))
        return isReserved(*index) ? pointer(Meaning::memoryBase, *index) : number();
    if (offset >= firstRecord && offset < firstCell) {
        switch ((offset - firstRecord) % sizeof(wasmc_function)) {
        case offsetof(wasmc_function, code): return pointer(Meaning::code);
        case offsetof(wasmc_function, context): return pointer(Meaning::binding);
        default: break;
        }
    }
    return number();
}

bool Image::isTailDistance(const Symbol &from, int64_t offset) const {
    if (from.meaning == Meaning::instance && offset >= firstRecord && offset < firstCell)
        return (offset - firstRecord) % sizeof(wasmc_function) == offsetof(wasmc_function, tail_distance);
    bool isRecord = from.meaning == Meaning::record || isWord(from);
    return isRecord && offset == offsetof(wasmc_function, tail_distance);
}

Symbol Image::loaded(const Symbol &from, int64_t offset, unsigned byteCount) const {
    if (byteCount < 8) {
        Symbol bits = number(0, power(8 * byteCount) - 1);
        if (byteCount == sizeof(int32_t) && isTailDistance(from, offset)) bits.meaning = Meaning::tailDistance;
        return bits;
    }
    if (byteCount > 8) return number();
    switch (from.meaning) {
    case Meaning::instance: return loadedFromInstance(offset);
    case Meaning::builtins:
        if (offset == offsetof(wasmc_builtins, trap)) return pointer(Meaning::trapFunction);
        if (offset == offsetof(wasmc_builtins, throw_exception)) return pointer(Meaning::throwFunction);
        if (offset == offsetof(wasmc_builtins, memory_grow) || offset == offsetof(wasmc_builtins, table_grow))
            return pointer(Meaning::code);
        return pointer(Meaning::code, codeThatMovesNothing);
    case Meaning::memoryStructure:
        if (offset == offsetof(wasmc_memory, base)) return pointer(Meaning::memoryBase, from.index);
        if (offset == offsetof(wasmc_memory, byte_count))
            return {Meaning::memorySize, from.index, minimumByteCount(from.index), power(48)};
        break;
    case Meaning::tableStructure:
        if (offset == offsetof(wasmc_table, elements)) return pointer(Meaning::tableElements, from.index);
        if (offset == offsetof(wasmc_table, count)) {
            const wasmc_external_type *type = this->type(tableKind, from.index);
            return {
                Meaning::tableCount, from.index, type ? Wide(type->limits.minimum) : 0, WASMC_MAXIMUM_TABLE_ELEMENTS};
        }
        break;
    case Meaning::tableElements: return element();
    case Meaning::tiers:
        if (offset % int64_t(sizeof(wasmc_tier)) == offsetof(wasmc_tier, code)) return pointer(Meaning::code);
        break;
    case Meaning::number:
        if (!isWord(from)) break;
        [[fallthrough]];
    case Meaning::record:
        if (offset == offsetof(wasmc_function, code)) return pointer(Meaning::code);
        if (offset == offsetof(wasmc_function, context)) return pointer(Meaning::binding);
        break;
    case Meaning::binding:
        if (offset == offsetof(wasmc_host_binding, invoke)) return pointer(Meaning::code);
        if (offset == offsetof(wasmc_host_binding, throw_exception)) return pointer(Meaning::throwFunction);
        if (offset == offsetof(wasmc_host_binding, store)) return pointer(Meaning::store);
        break;
    case Meaning::store:
        if (offset == offsetof(wasmc_store, tail_arguments)) return pointer(Meaning::tailArguments);
        if (offset == offsetof(wasmc_store, exception_values)) return pointer(Meaning::exceptionValues);
        if (offset == offsetof(wasmc_store, allocation) + offsetof(wasmc_allocation, base))
            return pointer(Meaning::heap);
        if (offset == offsetof(wasmc_store, functions)) return pointer(Meaning::functions);
        break;
    case Meaning::functions:
    case Meaning::tailArguments:
    case Meaning::exceptionValues:
    case Meaning::globalCell:
    case Meaning::values:
    case Meaning::results: return word();
    case Meaning::stack:
    case Meaning::memoryBase:
    case Meaning::memorySize:
    case Meaning::tableCount:
    case Meaning::image:
    case Meaning::tailDistance:
    case Meaning::typeIDs:
    case Meaning::dataSegments:
    case Meaning::heap:
    case Meaning::descriptors:
    case Meaning::code:
    case Meaning::trapFunction:
    case Meaning::throwFunction: break;
    }
    return number();
}

}
