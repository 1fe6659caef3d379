// The guest's frames, read from the stack when it stops. Generated code keeps nothing for this: where a frame ends
// follows from its code address and the artifact's unwind table.
//
// Invariant: only memory of frames of generated code is read, each found from the one before, up to the host function
// or entry that they hang on.

#include "execution.h"

#include "../platform/arch.h"
#include "wasmc_text.h"

#include <stdarg.h>
#include <stdio.h>

const void *wasmc_last_up_to(const wasmc_module *module, wasmc_span table, size_t element, uint32_t offset) {
    const uint8_t *elements = wasmc_at(module, table.offset);
    uint32_t low = 0, high = table.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (*(const uint32_t *)(elements + middle * element) <= offset) low = middle + 1;
        else high = middle;
    }
    return low ? elements + (low - 1) * element : NULL;
}

static void add(wasmc_backtrace *trace, wasmc_frame frame) {
    if (trace->count < WASMC_FRAMES_KEPT) trace->innermost[trace->count] = frame;
    else trace->outermost[(trace->count - WASMC_FRAMES_KEPT) % WASMC_FRAMES_KEPT] = frame;
    trace->count++;
}

// What has the names and bodies of a module's functions.
static const wasmc_module *whole(const wasmc_module *module) { return module->whole ? module->whole : module; }

// Adds the frames of one stack frame: those of functions merged into this one come first. The number of inlined calls
// bounds what damage could make endless.
static void add_frames(wasmc_backtrace *trace, const wasmc_module *module, uint32_t function, uint32_t code_offset) {
    const wasmc_artifact *artifact = module->artifact;
    const wasmc_code_site *site = wasmc_last_up_to(module, artifact->code_sites, sizeof *site, code_offset);
    const wasmc_inlined_call *inlined = wasmc_at(module, artifact->inlined_calls.offset);
    uint32_t place = site ? site->place : 0;
    for (uint32_t i = 0; place & WASMC_INLINED_PLACE && i < artifact->inlined_calls.count; i++) {
        uint32_t index = place & ~WASMC_INLINED_PLACE;
        if (index >= artifact->inlined_calls.count) break;
        uint32_t offset = inlined[index].byte_offset;
        wasmc_span bodies = whole(module)->artifact->function_bodies;
        const wasmc_span *body = wasmc_last_up_to(whole(module), bodies, sizeof *body, offset);
        if (offset && body)
            add(trace,
                (wasmc_frame){
                    module, (uint32_t)(body - (const wasmc_span *)wasmc_at(whole(module), bodies.offset)), offset});
        place = inlined[index].caller;
    }
    if (function != UINT32_MAX && place != WASMC_HIDDEN_PLACE)
        add(trace, (wasmc_frame){module, function, place & WASMC_INLINED_PLACE ? 0 : place});
}

static void walk(wasmc_backtrace *trace, wasmc_site site) {
    const wasmc_module *module;
    wasmc_registers registers = {.code = site.code, .stack_pointer = site.stack_pointer};
    registers.saved[WASMC_SAVED_FRAME_POINTER] = site.frame_pointer;
    // A return address may already belong to what follows the call.
    while ((module = wasmc_code_module(registers.code - 1))) {
        uint32_t offset = (uint32_t)(registers.code - 1 - (uintptr_t)module->image);
        const wasmc_unwind_row *row = wasmc_last_up_to(module, module->artifact->unwind_rows, sizeof *row, offset);
        if (!row) return;
        add_frames(trace, module, row->function, offset);
        const wasmc_saved_registers *saved = wasmc_at(module, module->artifact->saved_registers.offset);
        registers.code =
            wasmc_arch_step_out(&registers.stack_pointer, registers.saved, row->frame, saved[row->saved].words);
    }
}

void wasmc_trace(wasmc_store *store, wasmc_site site) {
    wasmc_backtrace *trace = &((wasmc_store_storage *)store)->backtrace;
    trace->count = 0;
    walk(trace, site);
    // Guests that wait for the host function that called this one.
    for (const wasmc_activation *outer = store->activation->previous_in_store; outer; outer = outer->previous_in_store)
        walk(trace, outer->host_call);
}

const wasmc_backtrace *wasmc_last_backtrace(const wasmc_store *store) {
    return &((const wasmc_store_storage *)store)->backtrace;
}

const wasmc_source_location *wasmc_frame_source(const wasmc_frame *frame, wasmc_span *file) {
    const wasmc_artifact *artifact = frame->module->artifact;
    const wasmc_source_location *source =
        wasmc_last_up_to(frame->module, artifact->source_locations, sizeof *source, frame->byte_offset);
    if (!source || source->byte_offset != frame->byte_offset || source->file >= artifact->source_files.count)
        return NULL;
    *file = ((const wasmc_span *)wasmc_at(frame->module, artifact->source_files.offset))[source->file];
    return source;
}

// ---- For people ------------------------------------------------------------------------------------------------

// Lines of each end that are shown.
#define SHOWN 8

typedef struct text {
    char *bytes;
    size_t size;
} text;

__attribute__((format(printf, 2, 3))) static void append(text *out, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(out->bytes, out->size, format, arguments);
    va_end(arguments);
    if (count < 0) return;
    size_t taken = (size_t)count < out->size ? (size_t)count : out->size ? out->size - 1 : 0;
    out->bytes += taken;
    out->size -= taken;
}

// With commas between groups of three digits.
static void append_count(text *out, uint64_t count) {
    uint64_t unit = 1;
    while (count / unit >= 1000) unit *= 1000;
    append(out, "%llu", (unsigned long long)(count / unit));
    for (; unit > 1; unit /= 1000) append(out, ",%03llu", (unsigned long long)(count % unit / (unit / 1000)));
}

static void append_frame(text *out, const wasmc_backtrace *trace, uint64_t number) {
    const wasmc_frame *frame = number < WASMC_FRAMES_KEPT
        ? &trace->innermost[number]
        : &trace->outermost[(number - WASMC_FRAMES_KEPT) % WASMC_FRAMES_KEPT];
    const wasmc_module *named = whole(frame->module);
    const wasmc_artifact *artifact = named->artifact;
    const wasmc_span *names = wasmc_at(named, artifact->function_names.offset);
    append(out, "\n  %llu: ", (unsigned long long)number);
    if (frame->function < artifact->function_names.count && names[frame->function].count) {
        wasmc_span name = names[frame->function];
        char shown[WASMC_SHOWN_BYTES];
        wasmc_show_text(wasmc_at(named, name.offset), name.count, shown);
        append(out, "%s (function %u)", shown, frame->function);
    } else {
        append(out, "function %u", frame->function);
    }
    if (frame->byte_offset) append(out, " at 0x%x", frame->byte_offset);
    wasmc_span file;
    const wasmc_source_location *source = wasmc_frame_source(frame, &file);
    if (!source) return;
    char shown[WASMC_SHOWN_BYTES];
    wasmc_show_text(wasmc_at(frame->module, file.offset), file.count, shown);
    append(out, ", %s:%u", shown, source->line);
}

void wasmc_describe_backtrace(const wasmc_backtrace *trace, char *bytes, size_t size) {
    text out = {bytes, size};
    append(&out, "%s", "");
    bool is_deep = trace->count > 2 * SHOWN + 1;
    for (uint64_t i = 0; i < (is_deep ? SHOWN : trace->count); i++) append_frame(&out, trace, i);
    if (!is_deep) return;
    append(&out, "\n  ... ");
    append_count(&out, trace->count - 2 * SHOWN);
    append(&out, " more ...");
    for (uint64_t i = trace->count - SHOWN; i < trace->count; i++) append_frame(&out, trace, i);
}
