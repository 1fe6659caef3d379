// Exceptions: from the call that throws outwards, frame by frame, to the first landing pad.
//
// Invariant: the walk reads frames of generated code only, each found from the one before, and changes none; it ends
// where the innermost guarded entry, or a host function, begins. So traps, exits and the host's errors, which leave
// for that entry, come by no landing pad.

#include "execution.h"

#include "../platform/arch.h"

#include <unwind.h>

// In assembly: goes on at `registers->code`.
_Noreturn void wasmc_enter_pad(const wasmc_registers *registers);

// Where an exception goes that comes out of a call at this place; 0 without a landing pad.
static uint32_t landing_pad(const wasmc_module *module, uint32_t offset) {
    const wasmc_landing_pad *pad = wasmc_last_up_to(module, module->artifact->landing_pads, sizeof *pad, offset);
    return pad && offset < pad->end ? pad->pad : 0;
}

static _Noreturn void throw_from(wasmc_store *store, wasmc_registers *registers) {
    wasmc_site thrown = {
        registers->code, registers->stack_pointer, registers->saved[WASMC_SAVED_FRAME_POINTER]};
    const wasmc_module *module;
    while ((module = wasmc_code_module(registers->code - 1))) {
        uint32_t offset = (uint32_t)(registers->code - 1 - (uintptr_t)module->image);
        uint32_t pad = landing_pad(module, offset);
        if (pad) {
            registers->code = (uintptr_t)module->image + pad;
            wasmc_enter_pad(registers);
        }
        const wasmc_unwind_row *row = wasmc_last_up_to(module, module->artifact->unwind_rows, sizeof *row, offset);
        const wasmc_saved_registers *saved = wasmc_at(module, module->artifact->saved_registers.offset);
        if (!row || !wasmc_arch_step_out(registers, row, &saved[row->saved])) break;
    }
    wasmc_raise(store, WASMC_EXCEPTION, thrown);
}

// Called by wasmc_throw_exception.
_Noreturn __attribute__((used)) void wasmc_unwind(wasmc_instance *instance, wasmc_registers *registers);
_Noreturn void wasmc_unwind(wasmc_instance *instance, wasmc_registers *registers) {
    throw_from(instance->store, registers);
}

// ---- Out of host functions -----------------------------------------------------------------------------------------

// The frames between the guest's call and here are C's: where they have the registers that they saved is known to the C
// compiler's own unwinder.
typedef struct search {
    wasmc_site site;
    wasmc_registers registers;
    bool is_done;
} search;

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *data) {
    static const int numbers[WASMC_SAVED_REGISTERS] = {WASMC_DWARF_REGISTERS};
    search *search = data;
    if (_Unwind_GetIP(context) != search->site.code) return _URC_NO_REASON;
    for (int i = 0; i < WASMC_SAVED_REGISTERS; i++)
        search->registers.saved[i] = _Unwind_GetGR(context, numbers[i]);
    search->registers.code = search->site.code;
    search->registers.stack_pointer = search->site.stack_pointer;
    search->is_done = true;
    return _URC_END_OF_STACK;
}

_Noreturn void wasmc_throw_at(wasmc_store *store, wasmc_site site) {
    search search = {.site = site};
    _Unwind_Backtrace(look, &search);
    if (search.is_done) throw_from(store, &search.registers);
    // Without the registers nobody may go on in the guest's frames.
    wasmc_raise(store, WASMC_EXCEPTION, site);
}
