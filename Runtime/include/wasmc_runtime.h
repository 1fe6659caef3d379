// The C runtime's interface for its host: the Swift library, and programs that carry compiled modules without Swift.
// The layouts are in wasmc_layout.h.
//
// Invariant: raising (longjmp) crosses only generated code and this runtime's own frames; a host callback has always
// returned before the runtime raises.

#ifndef WASMC_RUNTIME_H
#define WASMC_RUNTIME_H

#include "wasmc_artifact.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Types -----------------------------------------------------------------------------------------------------

// A type: its codes are those of wasmc_artifact.h. An index in them, or of a supertype, is that of a module's type
// where the type is acquired for a module, else a canonical number.
typedef struct wasmc_type_description {
    const uint32_t *codes;     // a function's parameters, then its results; the fields of a struct or an array
    uint32_t parameter_count;  // of a function
    uint32_t code_count;
    uint32_t supertype;  // or WASMC_NO_TYPE
    uint8_t kind;        // WASMC_KIND_FUNCTION...
    bool is_final;
} wasmc_type_description;

// The canonical numbers of a module's recursive group, whose first type has the index `first`, into `numbers`, where
// those of the module's earlier types are. Thread-safe. Each number of the group means its type until one of them has
// been released as often as the group was acquired. False when memory or numbers ran out.
bool wasmc_types_acquire(const wasmc_type_description *types, uint32_t first, uint32_t count, uint32_t *numbers);
// The same for the type of a host function, a final one by itself, whose codes have canonical numbers. 0 also for a
// number that means nothing.
uint32_t
wasmc_type_acquire(const uint32_t *parameters, size_t parameter_count, const uint32_t *results, size_t result_count);
// Once more, for a number that somebody holds.
void wasmc_type_retain(uint32_t number);
void wasmc_type_release(uint32_t number);
// Of numbers that somebody holds meanwhile, without locks. The description's codes live as long as the number means the
// type.
wasmc_type_description wasmc_type_describe(uint32_t number);
// The id of a struct's or array's descriptor; 0 of a function's type.
uint32_t wasmc_type_object_id(uint32_t number);
// A struct's field, or with 0 what all elements of an array are: where the field, or the first element, stands in an
// object. Of types and fields that there are.
typedef struct wasmc_field {
    uint32_t code;  // as in the type's description
    uint32_t offset, byte_count;
} wasmc_field;
wasmc_field wasmc_type_field(uint32_t number, uint32_t index);
// How many bytes of an object a field takes, by the code that its type's description has for it.
uint32_t wasmc_type_field_byte_count(uint32_t code);
bool wasmc_type_is_subtype(uint32_t number, uint32_t other);
// The same for numbers that perhaps nobody holds: false if one of them means nothing.
bool wasmc_type_compare(uint32_t number, uint32_t other);
bool wasmc_type_kind_of(uint32_t number, uint8_t *kind);
// How many types have numbers now.
uint32_t wasmc_type_count(void);

// ---- Modules ---------------------------------------------------------------------------------------------------

// A compiled module, mapped into memory. Retained by count: instances and host functions hold one each.
typedef struct wasmc_module {
    const uint8_t *image;                // the artifact, offsets count from here
    const wasmc_artifact *artifact;      // its description
    const uint32_t *type_ids;            // canonical type numbers by type index
    const uint32_t *object_ids;          // ids of structs' and arrays' descriptors by type index, else 0
    uint32_t memory_count, table_count;  // imports included
    // How much stack the guests of a store may use in which an instance of it is made; 0: as much as there is. The
    // host sets it before the first one.
    uint64_t stack_byte_count;
    struct wasmc_memory_source *memories;
    struct wasmc_tiering *tiering;  // null when code is not replaced
    // Of a replacement in use, the module that has taken it over and lives as long; else null. It has the names and
    // bodies of the functions.
    const struct wasmc_module *whole;
} wasmc_module;

// What is at an offset of the image.
static inline const void *wasmc_at(const wasmc_module *module, uint32_t offset) { return module->image + offset; }

// Maps `byte_count` bytes at `offset` (a multiple of the page size) of a file that holds an artifact; the descriptor
// may be closed afterwards. The artifact is trusted: its code runs with all rights of this process. `verifies_all`
// also compares the whole file with its checksum, which reads every page. Null on failure, with the reason in
// `message`.
wasmc_module *
wasmc_module_map(int file, uint64_t offset, uint64_t byte_count, bool verifies_all, char *message, size_t message_size);
// A mapping of a whole file that many modules are in, so that each costs the system nothing: readable, and whoever gets
// it takes it over. The first page, which may hold nothing, is where the externals' addresses are put; from there up to
// `code_byte_count` the mapping is made executable, so all of it must be trusted. Null, and the mapping stays the
// caller's, when that cannot be done.
typedef struct wasmc_shared_mapping wasmc_shared_mapping;
wasmc_shared_mapping *wasmc_mapping_create(uint8_t *start, size_t byte_count, size_t code_byte_count);
// Its modules hold it as well.
void wasmc_mapping_release(wasmc_shared_mapping *mapping);
// A replacement that is at `offset` of such a mapping, which its `externals` says.
wasmc_module *wasmc_module_use(
    wasmc_shared_mapping *mapping, uint64_t offset, uint64_t byte_count, char *message, size_t message_size);
// The same as wasmc_module_map for an artifact in memory, which is copied.
wasmc_module *wasmc_module_load(const void *bytes, size_t byte_count, char *message, size_t message_size);
// The same for an artifact that was linked into this program; nothing is made executable. `source` is the first 8
// bytes of the digest of the module that the caller knows it was made from.
wasmc_module *wasmc_module_link(const uint8_t *artifact, uint64_t source, char *message, size_t message_size);
// Keeps up to so many memories of instances that are gone for those to come; none are kept
// at first, and a smaller number changes nothing. Thread-safe.
void wasmc_module_set_pool(wasmc_module *module, uint32_t memory_count);
void wasmc_module_retain(wasmc_module *module);
void wasmc_module_release(wasmc_module *module);

// Asks for optimized code for functions and loops (UINT32_MAX: the function itself) that have counted down from
// `threshold`, on the guest's thread, again and again until there is some. Before the first instance; `finalize(host)`
// runs when the module dies. False, and nothing runs, when the code cannot be replaced.
bool wasmc_module_observe_hot_code(
    wasmc_module *module, int64_t threshold, void (*request)(void *host, uint32_t function, uint32_t loop), void *host,
    void (*finalize)(void *host));
// Of a module that is observed so: how many calls and iterations of its loops a function has counted since it last
// asked; 0 for one that runs other code than the baseline's.
int64_t wasmc_module_baseline_count(const wasmc_module *module, uint32_t function);
// The code of a replacement, which it takes over, is used from now on by all instances: calls to come, and loops that
// run, go there. Thread-safe. False when no memory is left.
bool wasmc_module_replace_code(wasmc_module *module, wasmc_module *replacement);
// The same for the first code of functions that have none yet; the others keep theirs.
bool wasmc_module_add_code(wasmc_module *module, wasmc_module *first);
// Asks for the first code of a function that is called, on the guest's thread, again and again until there is some;
// `store_host` is what the embedder left in the store. False when there will be none: then it has noted why, as a host
// function does that refuses. Before the first instance; `finalize(host)` runs when the module dies. False, and nothing
// runs, when the module is complete.
bool wasmc_module_provide_code(
    wasmc_module *module, bool (*provide)(void *host, void *store_host, uint32_t function), void *host,
    void (*finalize)(void *host));
bool wasmc_module_has_provider(const wasmc_module *module);
// Of a module with a provider: whether a function has code by now.
bool wasmc_module_has_code(const wasmc_module *module, uint32_t function);
// Has everyone who waits for code ask again. Thread-safe.
void wasmc_module_wake_callers(wasmc_module *module);

typedef struct wasmc_memory_type {
    wasmc_limits pages;
    bool is_64bit;
    bool is_shared;
    bool has_byte_pages;  // of one byte; else of 64 KiB
} wasmc_memory_type;

typedef struct wasmc_table_type {
    wasmc_limits elements;
    bool holds_objects;  // not references to functions only
    bool is_64bit;
} wasmc_table_type;

// ---- Stores and what lives in them --------------------------------------------------------------------------------

// A store owns memories, tables, globals, instances and host bindings; all are freed with it. One thread at a time.
wasmc_store *wasmc_store_create(void);
void wasmc_store_destroy(wasmc_store *store);

typedef enum wasmc_resource {
    WASMC_MEMORY_PAGES,
    WASMC_TABLE_ELEMENTS,
    WASMC_INSTANCES,
    WASMC_HOST_REFERENCES,
    WASMC_HEAP_BYTES
} wasmc_resource;
enum { WASMC_RESOURCE_COUNT = 5 };

// By resource, what all guests of a store may use together.
typedef struct wasmc_store_limits {
    bool is_limited[WASMC_RESOURCE_COUNT];
    uint64_t most[WASMC_RESOURCE_COUNT];
    uint64_t stack_byte_count;  // of an outermost call; 0: all that the thread has
    // Asked within the limits, unless null; false refuses.
    bool (*may_use)(wasmc_store *store, wasmc_resource resource, uint64_t used, uint64_t wanted);
    // Told of what is not used any more, unless null.
    void (*gave_back)(wasmc_store *store, wasmc_resource resource, uint64_t count);
} wasmc_store_limits;
// Before anything is made in the store.
void wasmc_store_set_limits(wasmc_store *store, wasmc_store_limits limits);
// Counts so much more of a resource; false, and nothing is counted, when that is refused.
bool wasmc_take(wasmc_store *store, wasmc_resource resource, uint64_t count);
// Takes back what was counted.
void wasmc_give_back(wasmc_store *store, wasmc_resource resource, uint64_t count);
// False when the store's last refusal has been described or there was none.
bool wasmc_describe_refusal(wasmc_store *store, char *message, size_t message_size);

// Null when a limit, memory or address space ran out, or the minimum exceeds the maximum. A guarded memory that cannot
// reserve its address space falls back to an unguarded one unless `must_be_guarded`.
wasmc_memory *wasmc_memory_create(wasmc_store *store, wasmc_memory_type type, bool want_guarded, bool must_be_guarded);
uint64_t wasmc_memory_grow(wasmc_memory *memory, uint64_t pages);  // old size in pages, or UINT64_MAX

// A memory that several stores use, on several threads. It belongs to none of them: whoever makes or retains it
// releases it. Null when the type is no shared memory's, or memory or address space ran out; errno says which.
typedef struct wasmc_shared_memory wasmc_shared_memory;
wasmc_shared_memory *wasmc_shared_memory_create(wasmc_memory_type type, bool must_be_guarded);
void wasmc_shared_memory_retain(wasmc_shared_memory *shared);
void wasmc_shared_memory_release(wasmc_shared_memory *shared);
uint64_t wasmc_shared_memory_byte_count(const wasmc_shared_memory *shared);
wasmc_memory_type wasmc_shared_memory_type(const wasmc_shared_memory *shared);   // its minimum is the present size
uint64_t wasmc_shared_memory_grow(wasmc_shared_memory *shared, uint64_t pages);  // old size in pages, or UINT64_MAX
// As guests of this store see it, who hold it until the store's end; null when no memory is left.
wasmc_memory *wasmc_shared_memory_view(wasmc_store *store, wasmc_shared_memory *shared);
// Each byte once, whatever guests do meanwhile. False when fewer bytes are there.
bool wasmc_shared_memory_read(wasmc_shared_memory *shared, uint64_t address, void *bytes, uint64_t byte_count);
bool wasmc_shared_memory_write(wasmc_shared_memory *shared, uint64_t address, const void *bytes, uint64_t byte_count);

// Wakes so many guests that wait at the address, all of which is inside; returns how many there were.
uint32_t wasmc_shared_memory_notify(wasmc_shared_memory *shared, uint64_t address, uint32_t most);

// Of a shared memory it may have become larger since.
static inline uint64_t wasmc_memory_byte_count(const wasmc_memory *memory) {
    return __atomic_load_n(&memory->byte_count, __ATOMIC_RELAXED);
}
// The guest's bytes from an address on; null when fewer than `byte_count` are there. They may move when the guest runs.
static inline uint8_t *wasmc_memory_bytes(const wasmc_memory *memory, uint64_t address, uint64_t byte_count) {
    uint64_t size = wasmc_memory_byte_count(memory);
    if (address > size || byte_count > size - address) return NULL;
    return memory->base + address;
}
wasmc_table *wasmc_table_create(wasmc_store *store, wasmc_table_type type, wasmc_ref initial);
uint64_t wasmc_table_grow(wasmc_table *table, wasmc_ref value, uint64_t count);
wasmc_value *wasmc_global_create(wasmc_store *store);
// What a host function throws that then returns WASMC_EXCEPTION; false for a tag of another store. What a guest has
// thrown when a call ends with WASMC_EXCEPTION is in the store: see `exception_tag` there.
bool wasmc_set_exception(wasmc_store *store, const wasmc_tag *tag, const wasmc_value *values);
// What the exceptions take that the store's guests have references to.
uint64_t wasmc_exception_byte_count(const wasmc_store *store);
// A tag of exceptions with values of these types, by their codes; null when no memory is left.
wasmc_tag *wasmc_tag_create(wasmc_store *store, const uint32_t *types, uint32_t count);
// The same for the canonical number of a function type that somebody holds, with so many parameters.
wasmc_tag *wasmc_tag_create_of(wasmc_store *store, uint32_t number, uint32_t count);
// A host function's reference. Its trampolines are those that `module`, which it retains, has for its type
// `type_index`. `caller` may be null. `finalize(user_data)` runs when the store dies.
wasmc_function *wasmc_host_function_create(
    wasmc_store *store, wasmc_module *module, uint32_t type_index, wasmc_host_callback callback, void *user_data,
    void (*finalize)(void *user_data), wasmc_instance *caller);
// The same for the time before a module has the function's type, given by type codes. Calls take longer until it is
// equipped.
wasmc_function *wasmc_host_function_create_early(
    wasmc_store *store, const uint32_t *parameters, size_t parameter_count, const uint32_t *results,
    size_t result_count, wasmc_host_callback callback, void *user_data);
// Gives such a function the trampolines that `module`, which it retains, has for its type, before an instance of the
// module calls it. False when the module has none.
bool wasmc_host_function_equip(wasmc_function *function, wasmc_module *module);

typedef struct wasmc_imports {
    wasmc_memory *const *memories;
    wasmc_table *const *tables;
    wasmc_value *const *globals;
    const wasmc_function *const *functions;  // copied into the records
    wasmc_tag *const *tags;
} wasmc_imports;

// Allocates an instance with its memories, tables and globals and binds the imports, whose types the caller has
// checked. Host functions among them whose binding has no caller get a binding of their own with this instance as the
// caller. Null on failure with a sentence in `message`. The instance retains the module.
wasmc_instance *wasmc_instance_create(
    wasmc_store *store, wasmc_module *module, const wasmc_imports *imports, char *message, size_t message_size);

// ---- Objects of guests: structs and arrays ----------------------------------------------------------------------

// What a store's heap has done since it was made.
typedef struct wasmc_heap_statistics {
    uint64_t live_byte_count;       // of the objects that the last collection left
    uint64_t used_byte_count;       // which count as WASMC_HEAP_BYTES, holes included
    uint64_t allocated_byte_count;  // holes that objects were made in, and large objects
    uint64_t collection_count;
    uint64_t full_collection_count;       // those among them that looked at old objects, too
    uint64_t pause_total, longest_pause;  // in nanoseconds
} wasmc_heap_statistics;
wasmc_heap_statistics wasmc_store_heap_statistics(const wasmc_store *store);

// A new object of a type, given by its descriptor's id, which somebody holds as long as the store lives: zero but for
// its header and length. Null when no memory is left or the limit is reached, which wasmc_describe_refusal then says.
// Objects that can be reached from nowhere but the host's variables are freed whenever another one is made.
uint8_t *wasmc_store_allocate_struct(wasmc_store *store, uint32_t id);
uint8_t *wasmc_store_allocate_array(wasmc_store *store, uint32_t id, uint32_t length);
// To be called right before or after references are stored in an object.
void wasmc_store_remember(wasmc_store *store, uint8_t *object);
// The type of an object; null for what is none. Neither its header nor its length is believed further than that it
// lies where the heap makes objects.
const wasmc_descriptor *wasmc_store_descriptor(const wasmc_store *store, wasmc_ref object);
// Objects hold numbers in place of functions. Gives a function of the store its number; false when no memory is left.
// The function with a number; null without one.
bool wasmc_store_number_function(wasmc_store *store, wasmc_function *function);
const wasmc_function *wasmc_store_numbered_function(const wasmc_store *store, uint64_t number);
// Whether it is an exception that lives as long as the store: others are in no object.
bool wasmc_store_keeps_exception(const wasmc_store *store, wasmc_ref exception);
// Frees all objects that cannot be reached.
void wasmc_store_collect(wasmc_store *store);
// From now on, each collection that looks at all objects tells which of the host's numbers below 2^30 guests may have,
// some of them more than once; `host` is the store's. The function makes no objects and calls no guests. False when
// nothing can be told, since no address space is left.
bool wasmc_store_tell_host_numbers(wasmc_store *store, void (*tell)(void *host, uint32_t number));
// Whether the address lies in the reservation of the store's heap, accessible or not. Safe in a signal handler.
bool wasmc_store_heap_holds(const wasmc_store *store, uintptr_t address);

// Keeps an object for the host, until the handle is released; 0 when no memory is left. Thread-safe, all three.
uint32_t wasmc_handle_make(wasmc_store *store, wasmc_ref reference);
wasmc_ref wasmc_handle_reference(const wasmc_store *store, uint32_t handle);
void wasmc_handle_release(wasmc_store *store, uint32_t handle);

// ---- Guarded calls ---------------------------------------------------------------------------------------------

typedef struct wasmc_result {
    wasmc_outcome outcome;
    uint32_t exit_code;                      // of WASMC_EXIT
    wasmc_interruption_reason interruption;  // of WASMC_INTERRUPTED
    uintptr_t passed_on;  // what wasmc_tell_enclosing_call was given last, by one of the call's host functions
} wasmc_result;

typedef struct wasmc_frame {
    const wasmc_module *module;
    uint32_t function;     // index in its module
    uint32_t byte_offset;  // in its module, of the call or of the instruction that stopped it; 0 if it is not known
} wasmc_frame;

// The guest's frames from the inside outwards. Of a deep stack both ends are kept; `outermost` holds frame
// WASMC_FRAMES_KEPT + i at i modulo WASMC_FRAMES_KEPT.
#define WASMC_FRAMES_KEPT 32
typedef struct wasmc_backtrace {
    uint64_t count;
    wasmc_frame innermost[WASMC_FRAMES_KEPT];
    wasmc_frame outermost[WASMC_FRAMES_KEPT];
} wasmc_backtrace;
// Where the store's guest was when its last call ended with anything but WASMC_RETURNED; valid until the next call.
const wasmc_backtrace *wasmc_last_backtrace(const wasmc_store *store);
// The line of source that a frame is at; null when it is not known. The name of its file has no end but its length.
const wasmc_source_location *wasmc_frame_source(const wasmc_frame *frame, wasmc_span *file);
// A line for each frame, each after a line's end; of a deep stack some of both ends.
void wasmc_describe_backtrace(const wasmc_backtrace *trace, char *bytes, size_t size);

// What the access did that ended the store's last call with WASMC_INTERNAL_ERROR, for a sentence: "an access to ...".
void wasmc_describe_stray_access(const wasmc_store *store, char *bytes, size_t size);

// What bounds the stack of calls: the smallest of these.
typedef enum wasmc_stack_owner {
    WASMC_STACK_OF_THREAD,
    WASMC_STACK_OF_CALL,
    WASMC_STACK_OF_STORE,
    WASMC_STACK_OF_MODULE
} wasmc_stack_owner;
typedef struct wasmc_stack_bound {
    wasmc_stack_owner owner;
    uint64_t byte_count;  // of a thread's, 0
} wasmc_stack_bound;
// Which one the store's guests reached last.
wasmc_stack_bound wasmc_store_stack_bound(const wasmc_store *store);

// Runs `function->entry(function, values)` guarded: returns when the guest returns, traps, exits, or a host function
// refuses. May be nested inside a host callback.
void wasmc_call(wasmc_store *store, const wasmc_function *function, wasmc_value *values, wasmc_result *result);
// Runs the module's `initialize` guarded.
void wasmc_instance_initialize(wasmc_instance *instance, wasmc_result *result);

// For hosts that know errors by numbers: after a call, tells the one whose host function made it what it ended with.
// False when there is none on this thread.
bool wasmc_tell_enclosing_call(uintptr_t error);

// For host callbacks written in C: note the exit status, then return WASMC_EXIT.
void wasmc_set_exit_code(wasmc_store *store, uint32_t status);

// ---- Interruption ------------------------------------------------------------------------------------------------

// A stretch of host code whose guest calls on one store can be stopped together. Scopes of a store nest. The memory is
// the caller's; it must not move or go away before the scope ends.
typedef struct wasmc_interruption wasmc_interruption;
struct wasmc_interruption {
    wasmc_store *store;
    wasmc_interruption *outer;
    int32_t reason;  // accessed atomically
    bool is_linked;  // the store's guest runs in it now
    // Called once, on the thread that interrupts and under locks, for hosts that wait for something else.
    void (*notify)(void *data);
    void *data;
    bool has_deadline;
    uint64_t deadline;  // of the monotonic clock, in nanoseconds; 0 when it is not waited for
    wasmc_interruption *earlier, *later;
};
// On the store's thread.
void wasmc_interruption_begin(wasmc_interruption *scope, wasmc_store *store);
// Takes everything back: no later call is stopped by it. The caller has made sure that nobody interrupts it meanwhile.
void wasmc_interruption_end(wasmc_interruption *scope);
// A scope that is not linked counts for no call: while a fiber is suspended.
void wasmc_interruption_link(wasmc_interruption *scope);
void wasmc_interruption_unlink(wasmc_interruption *scope);
// From any thread, between begin and end; the first reason stays.
void wasmc_interrupt(wasmc_interruption *scope, wasmc_interruption_reason reason);
// Has `notify` called when the scope is interrupted, or now if it has been.
void wasmc_interruption_notify(wasmc_interruption *scope, void (*notify)(void *data), void *data);
// Interrupts the scope so many nanoseconds from now. False when the thread that waits cannot be started.
bool wasmc_set_deadline(wasmc_interruption *scope, uint64_t nanoseconds);

// ---- Fibers ------------------------------------------------------------------------------------------------------

// A call on a stack of its own. `body` makes one guarded call on `store`; every time the fiber runs, it does so in the
// scope (which may be null), which has been begun and unlinked.
typedef struct wasmc_fiber wasmc_fiber;
wasmc_fiber *wasmc_fiber_create(
    wasmc_store *store, size_t stack_byte_count, wasmc_interruption *scope, void (*body)(void *data), void *data);
// After it has finished, or before it has started.
void wasmc_fiber_destroy(wasmc_fiber *fiber);
typedef enum wasmc_fiber_state {
    WASMC_FIBER_FINISHED,
    WASMC_FIBER_WAITS,  // a host function has suspended it
    // The guest has run for a while. Until it goes on, the store refuses calls, and its memories and tables do not
    // grow.
    WASMC_FIBER_YIELDED,
} wasmc_fiber_state;
// Runs the fiber until its body has returned or it is suspended.
wasmc_fiber_state wasmc_fiber_resume(wasmc_fiber *fiber);
// A fiber of the store has yielded. Another one may be resumed only if its scope has been interrupted.
bool wasmc_is_in_use(const wasmc_store *store);
// Whether a host function that the store's guest has called may suspend it: only if no other host function is on
// the fiber's stack.
bool wasmc_can_suspend(const wasmc_store *store);
// In such a host function: returns when the fiber is resumed, maybe on another thread.
void wasmc_fiber_suspend(wasmc_store *store);

static inline bool wasmc_is_interrupted(const wasmc_store *store) {
    return __atomic_load_n(&store->requests, __ATOMIC_SEQ_CST) & WASMC_STOP;
}
static inline bool wasmc_scope_is_interrupted(const wasmc_interruption *scope) {
    return __atomic_load_n(&scope->reason, __ATOMIC_SEQ_CST) != WASMC_NOT_INTERRUPTED;
}
// The reason of the innermost scope that has one.
wasmc_interruption_reason wasmc_pending_interruption(const wasmc_store *store);

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
