// See trial.h.

#include "trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static void visit_roots(void *context, wasmc_heap *heap) {
    const trial *self = context;
    for (uint32_t i = 0; i < self->root_count; i++) {
        if (i == self->root_count / 2 && !wasmc_heap_goes_on(heap)) return;
        wasmc_heap_root(heap, self->roots[i]);
    }
    wasmc_heap_scan(heap, self->low, self->high);
}

static bool take(void *context, uint64_t byte_count) {
    trial *self = context;
    if (self->taken + byte_count > self->limit) return false;
    self->taken += byte_count;
    if (self->taken > self->most_taken) self->most_taken = self->taken;
    return true;
}

static void give_back(void *context, uint64_t byte_count) { ((trial *)context)->taken -= byte_count; }

static bool must_stop(void *context) {
    trial *self = context;
    self->question_count++;
    return self->questions_to_stop && self->question_count % self->questions_to_stop == 0;
}

void trial_begin(trial *self) {
    memset(self, 0, sizeof *self);
    self->limit = UINT64_MAX;
    self->next_id = 16;
    const int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    self->descriptors = mmap(NULL, WASMC_DESCRIPTOR_REGION_BYTES, protection, flags, -1, 0);
    self->heap = wasmc_heap_create(
        &self->allocation, self->descriptors, (wasmc_heap_owner){self, visit_roots, take, give_back, NULL, must_stop});
}

void trial_end(trial *self) {
    wasmc_heap_destroy(self->heap);
    munmap(self->descriptors, WASMC_DESCRIPTOR_REGION_BYTES);
}

static wasmc_descriptor *add_type(trial *self, uint32_t reference_count) {
    wasmc_descriptor *type = (wasmc_descriptor *)(self->descriptors + self->next_id);
    type->id = self->next_id;
    self->next_id += (uint32_t)round_up_to(sizeof *type + reference_count * sizeof *type->references, 16);
    return type;
}

uint32_t trial_struct(trial *self, uint32_t byte_count, uint32_t reference_count, const uint16_t *references) {
    wasmc_descriptor *type = add_type(self, reference_count);
    type->kind = WASMC_KIND_STRUCT;
    type->byte_count = byte_count;
    type->reference_count = (uint16_t)reference_count;
    if (reference_count) memcpy(type->references, references, reference_count * sizeof *references);
    return type->id;
}

uint32_t trial_array(trial *self, uint32_t element_shift, bool has_references) {
    wasmc_descriptor *type = add_type(self, 0);
    type->kind = WASMC_KIND_ARRAY;
    type->byte_count = element_shift == 4 ? 16 : 8;
    type->element_shift = (uint8_t)element_shift;
    type->reference_count = has_references;
    return type->id;
}

const wasmc_descriptor *trial_type(const trial *self, uint32_t id) {
    return (const wasmc_descriptor *)(self->descriptors + id);
}

const char *trial_fault(const char *format, ...) {
    static _Thread_local char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return message;
}
