// Canonical numbers of types: equal types have equal numbers in the whole process.
//
// Types are equal when their recursive groups are, so groups are what is kept, each once. A group's content is a list
// of words, in which a type of another group is named by its number and one of the same group by its place.
//
// Invariant: a number means one type from when somebody acquires it until the last one has released it, and a group
// holds the groups that its types refer to. So a comparison of numbers, both of which are held by modules, can never
// confuse two types.

#include "artifact.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

// So many of a type's supertypes are found by their depth; for others one goes up step by step.
#define DISPLAY_COUNT 8

typedef struct interned_group interned_group;

typedef struct interned_type {
    interned_group *group;
    const uint32_t *codes;  // with canonical numbers
    uint32_t parameter_count, code_count;
    uint32_t number, supertype;  // 0: none
    uint32_t depth;              // how many types are above it
    uint8_t kind;
    bool is_final;
    uint32_t display[DISPLAY_COUNT];  // by depth: the types above it, and itself
    wasmc_descriptor *descriptor;     // of a struct or an array
} interned_type;

struct interned_group {
    uint64_t hash, users;
    interned_group *next;  // in its bucket; once unused, among those to be freed
    uint32_t *words;       // its content, and after it the types' codes
    size_t word_count;
    uint32_t type_count;
    interned_type types[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// By number, from 1 on, in chunks that never move, so that those who hold a number find its type without the lock: a
// pointer, or for a free number twice the next free one plus 1. Chunk k has FIRST_CHUNK << k slots; all of them
// together are fewer than an index in a type's code tells apart.
#define FIRST_CHUNK UINT32_C(256)
static _Atomic uintptr_t *_Atomic chunks[15];
static uint32_t used_numbers, first_free;

static interned_group **buckets;
static uint32_t bucket_count, group_count, type_count;

static _Atomic uintptr_t *slot(uint32_t number) {
    uint32_t position = number - 1 + FIRST_CHUNK,
             chunk = (uint32_t)(__builtin_clz(FIRST_CHUNK) - __builtin_clz(position));
    return atomic_load_explicit(&chunks[chunk], memory_order_acquire) + (position - (FIRST_CHUNK << chunk));
}

static interned_type *type_of(uint32_t number) {
    return (interned_type *)atomic_load_explicit(slot(number), memory_order_acquire);
}

// With the lock: the number means a type at all.
static bool is_used(uint32_t number) { return number && number <= used_numbers && !(atomic_load(slot(number)) & 1); }

// ---- Codes -------------------------------------------------------------------------------------------------------

// In a group's words, in place of WASMC_TYPE_DEFINED: the index is a place in the group.
#define TYPE_WITHIN 0x01u

static bool has_code(uint32_t type, uint32_t code) { return (type & WASMC_TYPE_CODE_MASK) == code; }
static uint32_t index_of(uint32_t type) { return type >> WASMC_TYPE_INDEX_SHIFT; }

static uint32_t refer(uint32_t type, uint32_t code, uint32_t index) {
    uint32_t flags = type & ((1u << WASMC_TYPE_INDEX_SHIFT) - 1) & ~WASMC_TYPE_CODE_MASK;
    return flags | code | index << WASMC_TYPE_INDEX_SHIFT;
}

// How a type is written in the words of its group. Indices are a module's, whose types have `numbers` up to the group's
// `first`; or without `numbers` they are canonical numbers themselves. 0 for a number that means nothing.
static uint32_t normalized(uint32_t type, const uint32_t *numbers, uint32_t first) {
    if (!has_code(type, WASMC_TYPE_DEFINED)) return type;
    uint32_t index = index_of(type);
    if (numbers && index >= first) return refer(type, TYPE_WITHIN, index - first);
    uint32_t number = numbers ? numbers[index] : index;
    return is_used(number) ? refer(type, WASMC_TYPE_DEFINED, number) : 0;
}

// ---- Hashing -----------------------------------------------------------------------------------------------------

#define PRIME ((UINT64_C(1) << 61) - 1)

// Where the polynomial is taken. Who does not know it cannot make types that collide.
static uint64_t point(void) {
    static uint64_t chosen;
    while (!chosen) {
        struct timespec now;
        if (getrandom(&chosen, sizeof chosen, GRND_NONBLOCK) != sizeof chosen) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            chosen = (uint64_t)now.tv_nsec * UINT64_C(0x9E3779B97F4A7C15) ^ (uintptr_t)&now;
        }
        chosen %= PRIME;
    }
    return chosen;
}

static uint64_t reduce(unsigned __int128 value) {
    uint64_t sum = (uint64_t)(value & PRIME) + (uint64_t)(value >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

// The words are a polynomial's coefficients: two lists of n words collide at no more than n of 2^61 points.
static uint64_t hash_of(const uint32_t *words, size_t count) {
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) hash = reduce((unsigned __int128)hash * point() + words[i] + 1);
    return hash;
}

// ---- The table ---------------------------------------------------------------------------------------------------

static void resize(uint32_t count) {
    interned_group **resized = calloc(count, sizeof *resized);
    if (!resized) return;  // longer lists, until the next time
    for (uint32_t i = 0; i < bucket_count; i++)
        for (interned_group *group = buckets[i], *next; group; group = next) {
            next = group->next;
            group->next = resized[group->hash % count];
            resized[group->hash % count] = group;
        }
    free(buckets);
    buckets = resized;
    bucket_count = count;
}

// A number that nobody has; 0 when there is none left.
static uint32_t take_number(void) {
    if (first_free) {
        uint32_t number = first_free;
        first_free = (uint32_t)(atomic_load(slot(number)) >> 1);
        return number;
    }
    uint32_t position = used_numbers + FIRST_CHUNK,
             chunk = (uint32_t)(__builtin_clz(FIRST_CHUNK) - __builtin_clz(position));
    if (chunk >= sizeof chunks / sizeof *chunks) return 0;
    if (!atomic_load(&chunks[chunk])) {
        _Atomic uintptr_t *slots = calloc((size_t)FIRST_CHUNK << chunk, sizeof *slots);
        if (!slots) return 0;
        atomic_store_explicit(&chunks[chunk], slots, memory_order_release);
    }
    return ++used_numbers;
}

static void give_number_back(uint32_t number) {
    atomic_store(slot(number), (uintptr_t)first_free << 1 | 1);
    first_free = number;
}

static void forget_all(void) {
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) free((void *)atomic_exchange(&chunks[i], NULL));
    free(buckets);
    buckets = NULL;
    bucket_count = used_numbers = first_free = 0;
}

static interned_group *find(uint64_t hash, const uint32_t *words, size_t word_count) {
    interned_group *group = bucket_count ? buckets[hash % bucket_count] : NULL;
    while (group
           && (group->hash != hash || group->word_count != word_count
               || memcmp(group->words, words, word_count * sizeof *words)))
        group = group->next;
    return group;
}

// A type in a group's words: kind and flags, supertype, how many parameters, how many codes, the codes.
enum { WORD_KIND, WORD_SUPERTYPE, WORD_PARAMETER_COUNT, WORD_CODE_COUNT, HEADER_WORD_COUNT };
#define WORD_IS_FINAL 0x100u

// The group that a code refers to is used once more, or once less; one that nobody uses any more is added to `unused`.
static void use_other(uint32_t code, bool is_released, interned_group **unused) {
    if (!has_code(code, WASMC_TYPE_DEFINED)) return;
    interned_group *other = type_of(index_of(code))->group;
    other->users += is_released ? UINT64_MAX : 1;
    if (other->users) return;
    interned_group **link = &buckets[other->hash % bucket_count];
    while (*link != other) link = &(*link)->next;
    *link = other->next;
    other->next = *unused;
    *unused = other;
}

// The same for all that a group refers to.
static void use_others(const interned_group *group, bool is_released, interned_group **unused) {
    const uint32_t *word = group->words;
    for (uint32_t i = 0; i < group->type_count; i++, word += HEADER_WORD_COUNT + word[WORD_CODE_COUNT]) {
        use_other(word[WORD_SUPERTYPE], is_released, unused);
        for (uint32_t j = 0; j < word[WORD_CODE_COUNT]; j++)
            use_other(word[HEADER_WORD_COUNT + j], is_released, unused);
    }
}

static void describe(interned_group *group) {
    uint32_t *codes = group->words + group->word_count;
    const uint32_t *word = group->words;
    for (uint32_t i = 0; i < group->type_count; i++, word += HEADER_WORD_COUNT + word[WORD_CODE_COUNT]) {
        interned_type *type = &group->types[i];
        uint32_t above = word[WORD_SUPERTYPE];
        type->kind = (uint8_t)word[WORD_KIND];
        type->is_final = word[WORD_KIND] & WORD_IS_FINAL;
        type->parameter_count = word[WORD_PARAMETER_COUNT];
        type->code_count = word[WORD_CODE_COUNT];
        type->codes = codes;
        for (uint32_t j = 0; j < type->code_count; j++) {
            uint32_t code = word[HEADER_WORD_COUNT + j];
            *codes++ = has_code(code, TYPE_WITHIN)
                ? refer(code, WASMC_TYPE_DEFINED, group->types[index_of(code)].number)
                : code;
        }
        if (above) {
            // A supertype in the group is in front of the type.
            const interned_type *supertype =
                has_code(above, TYPE_WITHIN) ? &group->types[index_of(above)] : type_of(index_of(above));
            type->supertype = supertype->number;
            type->depth = supertype->depth + 1;
            memcpy(type->display, supertype->display, sizeof type->display);
        }
        if (type->depth < DISPLAY_COUNT) type->display[type->depth] = type->number;
    }
}

// ---- Descriptors -------------------------------------------------------------------------------------------------

// What a field's or an element's code says of how objects hold it.
typedef struct field_form {
    uint32_t byte_count;
    bool is_reference;  // to an object, perhaps
} field_form;

static field_form form_of(uint32_t code) {
    switch (code & WASMC_TYPE_CODE_MASK) {
    case 0x78: return (field_form){1, false};
    case 0x77: return (field_form){2, false};
    case 0x7F:
    case 0x7D: return (field_form){4, false};
    case 0x7E:
    case 0x7C: return (field_form){8, false};
    case 0x7B: return (field_form){16, false};
    case 0x6F:
    case 0x72: return (field_form){8, true};  // the extern hierarchy, where the host's numbers are wide
    case 0x70:
    case 0x73: return (field_form){8, false};  // functions
    case 0x69:
    case 0x74: return (field_form){8, false};  // exceptions
    case WASMC_TYPE_DEFINED:
        return type_of(index_of(code))->kind == WASMC_KIND_FUNCTION ? (field_form){8, false} : (field_form){4, true};
    default: return (field_form){4, true};
    }
}

// The types above it, and those that it refers to, have their numbers.
static bool make_descriptor(interned_type *type) {
    uint32_t reference_count = 0, end = sizeof(uint32_t);
    for (uint32_t i = 0; i < type->code_count; i++) reference_count += form_of(type->codes[i]).is_reference;
    wasmc_descriptor *descriptor = wasmc_descriptor_make((uint16_t)reference_count);
    if (!descriptor) return false;
    descriptor->kind = type->kind;
    descriptor->number = type->number;
    if (type->kind == WASMC_KIND_ARRAY) {
        field_form element = form_of(type->codes[0]);
        uint32_t code = type->codes[0] & WASMC_TYPE_CODE_MASK;
        bool is_defined = code == WASMC_TYPE_DEFINED;
        descriptor->has_functions = code == 0x70 || code == 0x73
            || (is_defined && type_of(index_of(type->codes[0]))->kind == WASMC_KIND_FUNCTION);
        descriptor->element_shift = (uint8_t)__builtin_ctz(element.byte_count);
        descriptor->byte_count = wasmc_place_field(2 * sizeof(uint32_t), element.byte_count);
    } else {
        for (uint32_t i = 0, k = 0; i < type->code_count; i++) {
            field_form field = form_of(type->codes[i]);
            uint32_t place = wasmc_place_field(end, field.byte_count);
            if (field.is_reference) descriptor->references[k++] = (uint16_t)(place / sizeof(uint32_t));
            end = place + field.byte_count;
        }
        descriptor->byte_count = (end + WASMC_OBJECT_ALIGNMENT - 1) & ~(uint32_t)(WASMC_OBJECT_ALIGNMENT - 1);
    }
    descriptor->depth = (uint16_t)type->depth;
    for (uint32_t depth = 0; depth < DISPLAY_COUNT && depth < type->depth; depth++)
        descriptor->display[depth] = type_of(type->display[depth])->descriptor->id;
    if (type->depth < DISPLAY_COUNT) descriptor->display[type->depth] = descriptor->id;
    type->descriptor = descriptor;
    return true;
}

wasmc_field wasmc_type_field(uint32_t number, uint32_t index) {
    const interned_type *type = type_of(number);
    uint32_t offset = type->descriptor->byte_count;
    if (type->kind == WASMC_KIND_STRUCT) {
        uint32_t end = sizeof(uint32_t);
        for (uint32_t i = 0; i <= index; i++) {
            uint32_t byte_count = form_of(type->codes[i]).byte_count;
            offset = wasmc_place_field(end, byte_count);
            end = offset + byte_count;
        }
    }
    return (wasmc_field){type->codes[index], offset, form_of(type->codes[index]).byte_count};
}

uint32_t wasmc_type_field_byte_count(uint32_t code) { return form_of(code).byte_count; }

static void free_descriptors(interned_group *group) {
    for (uint32_t i = 0; i < group->type_count; i++) wasmc_descriptor_free(group->types[i].descriptor);
}

// ---- Groups ------------------------------------------------------------------------------------------------------

static interned_group *append(uint64_t hash, const uint32_t *words, size_t word_count, uint32_t count) {
    if (group_count >= bucket_count) resize(bucket_count ? bucket_count * 2 : 64);
    interned_group *group = bucket_count ? calloc(1, sizeof *group + count * sizeof *group->types) : NULL;
    uint32_t *content = group ? malloc(2 * (word_count + 1) * sizeof *words) : NULL;
    bool has_numbers = content != NULL;
    for (uint32_t i = 0; has_numbers && i < count; i++) {
        group->types[i].group = group;
        group->types[i].number = take_number();
        has_numbers = group->types[i].number != 0;
    }
    if (!has_numbers) {
        for (uint32_t i = 0; content && i < count && group->types[i].number; i++)
            give_number_back(group->types[i].number);
        free(content);
        free(group);
        return NULL;
    }
    memcpy(content, words, word_count * sizeof *words);
    group->hash = hash;
    group->words = content;
    group->word_count = word_count;
    group->type_count = count;
    describe(group);
    for (uint32_t i = 0; i < count; i++)
        atomic_store_explicit(slot(group->types[i].number), (uintptr_t)&group->types[i], memory_order_release);
    bool has_descriptors = true;
    for (uint32_t i = 0; has_descriptors && i < count; i++)
        if (group->types[i].kind != WASMC_KIND_FUNCTION) has_descriptors = make_descriptor(&group->types[i]);
    if (!has_descriptors) {
        free_descriptors(group);
        for (uint32_t i = 0; i < count; i++) give_number_back(group->types[i].number);
        free(content);
        free(group);
        return NULL;
    }
    use_others(group, false, NULL);
    group->next = buckets[hash % bucket_count];
    buckets[hash % bucket_count] = group;
    group_count++;
    type_count += count;
    return group;
}

// The group of this content, used once more.
static interned_group *intern(const uint32_t *words, size_t word_count, uint32_t count) {
    uint64_t hash = hash_of(words, word_count);
    interned_group *group = find(hash, words, word_count);
    if (!group) group = append(hash, words, word_count, count);
    if (group) group->users++;
    return group;
}

bool wasmc_types_acquire(const wasmc_type_description *types, uint32_t first, uint32_t count, uint32_t *numbers) {
    size_t word_count = 0;
    for (uint32_t i = 0; i < count; i++) word_count += HEADER_WORD_COUNT + types[i].code_count;
    uint32_t *words = malloc((word_count + 1) * sizeof *words), *word = words;
    if (!words) return false;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < count; i++) {
        const wasmc_type_description *type = &types[i];
        *word++ = type->kind | (type->is_final ? WORD_IS_FINAL : 0);
        *word++ = type->supertype == WASMC_NO_TYPE
            ? 0
            : normalized(refer(0, WASMC_TYPE_DEFINED, type->supertype), numbers, first);
        *word++ = type->parameter_count;
        *word++ = type->code_count;
        for (uint32_t j = 0; j < type->code_count; j++) *word++ = normalized(type->codes[j], numbers, first);
    }
    interned_group *group = intern(words, word_count, count);
    for (uint32_t i = 0; i < count; i++) numbers[first + i] = group ? group->types[i].number : 0;
    pthread_mutex_unlock(&lock);
    free(words);
    return group != NULL;
}

uint32_t
wasmc_type_acquire(const uint32_t *parameters, size_t parameter_count, const uint32_t *results, size_t result_count) {
    size_t count = parameter_count + result_count;
    uint32_t *words = malloc((HEADER_WORD_COUNT + count) * sizeof *words);
    if (!words) return 0;
    words[WORD_KIND] = WASMC_KIND_FUNCTION | WORD_IS_FINAL;
    words[WORD_SUPERTYPE] = 0;
    words[WORD_PARAMETER_COUNT] = (uint32_t)parameter_count;
    words[WORD_CODE_COUNT] = (uint32_t)count;
    pthread_mutex_lock(&lock);
    bool is_known = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t code = i < parameter_count ? parameters[i] : results[i - parameter_count];
        words[HEADER_WORD_COUNT + i] = normalized(code, NULL, 0);
        is_known = is_known && words[HEADER_WORD_COUNT + i];
    }
    interned_group *group = is_known ? intern(words, HEADER_WORD_COUNT + count, 1) : NULL;
    uint32_t number = group ? group->types[0].number : 0;
    pthread_mutex_unlock(&lock);
    free(words);
    return number;
}

void wasmc_type_retain(uint32_t number) {
    pthread_mutex_lock(&lock);
    type_of(number)->group->users++;
    pthread_mutex_unlock(&lock);
}

void wasmc_type_release(uint32_t number) {
    if (!number) return;
    pthread_mutex_lock(&lock);
    interned_group *unused = NULL;
    use_other(refer(0, WASMC_TYPE_DEFINED, number), true, &unused);
    // One after the other: groups may refer to each other in long chains.
    while (unused) {
        interned_group *group = unused;
        unused = group->next;
        use_others(group, true, &unused);
        free_descriptors(group);
        for (uint32_t i = 0; i < group->type_count; i++) give_number_back(group->types[i].number);
        type_count -= group->type_count;
        group_count--;
        free(group->words);
        free(group);
    }
    if (group_count == 0) forget_all();
    else if (bucket_count > 64 && group_count < bucket_count / 8) resize(bucket_count / 2);
    pthread_mutex_unlock(&lock);
}

// ---- Asking ------------------------------------------------------------------------------------------------------

bool wasmc_type_is_subtype(uint32_t number, uint32_t other) {
    if (number == other) return true;
    const interned_type *type = type_of(number), *wanted = type_of(other);
    if (wanted->depth < DISPLAY_COUNT) return type->depth > wanted->depth && type->display[wanted->depth] == other;
    while (type->depth > wanted->depth) type = type_of(type->supertype);
    return type->number == other;
}

wasmc_type_description wasmc_type_describe(uint32_t number) {
    const interned_type *type = type_of(number);
    return (wasmc_type_description){
        .codes = type->codes,
        .parameter_count = type->parameter_count,
        .code_count = type->code_count,
        .supertype = type->supertype ? type->supertype : WASMC_NO_TYPE,
        .kind = type->kind,
        .is_final = type->is_final,
    };
}

uint32_t wasmc_type_object_id(uint32_t number) {
    const interned_type *type = type_of(number);
    return type->descriptor ? type->descriptor->id : 0;
}

bool wasmc_type_compare(uint32_t number, uint32_t other) {
    pthread_mutex_lock(&lock);
    bool matches = is_used(number) && is_used(other) && wasmc_type_is_subtype(number, other);
    pthread_mutex_unlock(&lock);
    return matches;
}

bool wasmc_type_kind_of(uint32_t number, uint8_t *kind) {
    pthread_mutex_lock(&lock);
    bool is_known = is_used(number);
    if (is_known) *kind = type_of(number)->kind;
    pthread_mutex_unlock(&lock);
    return is_known;
}

uint32_t wasmc_type_count(void) {
    pthread_mutex_lock(&lock);
    uint32_t count = type_count;
    pthread_mutex_unlock(&lock);
    return count;
}
