// Exceptions: from the call that throws outwards, frame by frame, to the first landing pad.
//
// Invariant: the walk reads frames of generated code only, each found from the one before, and changes none; it ends
// where the innermost guarded entry, or a host function, begins. So traps, exits and the host's errors, which leave
// for that entry, come by no landing pad, and no frame of the host is left behind. What is known of a call is forgotten
// when any code of the process has gone, whose addresses other code may have then.

#include "execution.h"

#include "../platform/arch.h"

#include <stdlib.h>
#include <string.h>

// In assembly: goes on at `registers->code`.
_Noreturn void wasmc_enter_pad(const wasmc_registers *registers);

// ---- What is known of calls ---------------------------------------------------------------------------------------

// A call in generated code, by its return address.
typedef struct wasmc_known_call {
    uintptr_t code;                        // 0 for none
    uintptr_t pad;                         // where exceptions go that come out of it; 0 for out of the frame
    uint32_t frame;                        // as a wasmc_unwind_row has it
    uint8_t words[WASMC_SAVED_REGISTERS];  // as a wasmc_saved_registers has them
} known_call;

// A store's calls that were looked for last.
enum { KNOWN_CALLS = 1024 };

// False where no generated code is. Apart from the walk, which has its registers to itself that way.
static __attribute__((noinline, cold)) bool look_up(uintptr_t code, known_call *call) {
    // A return address may already belong to what follows the call.
    const wasmc_module *module = wasmc_code_module(code - 1);
    if (!module) return false;
    const wasmc_artifact *artifact = module->artifact;
    uint32_t offset = (uint32_t)(code - 1 - (uintptr_t)module->image);
    const wasmc_landing_pad *pad = wasmc_last_up_to(module, artifact->landing_pads, sizeof *pad, offset);
    const wasmc_unwind_row *row = wasmc_last_up_to(module, artifact->unwind_rows, sizeof *row, offset);
    if (!row) return false;
    const wasmc_saved_registers *saved = wasmc_at(module, artifact->saved_registers.offset);
    *call = (known_call){
        .code = code,
        .pad = pad && offset < pad->end ? (uintptr_t)module->image + pad->pad : 0,
        .frame = row->frame,
    };
    memcpy(call->words, saved[row->saved].words, sizeof call->words);
    return true;
}

static known_call *known_calls(wasmc_store_storage *storage) {
    uint64_t generation = wasmc_code_generation();
    if (storage->known_calls && storage->known_generation == generation) return storage->known_calls;
    free(storage->known_calls);
    storage->known_generation = generation;
    // Without memory every call is looked for.
    return storage->known_calls = calloc(KNOWN_CALLS, sizeof(known_call));
}

// ---- The walk -----------------------------------------------------------------------------------------------------

// Called by wasmc_throw_exception. Sanitizers count who returns.
_Noreturn __attribute__((used, disable_sanitizer_instrumentation)) void
wasmc_unwind(wasmc_store *store, wasmc_registers *registers);
_Noreturn void wasmc_unwind(wasmc_store *store, wasmc_registers *registers) {
    wasmc_site thrown = {registers->code, registers->stack_pointer, registers->saved[WASMC_SAVED_FRAME_POINTER]};
    known_call found = {0}, *known = known_calls((wasmc_store_storage *)store);
    size_t last = known ? KNOWN_CALLS - 1 : 0;
    if (!known) known = &found;
    // Each frame is found from these two; in memory they would cost more than all the rest.
    uintptr_t code = registers->code, stack_pointer = registers->stack_pointer;
    do {
        known_call *call = &known[(code ^ code >> 10) & last];
        if (call->code != code && !look_up(code, call)) break;
        if (call->pad) {
            registers->code = call->pad;
            registers->stack_pointer = stack_pointer;
            wasmc_enter_pad(registers);
        }
        code = wasmc_arch_step_out(&stack_pointer, registers->saved, call->frame, call->words);
    } while (code);
    wasmc_raise(store, WASMC_EXCEPTION, thrown);
}
