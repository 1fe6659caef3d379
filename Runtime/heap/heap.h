// What the heap layer has for those above: the structs and arrays of one store, and their collector.
//
// Objects never move. What the stacks hold is taken for references when it looks like them, in either half of a word
// and wherever in an object it points; what objects hold is known exactly. The objects of one generation after the
// other become old, and only full collections look at old ones again.
//
// Invariant: the collector reads and writes the heap's own region only, whatever its objects hold: it follows no offset
// that it has not found to be inside, and believes no header whose descriptor does not say the same and whose size
// leaves the object's block, and makes no object outside of a hole, wherever generated code says that the next one
// goes. What it knows of objects lies where generated code has no pointer to.

#ifndef WASMC_HEAP_H
#define WASMC_HEAP_H

#include "../platform/platform.h"

typedef struct wasmc_heap wasmc_heap;

// Whose heap it is.
typedef struct wasmc_heap_owner {
    void *context;
    // Calls wasmc_heap_root and wasmc_heap_scan for all that the owner's guests can reach.
    void (*visit_roots)(void *context, wasmc_heap *heap);
    // Asked before the heap takes more memory; false refuses. It makes no objects.
    bool (*take)(void *context, uint64_t byte_count);
    void (*give_back)(void *context, uint64_t byte_count);
    // Told by full collections of the host's numbers that roots and objects may hold. It makes no objects.
    void (*tell_host_number)(void *context, uint32_t number);
    // Asked now and then by collections that make room for an object: whether the guest that waits for it must stop, so
    // that they need not go on. It makes no objects. Null where nothing can stop a guest.
    bool (*must_stop)(void *context);
} wasmc_heap_owner;

// An empty heap, which generated code allocates from through `allocation`; null when no address space is left.
// `descriptors` are the process's types.
wasmc_heap *wasmc_heap_create(wasmc_allocation *allocation, const uint8_t *descriptors, wasmc_heap_owner owner);
// Does not give back: the owner ends, too.
void wasmc_heap_destroy(wasmc_heap *heap);

// An object of this type, zero but for its header and length; null when its owner or the region has no room for it,
// even after a collection, and when its owner says that who waits for it must stop. The caller's registers are roots if
// visit_roots scans from its own frame on.
uint8_t *wasmc_heap_allocate_struct(wasmc_heap *heap, uint32_t id);
uint8_t *wasmc_heap_allocate_array(wasmc_heap *heap, uint32_t id, uint32_t length);

// References are stored in an object that may be old, right before or after: no collection comes between.
void wasmc_heap_remember(wasmc_heap *heap, uint8_t *object);

// Frees what cannot be reached, old objects too. Nothing happens when it is called from the owner's own functions.
void wasmc_heap_collect(wasmc_heap *heap);
wasmc_heap_statistics wasmc_heap_get_statistics(const wasmc_heap *heap);

// The type of the object that begins at an offset, if all of it lies where the heap has made objects, as far as one can
// tell; else null.
const wasmc_descriptor *wasmc_heap_type(const wasmc_heap *heap, uint32_t offset);

// Whether it is an address of the region, or of the reservation around it.
bool wasmc_heap_holds(const wasmc_heap *heap, uintptr_t address);

// ---- In visit_roots ------------------------------------------------------------------------------------------------

// A word that may be a reference: an offset or an address in the region. Everything else is none.
void wasmc_heap_root(wasmc_heap *heap, uint64_t word);
// Between so many roots of one owner: whether the collection goes on. If not, no more roots need be told.
enum { WASMC_ROOTS_AT_A_TIME = 1 << 14 };
bool wasmc_heap_goes_on(wasmc_heap *heap);
// All words from `low` to below `high`, on a stack: each half may be an offset.
void wasmc_heap_scan(wasmc_heap *heap, const void *low, const void *high);

#endif
