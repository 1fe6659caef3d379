// Layouts shared by the Swift host, the C runtime and generated code. This header is their only description: generated
// code takes its offsets from here (through Swift's MemoryLayout.offset(of:)), so a change here changes all three.
//
// Invariant: guest code never holds a pointer to any of these structures in its linear memory; it reaches them only
// through the instance that is every function's first argument, so nothing a guest writes can change them.

#ifndef WASMC_LAYOUT_H
#define WASMC_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Larger when something changes that sizes and offsets do not show, such as the order of what follows an instance.
enum { WASMC_LAYOUT_VERSION = 9 };

typedef struct wasmc_store wasmc_store;
typedef struct wasmc_instance wasmc_instance;
typedef struct wasmc_function wasmc_function;
typedef struct wasmc_memory wasmc_memory;
typedef struct wasmc_table wasmc_table;
typedef struct wasmc_activation wasmc_activation;
typedef struct wasmc_tag wasmc_tag;

// A reference: null, a wasmc_function pointer (funcref), a wasmc_exception pointer (exnref), or a host handle
// (externref: a number chosen by the host plus one, never a raw host pointer). One machine word.
typedef uintptr_t wasmc_ref;

// A value of any type at the boundary between host and guest: arguments and results travel in arrays of these. Numbers
// narrower than the slot are at its start; the rest is unspecified.
typedef union wasmc_value {
    uint32_t i32;
    uint64_t i64;
    float f32;
    double f64;
    wasmc_ref ref;
    uint8_t v128[16];
    uint64_t words[2];
} wasmc_value;

// Why a guarded call came back.
typedef enum wasmc_outcome {
    WASMC_RETURNED = 0,
    // A host function refused: its error waits with the host (Swift keeps the error value).
    WASMC_HOST_ERROR = 1,
    // WASI's proc_exit; the status is in wasmc_result.exit_code.
    WASMC_EXIT = 2,
    WASMC_OUT_OF_FUEL = 3,
    WASMC_INTERRUPTED = 4,
    // The call may be interrupted, but its code was compiled without the checks.
    WASMC_NOT_INTERRUPTIBLE = 5,
    // Generated code touched a guard region that it must never touch: the compiler made a mistake. See fault.c.
    WASMC_INTERNAL_ERROR = 6,
    // The store's guest has yielded: it is between two of its instructions, where nobody else may use the store.
    WASMC_STORE_IN_USE = 7,
    // An exception that no guest caught: its tag and values are in the store.
    WASMC_EXCEPTION = 8,
    // From here on, one value for each reason of a trap.
    WASMC_TRAP_UNREACHABLE = 16,
    WASMC_TRAP_MEMORY_OUT_OF_BOUNDS = 17,
    WASMC_TRAP_TABLE_OUT_OF_BOUNDS = 18,    // table.get/set/fill/copy/init
    WASMC_TRAP_UNDEFINED_ELEMENT = 19,      // call_indirect beyond the table
    WASMC_TRAP_UNINITIALIZED_ELEMENT = 20,  // call_indirect of null
    WASMC_TRAP_INDIRECT_CALL_TYPE_MISMATCH = 21,
    WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO = 22,
    WASMC_TRAP_INTEGER_OVERFLOW = 23,
    WASMC_TRAP_INVALID_CONVERSION_TO_INTEGER = 24,
    WASMC_TRAP_STACK_OVERFLOW = 25,
    WASMC_TRAP_NULL_REFERENCE = 26,
    WASMC_TRAP_UNALIGNED_ATOMIC = 27,
    WASMC_TRAP_EXPECTED_SHARED_MEMORY = 28,  // memory.atomic.wait
    WASMC_TRAP_CAST_FAILURE = 29,            // ref.cast
    WASMC_TRAP_ARRAY_OUT_OF_BOUNDS = 30,
    WASMC_TRAP_OUT_OF_HEAP = 31,              // an object that the store's heap has no room for
    WASMC_TRAP_NULL_FUNCTION_REFERENCE = 36,  // call_ref
    WASMC_TRAP_NULL_STRUCTURE = 37,
    WASMC_TRAP_NULL_ARRAY = 38,
    WASMC_TRAP_NULL_I31 = 39,
    WASMC_TRAP_TOO_MANY_EXCEPTIONS = 40,  // that guests have references to
} wasmc_outcome;

// Why a call was interrupted.
typedef enum wasmc_interruption_reason {
    WASMC_NOT_INTERRUPTED = 0,
    WASMC_DEADLINE = 1,
    WASMC_CANCELLED = 2,
    WASMC_REQUESTED = 3,
} wasmc_interruption_reason;

// A memory's reservation: inaccessible bytes in front of `base`, so that an access that was computed a little too low
// faults, and the bytes from `base` on: 4 GiB of index, 4 GiB of offset, and a page for an access that straddles the
// end.
#define WASMC_GUARD_BEFORE_BYTES 0x80000000ull
#define WASMC_RESERVED_BYTES 0x200010000ull

// The most bytes that a memory with 64-bit addresses may grow to. Its size has to fit the machine's addresses.
#define WASMC_MAXIMUM_WIDE_MEMORY_BYTES (UINT64_C(1) << 46)

// A linear memory. `base` and `byte_count` change only in memory.grow; `byte_count` never shrinks, so a size that
// generated code read earlier is always a safe bound.
struct wasmc_memory {
    uint8_t *base;
    uint64_t byte_count;
    uint64_t maximum_byte_count;
    // Address space from `base` on that is this memory's: WASMC_RESERVED_BYTES, or the accessible part when nothing is
    // reserved.
    uint64_t reserved_byte_count;
    uint64_t declared_maximum_pages;  // which the memory's type has; UINT64_MAX: none
    bool is_guarded;      // it lies in a reservation, where faults catch every access beyond its bytes, and never moves
    bool is_64bit;        // its addresses have 64 bits: it is never guarded
    bool has_byte_pages;  // its size is no multiple of the machine's pages: it is never guarded
    wasmc_store *store;
    uint64_t borrow_count;  // how often the host holds a pointer to its bytes: it does not grow meanwhile
    // What other stores see, too: this is one store's view of it, whose `byte_count` any thread may raise. Null for a
    // memory of one store.
    struct wasmc_shared_memory *shared;
};

// The most elements that a table may have: a guest must not ask the host for all its memory.
enum { WASMC_MAXIMUM_TABLE_ELEMENTS = 10000000 };

// A table of references.
struct wasmc_table {
    wasmc_ref *elements;
    uint64_t count;
    uint64_t maximum_count;
    uint64_t capacity;
    bool is_64bit;       // its indices have 64 bits
    bool holds_objects;  // its elements may refer to objects of the store's heap
    wasmc_store *store;
};

// ---- Objects: structs and arrays -----------------------------------------------------------------------------------

// A store's heap is a region that begins at a multiple of its 4 GiB. An object's reference is its offset there, in 32
// bits where objects hold it. What begins below the first object is never accessible, so that an access through null
// faults; what lies after the last one is left out since negative numbers look like it.
#define WASMC_HEAP_START 0x50000000u
#define WASMC_HEAP_END 0xF0000000u
#define WASMC_HEAP_ALIGNMENT (UINT64_C(1) << 32)

// A heap's reservation, around its region: what code may reach by an address that it calculated wrongly. Inaccessible
// bytes in front of the region, and the bytes from its start on: a reference of 32 bits, an index of 32 bits among
// elements of 8 bytes, and a struct's fields.
#define WASMC_HEAP_BEFORE_BYTES 0x80000000ull
#define WASMC_HEAP_RESERVED_BYTES 0x900100000ull

// Of references in 32 bits: offsets of objects have none of these bits, numbers of i31 end in 1, those of host objects
// in 10.
enum { WASMC_REFERENCE_IS_I31 = 1, WASMC_REFERENCE_IS_HOST = 2 };

// An object: its header, in 32 bits; in an array, its length, in 32 bits; fields or elements. It lies at a multiple of
// 16, and its size is one. The header is the id of its type with these bits.
enum { WASMC_OBJECT_ALIGNMENT = 16, WASMC_OBJECT_IS_OLD = 1, WASMC_ARRAY_LENGTH_OFFSET = 4 };
#define WASMC_OBJECT_ID_MASK 0x0FFFFFF0u

// Larger objects have pages of their own; generated code does not make them itself.
enum { WASMC_MOST_SMALL_BYTES = 1 << 13 };

// Where the descriptors of all types of the process lie: this many bytes, and behind them as many as a descriptor can
// have. Every one of them is readable, so any number below the mask above may be taken for an id.
#define WASMC_DESCRIPTOR_REGION_BYTES 0x10000000u
#define WASMC_MOST_DESCRIPTOR_BYTES 0x40000u

enum { WASMC_KIND_FUNCTION = 0, WASMC_KIND_STRUCT = 1, WASMC_KIND_ARRAY = 2 };

// A type as its objects need it. Equal types have one descriptor in the process, which lives as long as a store with
// objects of it.
typedef struct wasmc_descriptor {
    uint32_t id;  // where it is in the region: a multiple of 16, not 0
    uint8_t kind;
    uint8_t element_shift;     // an array's elements have 1 << element_shift bytes
    uint16_t reference_count;  // references in a struct; 1 for an array of references
    uint32_t byte_count;       // a struct's size; in an array, the bytes in front of the first element
    uint16_t depth;            // how many supertypes it has
    bool has_functions;        // the elements of an array are numbers of functions
    uint32_t number;           // the type's canonical number
    uint32_t display[8];       // the id of its supertype at each depth, its own at its depth, then 0
    uint16_t references[];     // where a struct's references are, in units of 4 bytes; of wide ones, the low half
} wasmc_descriptor;

// The descriptor whose id a header has; null for what is no header. Nothing is believed of what an object says.
static inline const wasmc_descriptor *wasmc_type_of_header(const uint8_t *descriptors, uint32_t header) {
    uint32_t id = header & WASMC_OBJECT_ID_MASK;
    const wasmc_descriptor *descriptor = (const wasmc_descriptor *)(descriptors + id);
    if (!id || descriptor->id != id || descriptor->kind == WASMC_KIND_FUNCTION) return NULL;
    return descriptor->element_shift <= 4 ? descriptor : NULL;
}

// Where a field of so many bytes is after what ends at `end`: at a multiple of its size, or of 8.
static inline uint32_t wasmc_place_field(uint32_t end, uint32_t byte_count) {
    uint32_t alignment = byte_count < 8 ? byte_count : 8;
    return (end + alignment - 1) & ~(alignment - 1);
}

// Where objects are made. Generated code makes them itself while there is room.
typedef struct wasmc_allocation {
    uint8_t *bump, *limit;  // what lies between is free and zero
    uint8_t *base;          // of the region; constant since before the first instance that has objects
} wasmc_allocation;

// Objects hold functions by numbers of the store's, which are below this, a power of two. There is a place for each, so
// that whatever a number is, its lower bits are one.
enum { WASMC_FUNCTION_NUMBERS = 1 << 24 };

// What a function reference points at. Generated code calls `code(context, arguments...)`: `context` is the instance of
// a guest function, or the import binding of a host function. `entry` is the C-callable trampoline of the function's
// type: it unpacks a value array, calls `code`, and packs the results into the same array.
typedef void (*wasmc_entry)(const wasmc_function *function, wasmc_value *values);
struct wasmc_function {
    const void *code;
    void *context;
    wasmc_entry entry;
    // Canonical number of the function's type: equal types have equal numbers in the whole process.
    uint32_t type_id;
    // What objects of the store refer to the function by; 0 as long as none does.
    uint32_t number;
    // The function's index in its module; ~0 for a host function.
    uint32_t index;
    // From `code` to the code for tail calls, in bytes; 0 for a function that makes no tail calls itself. That code is
    // called by a convention of its own: see TailConvention.swift.
    int32_t tail_distance;
};

// A host function: called with the importing instance (null when no instance imported it) and an array that holds the
// arguments and receives the results. Returns WASMC_RETURNED, or why the guest has to stop; it never unwinds through
// its own frames. The runtime raises after it has returned.
typedef int32_t (*wasmc_host_callback)(void *user_data, wasmc_instance *caller, wasmc_value *values);

// The `context` of a host function's wasmc_function. Generated host trampolines call `invoke(binding, values)`, and
// when that says that the host has put an exception into the store, `throw_exception(store)`.
typedef struct wasmc_host_binding wasmc_host_binding;
struct wasmc_host_binding {
    uint32_t (*invoke)(wasmc_host_binding *binding, wasmc_value *values);  // wasmc_invoke_host
    void (*throw_exception)(wasmc_store *store) __attribute__((noreturn));
    wasmc_host_callback callback;
    void *user_data;
    wasmc_store *store;
    wasmc_instance *caller;
    uint32_t type_id;  // canonical, of the function
};

// What tells exceptions apart: two tags are the same if they are at the same address.
struct wasmc_tag {
    wasmc_store *store;
    uint32_t type_id;  // of the function type whose parameters are the exceptions' values
    uint32_t value_count;
};

// Segments at run time; dropping one sets its count to 0.
typedef struct wasmc_data_segment {
    const uint8_t *bytes;
    uint64_t byte_count;
} wasmc_data_segment;

typedef struct wasmc_element_segment {
    wasmc_ref *elements;
    uint64_t count;
} wasmc_element_segment;

// In place of a number of references: all that the function ever had.
#define WASMC_HOLDS_ALL 0x7FFFFFFFu

// The runtime functions that generated code calls; reached through the instance, so that code has no relocations
// against the runtime. Those that can trap do not return then. Indices are the module's; `uint64_t` operands
// are zero-extended where the memory or table has 32-bit addresses.
typedef struct wasmc_builtins {
    void (*trap)(wasmc_instance *instance, uint32_t outcome) __attribute__((noreturn));
    // Old size in pages, or UINT64_MAX.
    uint64_t (*memory_grow)(wasmc_instance *instance, uint32_t memory, uint64_t pages);
    void (*memory_init)(
        wasmc_instance *instance, uint32_t memory, uint32_t segment, uint64_t destination, uint64_t source,
        uint64_t count);
    void (*memory_copy)(
        wasmc_instance *instance, uint32_t destination_memory, uint32_t source_memory, uint64_t destination,
        uint64_t source, uint64_t count);
    void (*memory_fill)(wasmc_instance *instance, uint32_t memory, uint64_t destination, uint32_t byte, uint64_t count);
    void (*data_drop)(wasmc_instance *instance, uint32_t segment);
    // Old size or UINT64_MAX.
    uint64_t (*table_grow)(wasmc_instance *instance, uint32_t table, wasmc_ref value, uint64_t count);
    void (*table_fill)(wasmc_instance *instance, uint32_t table, uint64_t index, wasmc_ref value, uint64_t count);
    void (*table_copy)(
        wasmc_instance *instance, uint32_t destination_table, uint32_t source_table, uint64_t destination,
        uint64_t source, uint64_t count);
    void (*table_init)(
        wasmc_instance *instance, uint32_t table, uint32_t segment, uint64_t destination, uint64_t source,
        uint64_t count);
    void (*element_drop)(wasmc_instance *instance, uint32_t segment);
    // The stack limit was passed: raises the stack-overflow trap or the interruption that lifted the limit. Returns
    // when a frame of so many bytes below the caller's fits, and the guest was only to yield.
    void (*stack_check_failed)(wasmc_instance *instance, uint64_t frame_byte_count);
    // Something is asked of the guest: does what can be done here. Zero when the guest has to stop. No memory and no
    // table moves meanwhile.
    uint32_t (*may_go_on)(wasmc_instance *instance);
    // A function of the baseline, or one of its loops, has counted down. For a loop, its OSR entry if there is any:
    // result (*)(wasmc_instance *, const wasmc_value *locals).
    void (*function_is_hot)(wasmc_instance *instance, uint32_t function);
    const void *(*loop_is_hot)(wasmc_instance *instance, uint32_t function, uint32_t loop);
    // 0 notified, 1 another number than expected, 2 the time is over. The address is index plus offset.
    uint32_t (*atomic_wait)(
        wasmc_instance *instance, uint32_t memory, uint64_t index, uint64_t offset, uint64_t expected, int64_t timeout,
        uint32_t byte_count);
    // How many were woken.
    uint32_t (*atomic_notify)(
        wasmc_instance *instance, uint32_t memory, uint64_t index, uint64_t offset, uint32_t most);
    // A function is called that has no code yet: returns its code, or ends the call.
    const void *(*function_is_absent)(wasmc_instance *instance, uint32_t function);
    // Throws the exception that is in the store: leaves for the next landing pad outwards, or ends the call.
    void (*throw_exception)(wasmc_store *store) __attribute__((noreturn));
    // A reference to the exception that is in the store, for a function that still holds so many others. Where they
    // are is the same as long as the function runs, and never null. And the other way round.
    wasmc_ref (*exception_reference)(wasmc_instance *instance, const wasmc_ref *held, uint32_t count);
    void (*take_exception)(wasmc_instance *instance, wasmc_ref exception);
    // The exception in the store, which has a reference, was caught without asking for one.
    void (*exception_caught)(wasmc_instance *instance);
    // Whether the type of the first canonical number is the second's, or below it.
    uint32_t (*is_subtype)(wasmc_instance *instance, uint32_t type, uint32_t other);
    // The same for the ids of objects' types.
    uint32_t (*is_object_subtype)(wasmc_instance *instance, uint32_t id, uint32_t other);
    // Of references to arrays; a value is given as wasmc_value has it.
    void (*array_fill)(
        wasmc_instance *instance, uint64_t array, uint32_t start, uint64_t low, uint64_t high, uint32_t count);
    void (*array_copy)(
        wasmc_instance *instance, uint64_t destination, uint32_t to, uint64_t source, uint32_t from, uint32_t count);
    void (*array_init_data)(
        wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count);
    void (*array_init_elements)(
        wasmc_instance *instance, uint64_t array, uint32_t segment, uint32_t to, uint32_t from, uint32_t count);
    uint64_t (*array_new_data)(wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count);
    uint64_t (*array_new_elements)(
        wasmc_instance *instance, uint32_t id, uint32_t segment, uint32_t from, uint32_t count);
    // The reference among the guest's own for one of the extern hierarchy; traps for a number that is too large.
    uint64_t (*internalize)(wasmc_instance *instance, uint64_t reference);
    // An object of the type with this id: zero but for its header and length.
    uint8_t *(*allocate_struct)(wasmc_instance *instance, uint32_t id);
    uint8_t *(*allocate_array)(wasmc_instance *instance, uint32_t id, uint32_t length);
    // For an object that is old, right before or after references are stored in it.
    void (*remember)(wasmc_instance *instance, uint8_t *object);
    // Objects hold a number in place of a function's reference: what an object holds may be anything when code was
    // wrong. 0 is null's.
    uint64_t (*function_number)(wasmc_instance *instance, wasmc_ref function);
    // The function with a number, if its type is the one of the expected canonical number or below it; 0 for any
    // function, ~0 for none. The call ends without such a function.
    wasmc_ref (*numbered_function)(wasmc_instance *instance, uint64_t number, uint32_t expected);
    // Null, or an exception that lives as long as the store. The call ends with anything else.
    wasmc_ref (*known_exception)(wasmc_instance *instance, wasmc_ref exception);
    // Evaluates globals, tables and element segments, applies active segments in order, and drops what the
    // specification drops.
    void (*initialize)(wasmc_instance *instance);
} wasmc_builtins;

// A function of a module whose code is replaced while it is used; see tiering.c. Any thread may read and write it, a
// word at a time: code that has been replaced stays valid, and counts that threads lose do not matter.
typedef struct wasmc_tier {
    const void *code;   // the best there is
    int64_t countdown;  // calls and iterations of the baseline until it asks for optimized code
    int64_t calls;      // of the baseline
    const struct wasmc_loop_code *loops;
} wasmc_tier;

// An instance: this header, then one pointer-sized slot each for every memory (wasmc_memory *), table (wasmc_table *),
// global (wasmc_value *: the global's own cell) and tag (wasmc_tag *) of the index spaces, in this order, then the base
// of every memory as it was at first (which a guarded memory keeps), then the function records (struct wasmc_function,
// by value): one for each imported function, then one for each other referenced function, in the order of the index
// space. All of these are constant after instantiation. Last, aligned to 16 bytes, the cells (wasmc_value) of the
// module's own globals.
struct wasmc_instance {
    wasmc_store *store;
    const wasmc_builtins *builtins;
    const uint32_t *type_ids;    // canonical type number by the module's type index
    const uint32_t *object_ids;  // likewise, the id of a struct's or array's descriptor
    const uint8_t *descriptors;  // where they lie
    wasmc_data_segment *data_segments;
    wasmc_element_segment *element_segments;
    void *host;  // the embedder's
    const struct wasmc_module *module;
    wasmc_tier *tiers;              // by function index; null when code is not replaced
    wasmc_memory *exported_memory;  // the export "memory", for WASI; null without one
    // Metering: what is left, below zero when exhausted (INT64_MAX for code that does not count), and what each call
    // of a host function takes. Generated code holds the count in a register between calls.
    int64_t remaining_fuel;
    int64_t host_call_fuel;
    void *slots[];
};

// To stop; to let the host's other tasks run.
enum { WASMC_STOP = 1, WASMC_YIELD = 2 };

// What all instances of a store share. One thread at a time uses a store.
struct wasmc_store {
    // Generated code compares its stack pointer with this on entry. UINTPTR_MAX while something is requested, so that
    // entries need no check of their own.
    uintptr_t stack_limit;
    // What is asked of the guest, or 0: loop heads of interruptible code look. Any thread may ask.
    uint32_t requests;
    wasmc_activation *activation;  // innermost, null outside of guest code
    void *host;                    // the embedder's
    // Where arguments of calls to functions that make tail calls travel when they find no register, between the call
    // and the entry. Room enough for every instance of the store.
    wasmc_value *tail_arguments;
    wasmc_allocation allocation;
    // By number, null where no function has it. The pointer is constant since before the first instance that has
    // objects.
    const wasmc_function *const *functions;
    // The exception that was thrown last: its tag, its values, for which there is room enough for every tag of the
    // store's instances, and its reference, or 0 as long as it has none.
    const wasmc_tag *exception_tag;
    wasmc_value *exception_values;
    wasmc_ref exception;
};

#endif
