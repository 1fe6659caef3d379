// Running compiled modules without anything but this runtime: what the command does on a cache hit, and what
// stand-alone executables and programs that link modules do.
//
// Invariant: the guest is offered the functions that its host binds, WASI's on its context, and nothing else.

#ifndef WASMC_PROGRAM_H
#define WASMC_PROGRAM_H

#include "wasmc_runtime.h"
#include "wasmc_wasi.h"

#ifdef __cplusplus
extern "C" {
#endif

// Makes an instance and runs its start function. `functions` has a host function for each import of the module, in its
// order, to be called with `host`; null stands for WASI's, on `context`. The functions fit the imports' types: that is
// the caller's responsibility. Null with the reason in `message` when something else is imported, memory is missing,
// or the start function did not return.
wasmc_instance *wasmc_module_instantiate(
    wasmc_store *store, wasmc_module *module, const wasmc_host_callback *functions, void *host, wasmc_wasi *context,
    char *message, size_t message_size);

// ---- Programs ------------------------------------------------------------------------------------------------------

#define WASMC_STATUS_FAILED 1
#define WASMC_STATUS_INTERNAL_ERROR 70  // a mistake of the compiler's: EX_SOFTWARE
#define WASMC_STATUS_TRAPPED 134

// Whether the module imports WASI's functions only and exports a function to start with: the default one, whose name
// is empty, else `_start`. If not, `message` says what is missing.
bool wasmc_program_can_run(const wasmc_module *module, char *message, size_t message_size);

// Instantiates the module and calls the function to start with. The result is the exit status; when it is not the
// program's own, `message` is not empty. Nothing is freed: the process is expected to end.
int wasmc_program_run(wasmc_module *module, wasmc_wasi *context, char *message, size_t message_size);

// What an outcome is called; null for those that are no traps.
const char *wasmc_trap_text(wasmc_outcome outcome);

// ---- Stand-alone executables -----------------------------------------------------------------------------------

#define WASMC_ATTACHMENT_MAGIC "wasmc attached 2"

#define WASMC_ATTACHMENT_READ_ONLY "ro"

// The last bytes of a stand-alone executable: where the artifact stands in it, and the directories that the program is
// given: for each the host's path, the program's name for it, and "ro" or nothing, each ended by a NUL.
typedef struct wasmc_attachment {
    uint64_t artifact_offset;  // a multiple of any page size of the machine
    uint64_t artifact_byte_count;
    uint64_t directories_offset;
    uint64_t directories_byte_count;
    uint8_t magic[16];
} wasmc_attachment;

// Reads the attachment of an open file. False when it has none.
bool wasmc_attachment_read(int file, wasmc_attachment *attachment);

#ifdef __cplusplus
}
#endif

#endif
