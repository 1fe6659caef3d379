// An artifact as the analysis needs it: its functions, and what instances of it look like.

#ifndef WASMC_IMAGE_H
#define WASMC_IMAGE_H

#include "Architecture.h"
#include "Expression.h"

extern "C" {
#include "wasmc_artifact.h"
}

#include <elf.h>
#include <map>
#include <optional>
#include <string>

namespace machine {

/// Who calls a function, which decides what its first arguments are.
enum class Convention : uint8_t {
    /// The instance comes first.
    guest,
    /// The instance, then an area for results.
    guestWithResults,
    /// A record, then an array of values.
    entry,
    /// What a record names comes first, a host function's binding; then, for many results, an area for them.
    host,
    hostWithResults,
    /// The instance, then an array of values.
    loop,
    /// That of functions that make tail calls; the instance, then, for many results, an area for them.
    tail,
    tailWithResults,
};

inline bool isTail(Convention convention) {
    return convention == Convention::tail || convention == Convention::tailWithResults;
}

/// Whether code may move memories and tables.
enum : uint32_t { anyCode, codeThatMovesNothing };

struct CodeFunction {
    std::string name;
    uint32_t start, end;
    Convention convention = Convention::guest;
};

class Image {
    const uint8_t *bytes;
    const wasmc_artifact *header;
    uint32_t memories, tables, globals;
    uint32_t firstTable, firstGlobal, firstTag, firstBase, firstRecord, firstCell, instanceByteCount;

public:
    std::map<uint32_t, CodeFunction> functions;

    explicit Image(const uint8_t *bytes);

    const Architecture &architecture() const;
    std::unique_ptr<Decoder> makeDecoder() const;
    bool isGuarded() const { return header->wants_guarded_memory; }
    /// The memory lies in a reservation that its addresses cannot leave.
    bool isReserved(uint32_t memory) const;
    const uint8_t *at(uint32_t offset) const { return bytes + offset; }
    uint32_t codeStart() const { return header->code.offset; }
    uint32_t codeEnd() const { return header->code.offset + header->code.count; }
    /// Where the externals' stubs start.
    uint32_t functionsEnd() const;
    /// The name of the external whose stub stands there; null for other places.
    const char *external(uint32_t address) const;
    /// Of the function that polls call: its callers keep in registers what they need, but in rax and r11.
    bool preservesRegisters(uint32_t address) const;
    /// Constants: between the code and the description.
    uint32_t constantsStart() const { return codeEnd(); }
    uint32_t constantsEnd() const { return header->metadata.offset; }

    /// Whether a function starts there that is called by the convention of tail calls.
    bool isTailCode(uint32_t address) const;

    /// Where exceptions go that come out of a call at this place; 0 for out of the function.
    uint32_t landingPad(uint32_t call) const;

    /// How many bytes a pointer of this meaning may reach from its start.
    std::optional<Wide> byteCount(const Symbol &pointer) const;
    /// Whether a function's record starts at this offset in an instance.
    bool isRecord(int64_t offset) const {
        return offset >= firstRecord && offset < firstCell && (offset - firstRecord) % sizeof(wasmc_function) == 0;
    }
    /// What a load of so many bytes at an offset from a pointer gives.
    Symbol loaded(const Symbol &pointer, int64_t offset, unsigned byteCount) const;
    /// Whether code may store to this part of a structure: in an instance to globals' cells and the points, in the list
    /// of tiers to counts, in the store to the exception.
    bool mayStore(const Symbol &structure, Wide from, Wide to) const;
    Wide minimumByteCount(uint32_t memory) const;
    /// Upper bound for the bytes that a function's arguments or results take in an array of values.
    uint32_t valuesByteCount() const;
    /// Upper bound for the bytes of an area for results.
    uint32_t resultsByteCount() const;
    /// The same of what the function that starts there calls: code of host functions has room for its own type's only.
    uint32_t resultsByteCount(uint32_t caller) const;

private:
    template <typename T> const T *elements(wasmc_span span) const {
        return reinterpret_cast<const T *>(bytes + span.offset);
    }
    const Elf64_Ehdr *file() const { return reinterpret_cast<const Elf64_Ehdr *>(bytes); }
    Symbol loadedFromInstance(int64_t offset) const;
    bool isTailDistance(const Symbol &from, int64_t offset) const;
    const wasmc_external_type *type(uint8_t kind, uint32_t index) const;
    void readFunctions();
};

}

#endif
