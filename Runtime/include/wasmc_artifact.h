// The artifact: a compiled module as one ELF file, which is mapped as it is and never relocated. The compiler's linker
// writes it, the runtime reads it in place.
//
// Invariant: an artifact is trusted, as any executable is. What is checked here finds damage, other versions and
// missing processor features; it does not make code from a stranger safe.

#ifndef WASMC_ARTIFACT_H
#define WASMC_ARTIFACT_H

#include "wasmc_layout.h"

// The type of a value or a field: the code of the binary format, of a reference its heap type's; or
// WASMC_TYPE_DEFINED and above the shift the index of the type that is referred to.
#define WASMC_TYPE_CODE_MASK 0x7fu
#define WASMC_TYPE_MUTABLE 0x80u   // of a field
#define WASMC_TYPE_NON_NULL 0x100u
#define WASMC_TYPE_INDEX_SHIFT 9
#define WASMC_TYPE_DEFINED 0x63u
#define WASMC_TYPE_FUNCTION 0x70u  // of any type
#define WASMC_TYPE_NO_FUNCTION 0x73u
#define WASMC_NO_TYPE UINT32_MAX

// To be raised when this header, wasmc_layout.h or the convention of generated code changes.
#define WASMC_ARTIFACT_VERSION 14
#define WASMC_ARTIFACT_MAGIC "wasmc\0\r\n"

// Where struct wasmc_artifact is in the file. In an artifact file offsets are addresses from the image's start.
#define WASMC_ARTIFACT_OFFSET 1024

// A part of the file: an offset from its start, and how many elements (bytes, for text) are there.
typedef struct wasmc_span {
    uint32_t offset;
    uint32_t count;
} wasmc_span;

typedef struct wasmc_limits {
    uint64_t minimum;
    uint64_t maximum;  // UINT64_MAX: none
} wasmc_limits;

// uint32_t codes. All zero for another type than a function's.
typedef struct wasmc_function_type {
    wasmc_span parameters;
    wasmc_span results;
    // Types that are held in the same way have the same ones; 0 for one whose functions are called by the description
    // of the type: see registers.c.
    uint32_t entry_trampoline;  // offset of the wasmc_entry of functions of this type
    uint32_t host_trampoline;   // offset of the code of host functions of this type
} wasmc_function_type;

// What else there is to say of a type. A module has none of these when all its types are functions' by themselves,
// neither above nor below others.
typedef struct wasmc_defined_type {
    wasmc_span fields;     // uint32_t codes
    uint32_t supertype;    // or WASMC_NO_TYPE
    uint32_t group_count;  // how many types from this one on are a recursive group; 0 within a group
    uint8_t kind;          // WASMC_KIND_FUNCTION...
    bool is_final;
    uint8_t reserved[2];
} wasmc_defined_type;

// The type of an import, an export, a memory, a table or a global.
typedef struct wasmc_external_type {
    wasmc_limits limits;     // a memory's in pages, a table's in elements
    uint32_t function_type;  // index of a function's or tag's type
    uint32_t value;          // a table's element type, a global's value type
    uint8_t kind;            // 0 function, 1 table, 2 memory, 3 global, 4 tag
    bool is_mutable;
    bool is_64bit;
    bool is_shared;
    bool has_byte_pages;
    uint8_t reserved[3];
} wasmc_external_type;

typedef struct wasmc_import {
    wasmc_span module;
    wasmc_span name;
    wasmc_external_type type;
} wasmc_import;

typedef struct wasmc_export {
    wasmc_span name;
    uint32_t index;            // in the index space of its kind
    uint32_t instance_offset;  // of the function's record or the slot, from the instance's start
    wasmc_external_type type;
} wasmc_export;

// A function that has a record in every instance.
typedef struct wasmc_function_record {
    uint32_t index;      // in the function index space
    uint32_t type;       // module type index
    uint32_t code;       // offset; 0 for an imported function
    uint32_t tail_code;  // offset of the code for tail calls; 0 without any
} wasmc_function_record;

// Where a function's code begins that may be replaced, or replaces other code.
typedef struct wasmc_tiered_code {
    uint32_t function;
    uint32_t loop;  // of an OSR entry, the number of its loop in the function, else UINT32_MAX
    uint32_t code;  // offset
} wasmc_tiered_code;

// How to get from a frame to its caller's, from this code on to the next row's; sorted.
typedef struct wasmc_unwind_row {
    uint32_t code_offset;
    uint32_t function;  // index of the guest's function; UINT32_MAX for other code
    // Bytes from the stack pointer to the frame's end, where the return address is last; plus 1 when it counts
    // from the frame pointer; 0 when it is not known.
    uint32_t frame;
    uint32_t saved;  // index of a wasmc_saved_registers
} wasmc_unwind_row;

// Where a frame has the registers that a call preserves, in the architecture's order: words from the frame's end down;
// 0 for one that was not saved.
enum { WASMC_MOST_SAVED_REGISTERS = 20 };
typedef struct wasmc_saved_registers {
    uint8_t words[WASMC_MOST_SAVED_REGISTERS];
} wasmc_saved_registers;

// Where an exception goes that comes out of a call in this range of code; sorted, and apart.
typedef struct wasmc_landing_pad {
    uint32_t start, end;  // offsets
    uint32_t pad;         // offset of code of the same function
} wasmc_landing_pad;

// Which instruction of the module the code from here on comes from, for calls and for what may trap; sorted. A place
// is a byte offset in the module, 0 if that is not known, or with WASMC_INLINED_PLACE the index of an inlined call.
typedef struct wasmc_code_site {
    uint32_t code_offset;
    uint32_t place;
} wasmc_code_site;
#define WASMC_INLINED_PLACE 0x80000000u
// The call that goes on in optimized code: its frame is the same function's as the next inner one.
#define WASMC_HIDDEN_PLACE 0x7fffffffu

// An instruction of a function that was merged into another one.
typedef struct wasmc_inlined_call {
    uint32_t byte_offset;
    uint32_t caller;  // the place of the call
} wasmc_inlined_call;

// Which line of source an instruction comes from; sorted.
typedef struct wasmc_source_location {
    uint32_t byte_offset;
    uint32_t file;  // index of its name
    uint32_t line;
} wasmc_source_location;

// When and where a segment is written.
enum { WASMC_ACTIVE = 0, WASMC_PASSIVE = 1, WASMC_DECLARATIVE = 2 };

// An element segment. Constant expressions are as the module has them, each with its end.
typedef struct wasmc_element_initializer {
    wasmc_span items;   // uint32_t indices of functions' records; or bytes of expressions, one after the other
    wasmc_span offset;  // expression of an active segment
    uint32_t table;
    uint8_t mode;  // WASMC_ACTIVE...
    bool has_expressions;
    bool is_64bit;  // the offset
    uint8_t reserved;
} wasmc_element_initializer;

// An active data segment that is in no image.
typedef struct wasmc_data_initializer {
    wasmc_span offset;  // expression
    uint32_t segment, memory;
    bool is_64bit;  // the offset
    uint8_t reserved[3];
} wasmc_data_initializer;

// What a memory holds before anything runs: whole pages of the file, to be mapped into it.
typedef struct wasmc_memory_image {
    uint32_t memory;       // index of a memory that the module defines
    uint32_t offset;       // in the file, a multiple of the page size
    uint64_t destination;  // in the memory, likewise
    uint64_t byte_count;   // likewise
} wasmc_memory_image;

typedef struct wasmc_artifact {
    uint8_t magic[8];
    uint32_t version;
    uint32_t layout;             // fingerprint of wasmc_layout.h
    uint64_t byte_count;         // of the file
    uint64_t checksum;           // of the file after this field
    uint64_t metadata_checksum;  // of this structure after this field, and of `metadata`

    wasmc_span triple;          // LLVM's
    wasmc_span features;        // processor features the code may use, in LLVM's names, separated by commas
    wasmc_span compiler;        // its name and version, and LLVM's
    wasmc_span settings;        // those that decide what code is generated
    uint8_t source_digest[32];  // SHA-256 of the module it was made from
    uint64_t source_byte_count;

    wasmc_span code;      // executable; ends in the externals' stubs
    wasmc_span metadata;  // everything that the spans refer to but code, constants and data segments
    // Offset of the table of the externals' addresses: the page after the file; or, of a replacement that shares its
    // mapping with others, the page in front of all of them, modulo 1 << 32.
    uint32_t externals;
    uint32_t external_count;  // WASMC_EXTERNAL_COUNT of the version that wrote the file

    wasmc_span function_types;
    wasmc_span defined_types;  // of the same types, or empty
    wasmc_span imports;
    wasmc_span exports;
    wasmc_span memories;                // wasmc_external_type of those the module defines
    wasmc_span tables;                  // likewise
    wasmc_span tags;                    // likewise
    wasmc_span records;                 // imported functions first
    wasmc_span data_segments;           // wasmc_span of each segment's bytes; empty for those in images
    wasmc_span memory_images;           // wasmc_memory_image
    uint64_t data_byte_count;           // of all segments
    wasmc_span element_segment_counts;  // uint64_t
    // What instantiation evaluates, and writes: see initialize.c.
    wasmc_span global_initializers;   // wasmc_span of an expression for each global that the module defines
    wasmc_span table_initializers;    // the same for tables; empty ones are null
    wasmc_span element_initializers;  // of all segments
    wasmc_span data_initializers;     // in the order of the segments
    // A replacement has neither this nor the bodies: they are the module's whose code it replaces.
    wasmc_span function_names;   // wasmc_span of each function's name, empty without one
    wasmc_span function_bodies;  // wasmc_span of each function's body in the module; empty for an imported one
    wasmc_span unwind_rows;
    wasmc_span saved_registers;
    wasmc_span landing_pads;
    wasmc_span code_sites;
    wasmc_span inlined_calls;
    wasmc_span source_locations;  // of the instructions that sites name, if the module says
    wasmc_span source_files;      // wasmc_span of each file's name
    // Of a module whose code can be replaced, all its functions; of a replacement, what it replaces; else empty.
    wasmc_span tiered_code;
    // Code that stands for functions whose own is made when they are first called; empty in a complete artifact.
    wasmc_span stubs;
    wasmc_span tail_code;          // uint32_t: offsets of the functions that are called by the convention of tail calls
    uint32_t tail_argument_count;  // how many arguments a call by that convention may need room for in the store
    uint32_t imported_memory_count, imported_table_count, imported_global_count, imported_function_count;
    uint32_t imported_tag_count;
    uint32_t exception_value_count;  // the most values of an exception of the module's tags
    uint32_t global_count;
    int32_t exported_memory;  // index of the memory exported as "memory", or -1
    // void (*)(wasmc_instance *): has the runtime evaluate the initializers, and calls the start function.
    uint32_t initialize;
    bool wants_guarded_memory;  // the code relies on faults: every 32-bit memory must be guarded
    bool is_interruptible;      // the code looks whether it has to stop
    bool is_replacement;        // optimized code for some functions of a module, and nothing else
    bool is_metered;            // the code counts fuel
    bool uses_heap;             // the code may make or use structs and arrays
    bool keeps_exceptions;      // references to exceptions may outlive the functions that caught them
} wasmc_artifact;

// The names of the functions that LLVM may call by name, in the order of the table of their addresses.
const char *const *wasmc_external_names(void);
uint32_t wasmc_external_count(void);

// Fills in the fields that identify a finished file: magic, versions, sizes and checksums.
void wasmc_artifact_seal(uint8_t *file, uint64_t byte_count);

// Whether the bytes, aligned to 8, are a whole and undamaged artifact of this version, for whatever machine; else
// `message` says what is wrong.
bool wasmc_artifact_check(const void *file, uint64_t byte_count, char *message, size_t message_size);

// A fast check for damage; not a protection against forgery.
uint64_t wasmc_checksum(const void *bytes, size_t byte_count);
void wasmc_sha256(const void *bytes, size_t byte_count, uint8_t digest[32]);

// Whether the loader can tell if machines of this architecture have a processor feature, by LLVM's name.
bool wasmc_processor_knows(const char *feature);

#endif
