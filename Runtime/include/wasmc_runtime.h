// The C runtime's interface for its host: the Swift library, and later programs that carry compiled modules without
// Swift. The layouts are in wasmc_layout.h.
//
// Invariant: raising (longjmp) crosses only generated code and this runtime's own frames; a host callback has always
// returned before the runtime raises.

#ifndef WASMC_RUNTIME_H
#define WASMC_RUNTIME_H

#include "wasmc_layout.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Types -----------------------------------------------------------------------------------------------------

// The canonical number of a function type, given as the binary format's type codes; thread-safe. 0 when memory ran out.
uint32_t wasmc_type_id(const uint8_t *parameters, size_t parameter_count, const uint8_t *results, size_t result_count);

// ---- Code ------------------------------------------------------------------------------------------------------

// Executable code made of relocatable ELF objects (x86-64 or AArch64, PIC, small code model). Symbols of the objects see
// each other; the only external symbols are memcpy, memmove, memset, memcmp and the C library's float functions that
// LLVM may call. Retained by count: instances hold one.
typedef struct wasmc_code wasmc_code;
typedef struct wasmc_object {
    const void *bytes;
    size_t byte_count;
} wasmc_object;
// Null on failure, with a sentence in `message`.
wasmc_code *wasmc_code_load(const wasmc_object *objects, size_t object_count, char *message, size_t message_size);
void wasmc_code_retain(wasmc_code *code);
void wasmc_code_release(wasmc_code *code);
// The address of a global symbol, or null.
const void *wasmc_code_symbol(const wasmc_code *code, const char *name);

// ---- Modules ---------------------------------------------------------------------------------------------------

typedef struct wasmc_limits {
    uint64_t minimum;
    uint64_t maximum;  // UINT64_MAX: none
} wasmc_limits;

typedef struct wasmc_memory_type {
    wasmc_limits pages;
    bool is_64bit;
    bool is_shared;
} wasmc_memory_type;

typedef struct wasmc_table_type {
    wasmc_limits elements;
    uint8_t element;  // type code
    bool is_64bit;
} wasmc_table_type;

// A function that has a record in every instance.
typedef struct wasmc_function_record {
    uint32_t index;  // in the function index space
    uint32_t type;   // module type index
    const void *code;   // null for an imported function
    wasmc_entry entry;  // the entry trampoline of its type
} wasmc_function_record;

// What instantiation needs to know of a compiled module: plain data, shared by all its instances. Index spaces hold
// imports first; only the entries after the imports have a type here.
typedef struct wasmc_module {
    wasmc_code *code;
    const uint32_t *type_ids;
    const wasmc_entry *entry_trampolines;      // by type index
    const void *const *host_trampolines;       // by type index: `code` for host functions of that type
    uint32_t type_count;
    uint32_t imported_memory_count, memory_count;
    uint32_t imported_table_count, table_count;
    uint32_t imported_global_count, global_count;
    uint32_t imported_function_count, record_count;
    const wasmc_memory_type *memories;         // defined ones
    const wasmc_table_type *tables;            // defined ones
    const wasmc_function_record *records;      // imported functions first
    const wasmc_data_segment *data_segments;   // initial content, all segments
    uint32_t data_segment_count;
    // Initial sizes of the element segments; their elements are written by `initialize`.
    const uint64_t *element_segment_counts;
    uint32_t element_segment_count;
    int32_t exported_memory;                   // index of the memory exported as "memory", or -1
    // Generated: evaluates globals, fills element segments, applies active segments in order, drops what the
    // specification drops, calls the start function. Runs as a guarded call with the instance as its argument.
    void (*initialize)(wasmc_instance *instance);
    bool wants_guarded_memory;                 // the code relies on faults: every 32-bit memory must be guarded
} wasmc_module;

// ---- Stores and what lives in them --------------------------------------------------------------------------------

// A store owns memories, tables, globals, instances and host bindings; all are freed with it. One thread at a time.
wasmc_store *wasmc_store_create(void);
void wasmc_store_destroy(wasmc_store *store);

// Null when memory or address space ran out, or the minimum exceeds the maximum. A guarded memory that cannot reserve
// its address space falls back to an unguarded one unless `must_be_guarded`.
wasmc_memory *wasmc_memory_create(wasmc_store *store, wasmc_memory_type type, bool want_guarded, bool must_be_guarded);
uint64_t wasmc_memory_grow(wasmc_memory *memory, uint64_t pages);  // old size in pages, or UINT64_MAX
wasmc_table *wasmc_table_create(wasmc_store *store, wasmc_table_type type, wasmc_ref initial);
uint64_t wasmc_table_grow(wasmc_table *table, wasmc_ref value, uint64_t count);
wasmc_value *wasmc_global_create(wasmc_store *store);
// A host function's reference. `entry` and `code` are trampolines of its type from any loaded code that outlives the
// store (the store retains `trampoline_owner`). `caller` may be null. `finalize(user_data)` runs when the store dies.
wasmc_function *wasmc_host_function_create(
    wasmc_store *store, wasmc_code *trampoline_owner, wasmc_entry entry, const void *code, uint32_t type_id,
    wasmc_host_callback callback, void *user_data, void (*finalize)(void *user_data), wasmc_instance *caller);

typedef struct wasmc_imports {
    wasmc_memory *const *memories;
    wasmc_table *const *tables;
    wasmc_value *const *globals;
    const wasmc_function *const *functions;  // copied into the records
} wasmc_imports;

// Allocates an instance with its memories, tables and globals and binds the imports, whose types the caller has
// checked. Host functions among them whose binding has no caller get a binding of their own with this instance as the
// caller. Null on failure with a sentence in `message`. `module` must outlive the store.
wasmc_instance *wasmc_instance_create(
    wasmc_store *store, const wasmc_module *module, const wasmc_imports *imports, char *message, size_t message_size);

// ---- Guarded calls ---------------------------------------------------------------------------------------------

typedef struct wasmc_result {
    wasmc_outcome outcome;
    uint32_t exit_code;  // of WASMC_EXIT
    // The instance whose code trapped, and the code address of the trap; null where unknown.
    wasmc_instance *instance;
    const void *address;
} wasmc_result;

// Runs `function->entry(function, values)` guarded: returns when the guest returns, traps, exits, or a host function
// refuses. May be nested inside a host callback.
void wasmc_call(wasmc_store *store, const wasmc_function *function, wasmc_value *values, wasmc_result *result);
// Runs the module's `initialize` guarded.
void wasmc_instance_initialize(wasmc_instance *instance, wasmc_result *result);

// For host callbacks written in C: note the exit status, then return WASMC_EXIT.
void wasmc_set_exit_code(wasmc_store *store, uint32_t status);

// Installs the fault handlers once (guarded memories need them); earlier handlers keep receiving every fault that is
// not a guest's. Thread-safe.
bool wasmc_install_fault_handlers(void);

// How many processors this process may use.
uint32_t wasmc_processor_count(void);

// The number of bytes of stack that guests leave to host functions below the limit.
#define WASMC_HOST_STACK_RESERVE (256 * 1024)

#ifdef __cplusplus
}
#endif

#endif
