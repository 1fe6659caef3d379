// The loader: places relocatable ELF objects in memory and makes them executable.
//
// Invariant: memory is writable or executable, never both; every offset read from an object is checked against the
// object's size or the section it refers to before it is used.

#include "internal.h"

#include <elf.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

typedef struct symbol {
    const char *name;
    uintptr_t address;
} symbol;

struct wasmc_code {
    uint8_t *base;
    size_t byte_count;       // whole mapping
    size_t text_byte_count;  // its executable start
    symbol *symbols;         // sorted by name; names point into `names`
    size_t symbol_count;
    char *names;
    _Atomic uint32_t references;
};

// ---- The list of all code, read by the fault handler ----------------------------------------------------------

#define RANGE_COUNT 65536
static pthread_mutex_t ranges_lock = PTHREAD_MUTEX_INITIALIZER;
static struct { _Atomic uintptr_t start, end; } ranges[RANGE_COUNT];
static _Atomic uint32_t used_ranges;

bool wasmc_code_contains(uintptr_t address) {
    uint32_t count = atomic_load_explicit(&used_ranges, memory_order_acquire);
    for (uint32_t i = 0; i < count; i++)
        if (address >= atomic_load(&ranges[i].start) && address < atomic_load(&ranges[i].end)) return true;
    return false;
}

static bool register_range(const wasmc_code *code) {
    bool done = false;
    pthread_mutex_lock(&ranges_lock);
    uint32_t count = atomic_load(&used_ranges), i = 0;
    while (i < count && atomic_load(&ranges[i].end)) i++;
    if (i < RANGE_COUNT) {
        atomic_store(&ranges[i].start, (uintptr_t)code->base);
        atomic_store(&ranges[i].end, (uintptr_t)code->base + code->text_byte_count);
        if (i == count) atomic_store_explicit(&used_ranges, count + 1, memory_order_release);
        done = true;
    }
    pthread_mutex_unlock(&ranges_lock);
    return done;
}

static void unregister_range(const wasmc_code *code) {
    pthread_mutex_lock(&ranges_lock);
    uint32_t count = atomic_load(&used_ranges);
    for (uint32_t i = 0; i < count; i++)
        if (atomic_load(&ranges[i].start) == (uintptr_t)code->base && atomic_load(&ranges[i].end)) {
            atomic_store(&ranges[i].end, 0);
            break;
        }
    pthread_mutex_unlock(&ranges_lock);
}

// ---- External functions: the few that LLVM may call by name ------------------------------------------------------

static const symbol externals[] = {
#define EXTERNAL(function) {#function, (uintptr_t)function}
    EXTERNAL(memcpy), EXTERNAL(memmove), EXTERNAL(memset), EXTERNAL(memcmp), EXTERNAL(ceil), EXTERNAL(ceilf),
    EXTERNAL(floor), EXTERNAL(floorf), EXTERNAL(trunc), EXTERNAL(truncf), EXTERNAL(rint), EXTERNAL(rintf),
    EXTERNAL(nearbyint), EXTERNAL(nearbyintf), EXTERNAL(roundeven), EXTERNAL(roundevenf), EXTERNAL(fmod), EXTERNAL(fmodf),
#undef EXTERNAL
};
#define EXTERNAL_COUNT (sizeof externals / sizeof *externals)
#define STUB_BYTES 16

// ---- Placing ---------------------------------------------------------------------------------------------------

typedef struct placed_object {
    const uint8_t *bytes;
    size_t byte_count;
    const Elf64_Shdr *sections;
    uint32_t section_count;
    size_t *offsets;  // by section, from the mapping's base; SIZE_MAX: not loaded
    const Elf64_Sym *symbols;
    size_t symbol_count;
    const char *strings;
    size_t strings_size;
} placed_object;

typedef struct loading {
    placed_object *objects;
    size_t object_count;
    wasmc_code *code;
    size_t stubs;      // offset of the external functions' stubs in the text
    size_t addresses;  // offset of their addresses (for GOT-style references) in the data
    char *message;
    size_t message_size;
} loading;

static bool fail(loading *loading, const char *what) {
    snprintf(loading->message, loading->message_size, "the object code cannot be loaded: %s", what);
    return false;
}

static bool within(uint64_t offset, uint64_t count, uint64_t size) { return offset <= size && count <= size - offset; }

static bool parse(loading *loading, placed_object *object) {
    if (object->byte_count < sizeof(Elf64_Ehdr)) return fail(loading, "it is too short");
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)object->bytes;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_type != ET_REL)
        return fail(loading, "it is not a relocatable ELF object");
    if (header->e_machine != MACHINE) return fail(loading, "it is for another machine");
    if (header->e_shoff % 8 || !within(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), object->byte_count))
        return fail(loading, "its section headers lie outside");
    object->sections = (const Elf64_Shdr *)(object->bytes + header->e_shoff);
    object->section_count = header->e_shnum;
    object->offsets = malloc((object->section_count + 1) * sizeof *object->offsets);
    if (!object->offsets) return fail(loading, "no memory is left");
    for (uint32_t i = 0; i < object->section_count; i++) {
        const Elf64_Shdr *section = &object->sections[i];
        object->offsets[i] = SIZE_MAX;
        if (section->sh_type != SHT_NOBITS && !within(section->sh_offset, section->sh_size, object->byte_count))
            return fail(loading, "a section lies outside");
        if (section->sh_type != SHT_SYMTAB) continue;
        if (section->sh_link >= object->section_count) return fail(loading, "its symbol table has no strings");
        const Elf64_Shdr *strings = &object->sections[section->sh_link];
        if (!within(strings->sh_offset, strings->sh_size, object->byte_count) || strings->sh_size == 0
            || object->bytes[strings->sh_offset + strings->sh_size - 1] != 0)
            return fail(loading, "its symbol names are not terminated");
        object->symbols = (const Elf64_Sym *)(object->bytes + section->sh_offset);
        object->symbol_count = section->sh_size / sizeof(Elf64_Sym);
        object->strings = (const char *)object->bytes + strings->sh_offset;
        object->strings_size = strings->sh_size;
    }
    return true;
}

// Gives every loaded section of one kind its place, from `*end` on.
static bool place(loading *loading, uint64_t flags, size_t *end) {
    for (size_t o = 0; o < loading->object_count; o++) {
        placed_object *object = &loading->objects[o];
        for (uint32_t i = 0; i < object->section_count; i++) {
            const Elf64_Shdr *section = &object->sections[i];
            if (!(section->sh_flags & SHF_ALLOC) || (section->sh_flags & SHF_EXECINSTR) != flags) continue;
            if (section->sh_type != SHT_PROGBITS && section->sh_type != SHT_NOBITS) continue;
            size_t alignment = section->sh_addralign ? section->sh_addralign : 1;
            if (alignment > 4096 || (alignment & (alignment - 1))) return fail(loading, "a section's alignment is odd");
            *end = (*end + alignment - 1) & ~(alignment - 1);
            object->offsets[i] = *end;
            *end += section->sh_size;
            if (*end > (size_t)1 << 30) return fail(loading, "it is larger than 1 GiB");
        }
    }
    return true;
}

static bool map(loading *loading) {
    size_t end = 0;
    if (!place(loading, SHF_EXECINSTR, &end)) return false;
    loading->stubs = end = (end + 15) & ~(size_t)15;
    size_t text = (end + EXTERNAL_COUNT * STUB_BYTES + 4095) & ~(size_t)4095;
    end = text;
    if (!place(loading, 0, &end)) return false;
    loading->addresses = end = (end + 15) & ~(size_t)15;
    end += EXTERNAL_COUNT * sizeof(uintptr_t);
    void *base = mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) return fail(loading, "no address space is left");
    loading->code->base = base;
    loading->code->byte_count = end;
    loading->code->text_byte_count = text;
    for (size_t o = 0; o < loading->object_count; o++) {
        const placed_object *object = &loading->objects[o];
        for (uint32_t i = 0; i < object->section_count; i++)
            if (object->offsets[i] != SIZE_MAX && object->sections[i].sh_type == SHT_PROGBITS)
                memcpy(loading->code->base + object->offsets[i], object->bytes + object->sections[i].sh_offset, object->sections[i].sh_size);
    }
    for (size_t i = 0; i < EXTERNAL_COUNT; i++) {
        uint8_t *stub = loading->code->base + loading->stubs + i * STUB_BYTES;
        uintptr_t target = externals[i].address;
#if defined(__x86_64__)
        static const uint8_t jump[] = {0xFF, 0x25, 0, 0, 0, 0};  // jmp *0(%rip)
        memcpy(stub, jump, sizeof jump);
        memcpy(stub + sizeof jump, &target, sizeof target);
#elif defined(__aarch64__)
        static const uint32_t jump[] = {0x58000050, 0xD61F0200};  // ldr x16, #8; br x16
        memcpy(stub, jump, sizeof jump);
        memcpy(stub + sizeof jump, &target, sizeof target);
#endif
        memcpy(loading->code->base + loading->addresses + i * sizeof target, &target, sizeof target);
    }
    return true;
}

// ---- Symbols ---------------------------------------------------------------------------------------------------

static int by_name(const void *a, const void *b) { return strcmp(((const symbol *)a)->name, ((const symbol *)b)->name); }

static const symbol *find(const wasmc_code *code, const char *name) {
    symbol key = {name, 0};
    return bsearch(&key, code->symbols, code->symbol_count, sizeof key, by_name);
}

static bool collect_symbols(loading *loading) {
    size_t count = 0, bytes = 0;
    for (size_t o = 0; o < loading->object_count; o++) {
        count += loading->objects[o].symbol_count;
        bytes += loading->objects[o].strings_size;
    }
    wasmc_code *code = loading->code;
    code->symbols = malloc((count + 1) * sizeof *code->symbols);
    char *names = code->names = malloc(bytes + 1);
    if (!code->symbols || !names) return fail(loading, "no memory is left");
    for (size_t o = 0; o < loading->object_count; o++) {
        const placed_object *object = &loading->objects[o];
        if (object->strings_size) memcpy(names, object->strings, object->strings_size);
        for (size_t i = 0; i < object->symbol_count; i++) {
            const Elf64_Sym *entry = &object->symbols[i];
            if (ELF64_ST_BIND(entry->st_info) == STB_LOCAL || entry->st_shndx >= object->section_count
                || entry->st_shndx == SHN_UNDEF || object->offsets[entry->st_shndx] == SIZE_MAX)
                continue;
            if (entry->st_name >= object->strings_size || entry->st_value > object->sections[entry->st_shndx].sh_size)
                return fail(loading, "a symbol lies outside its section");
            code->symbols[code->symbol_count++] =
                (symbol){names + entry->st_name, (uintptr_t)code->base + object->offsets[entry->st_shndx] + entry->st_value};
        }
        names += object->strings_size;
    }
    qsort(code->symbols, code->symbol_count, sizeof *code->symbols, by_name);
    return true;
}

// The address of a symbol of an object; for an external function its stub, and the cell that holds its address.
static bool resolve(loading *loading, const placed_object *object, uint32_t index, uintptr_t *address, uintptr_t *cell) {
    if (index >= object->symbol_count) return fail(loading, "a relocation names no symbol");
    const Elf64_Sym *entry = &object->symbols[index];
    *cell = 0;
    if (entry->st_shndx != SHN_UNDEF) {
        if (entry->st_shndx >= object->section_count || object->offsets[entry->st_shndx] == SIZE_MAX)
            return fail(loading, "a symbol stands in a section that is not loaded");
        *address = (uintptr_t)loading->code->base + object->offsets[entry->st_shndx] + entry->st_value;
        return true;
    }
    if (entry->st_name >= object->strings_size) return fail(loading, "a symbol has no name");
    const char *name = object->strings + entry->st_name;
    const symbol *known = find(loading->code, name);
    if (known) {
        *address = known->address;
        return true;
    }
    for (size_t i = 0; i < EXTERNAL_COUNT; i++)
        if (!strcmp(externals[i].name, name)) {
            *address = (uintptr_t)loading->code->base + loading->stubs + i * STUB_BYTES;
            *cell = (uintptr_t)loading->code->base + loading->addresses + i * sizeof(uintptr_t);
            return true;
        }
    snprintf(loading->message, loading->message_size, "the object code cannot be loaded: it refers to %.100s, which the runtime does not offer", name);
    return false;
}

// ---- Relocations -------------------------------------------------------------------------------------------------

static bool put32(loading *loading, uint8_t *place, int64_t value) {
    if (value != (int32_t)value) return fail(loading, "a relocation does not reach its target");
    int32_t narrow = (int32_t)value;
    memcpy(place, &narrow, sizeof narrow);
    return true;
}

static bool relocate(loading *loading, const placed_object *object, const Elf64_Rela *relocation, uint8_t *place, size_t room) {
    uintptr_t target, cell;
    if (!resolve(loading, object, ELF64_R_SYM(relocation->r_info), &target, &cell)) return false;
    int64_t value = (int64_t)(target + (uintptr_t)relocation->r_addend);
    int64_t distance = value - (int64_t)(uintptr_t)place;
    uint32_t type = ELF64_R_TYPE(relocation->r_info);
#if defined(__x86_64__)
    if (room < (type == R_X86_64_64 || type == R_X86_64_PC64 ? 8u : 4u)) return fail(loading, "a relocation lies outside its section");
    switch (type) {
    case R_X86_64_64: memcpy(place, &value, sizeof value); return true;
    case R_X86_64_PC64: memcpy(place, &distance, sizeof distance); return true;
    case R_X86_64_PC32:
    case R_X86_64_PLT32: return put32(loading, place, distance);
    case R_X86_64_GOTPCREL:
    case R_X86_64_GOTPCRELX:
    case R_X86_64_REX_GOTPCRELX:
        // A load of the symbol's address: from the external's cell, or relaxed to computing it (mov -> lea).
        if (cell) return put32(loading, place, (int64_t)cell + relocation->r_addend - (int64_t)(uintptr_t)place);
        if (relocation->r_offset < 2 || place[-2] != 0x8B) return fail(loading, "an address is used in an unexpected way");
        place[-2] = 0x8D;
        return put32(loading, place, distance);
    default: return fail(loading, "it has a relocation of an unknown kind");
    }
#elif defined(__aarch64__)
    if (room < (type == R_AARCH64_ABS64 || type == R_AARCH64_PREL64 ? 8u : 4u)) return fail(loading, "a relocation lies outside its section");
    uint32_t word;
    memcpy(&word, place, sizeof word);
    switch (type) {
    case R_AARCH64_ABS64: memcpy(place, &value, sizeof value); return true;
    case R_AARCH64_PREL64: memcpy(place, &distance, sizeof distance); return true;
    case R_AARCH64_PREL32: return put32(loading, place, distance);
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26:
        if (distance < -(INT64_C(1) << 27) || distance >= INT64_C(1) << 27) return fail(loading, "a call does not reach its target");
        word = (word & 0xFC000000) | ((uint32_t)(distance >> 2) & 0x03FFFFFF);
        break;
    case R_AARCH64_ADR_PREL_PG_HI21: {
        int64_t pages = (value >> 12) - (int64_t)((uintptr_t)place >> 12);
        word = (word & 0x9F00001F) | ((uint32_t)(pages & 3) << 29) | ((uint32_t)((pages >> 2) & 0x7FFFF) << 5);
        break;
    }
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC: word |= (uint32_t)(value & 0xFFF) << 10; break;
    case R_AARCH64_LDST16_ABS_LO12_NC: word |= (uint32_t)((value & 0xFFF) >> 1) << 10; break;
    case R_AARCH64_LDST32_ABS_LO12_NC: word |= (uint32_t)((value & 0xFFF) >> 2) << 10; break;
    case R_AARCH64_LDST64_ABS_LO12_NC: word |= (uint32_t)((value & 0xFFF) >> 3) << 10; break;
    case R_AARCH64_LDST128_ABS_LO12_NC: word |= (uint32_t)((value & 0xFFF) >> 4) << 10; break;
    default: return fail(loading, "it has a relocation of an unknown kind");
    }
    memcpy(place, &word, sizeof word);
    return true;
#endif
}

static bool relocate_all(loading *loading) {
    for (size_t o = 0; o < loading->object_count; o++) {
        const placed_object *object = &loading->objects[o];
        for (uint32_t i = 0; i < object->section_count; i++) {
            const Elf64_Shdr *section = &object->sections[i];
            if (section->sh_type != SHT_RELA || section->sh_info >= object->section_count) continue;
            size_t offset = object->offsets[section->sh_info];
            uint64_t size = object->sections[section->sh_info].sh_size;
            if (offset == SIZE_MAX) continue;
            const Elf64_Rela *relocations = (const Elf64_Rela *)(object->bytes + section->sh_offset);
            for (size_t r = 0; r < section->sh_size / sizeof *relocations; r++) {
                if (relocations[r].r_offset >= size) return fail(loading, "a relocation lies outside its section");
                if (!relocate(loading, object, &relocations[r], loading->code->base + offset + relocations[r].r_offset, size - relocations[r].r_offset))
                    return false;
            }
        }
    }
    return true;
}

// ---- The interface -----------------------------------------------------------------------------------------------

static void free_code(wasmc_code *code) {
    if (code->base) munmap(code->base, code->byte_count);
    free(code->symbols);
    free(code->names);
    free(code);
}

static bool load(loading *loading) {
    for (size_t i = 0; i < loading->object_count; i++)
        if (!parse(loading, &loading->objects[i])) return false;
    if (!map(loading) || !collect_symbols(loading) || !relocate_all(loading)) return false;
    wasmc_code *code = loading->code;
    if (mprotect(code->base, code->text_byte_count, PROT_READ | PROT_EXEC)
        || (code->byte_count > code->text_byte_count
            && mprotect(code->base + code->text_byte_count, code->byte_count - code->text_byte_count, PROT_READ)))
        return fail(loading, "the system refuses executable memory");
    __builtin___clear_cache((char *)code->base, (char *)code->base + code->text_byte_count);
    return register_range(code) || fail(loading, "too much code is loaded");
}

wasmc_code *wasmc_code_load(const wasmc_object *objects, size_t object_count, char *message, size_t message_size) {
    loading loading = {.object_count = object_count, .message = message, .message_size = message_size};
    loading.objects = calloc(object_count + 1, sizeof *loading.objects);
    loading.code = calloc(1, sizeof *loading.code);
    bool loaded = false;
    if (loading.objects && loading.code) {
        for (size_t i = 0; i < object_count; i++) {
            loading.objects[i].bytes = objects[i].bytes;
            loading.objects[i].byte_count = objects[i].byte_count;
        }
        loaded = load(&loading);
        for (size_t i = 0; i < object_count; i++) free(loading.objects[i].offsets);
    } else {
        fail(&loading, "no memory is left");
    }
    free(loading.objects);
    if (loaded) {
        atomic_store(&loading.code->references, 1);
        return loading.code;
    }
    if (loading.code) free_code(loading.code);
    return NULL;
}

void wasmc_code_retain(wasmc_code *code) { atomic_fetch_add(&code->references, 1); }

void wasmc_code_release(wasmc_code *code) {
    if (atomic_fetch_sub(&code->references, 1) != 1) return;
    unregister_range(code);
    free_code(code);
}

const void *wasmc_code_symbol(const wasmc_code *code, const char *name) {
    const symbol *found = find(code, name);
    return found ? (const void *)found->address : NULL;
}
