// The format of artifacts: whether a file is one, whole and of this version, and whether this machine can run it.
//
// Invariant: see wasmc_artifact.h. Nothing that an artifact says is used before its sums and spans have been checked.

#include "artifact.h"

#include "../platform/arch.h"

#include <string.h>

// A number that differs when a structure of wasmc_layout.h does.
static uint32_t layout_fingerprint(void) {
    static const size_t facts[] = {
        WASMC_LAYOUT_VERSION,
        sizeof(wasmc_value),
        sizeof(wasmc_memory),
        offsetof(wasmc_memory, base),
        offsetof(wasmc_memory, byte_count),
        sizeof(wasmc_table),
        offsetof(wasmc_table, elements),
        offsetof(wasmc_table, count),
        sizeof(wasmc_function),
        offsetof(wasmc_function, code),
        offsetof(wasmc_function, context),
        offsetof(wasmc_function, type_id),
        sizeof(wasmc_host_binding),
        offsetof(wasmc_host_binding, invoke),
        sizeof(wasmc_element_segment),
        sizeof(wasmc_builtins),
        sizeof(wasmc_instance),
        offsetof(wasmc_instance, tiers),
        sizeof(wasmc_tier),
        offsetof(wasmc_instance, store),
        offsetof(wasmc_instance, builtins),
        offsetof(wasmc_instance, type_ids),
        offsetof(wasmc_instance, object_ids),
        offsetof(wasmc_instance, element_segments),
        offsetof(wasmc_instance, remaining_fuel),
        offsetof(wasmc_instance, host_call_fuel),
        offsetof(wasmc_instance, slots),
        sizeof(wasmc_descriptor),
        offsetof(wasmc_descriptor, display),
        sizeof(wasmc_store),
        offsetof(wasmc_store, allocation),
        offsetof(wasmc_store, stack_limit),
        offsetof(wasmc_store, requests),
    };
    return (uint32_t)wasmc_checksum(facts, sizeof facts);
}

static bool within(wasmc_span span, size_t element, uint64_t size) {
    return span.offset <= size && (uint64_t)span.count * element <= size - span.offset;
}

static bool spans_fit(const wasmc_artifact *artifact) {
    const struct {
        wasmc_span span;
        size_t element;
    } spans[] = {
        {artifact->triple, 1},
        {artifact->features, 1},
        {artifact->compiler, 1},
        {artifact->settings, 1},
        {artifact->code, 1},
        {artifact->metadata, 1},
        {artifact->function_types, sizeof(wasmc_function_type)},
        {artifact->defined_types, sizeof(wasmc_defined_type)},
        {artifact->imports, sizeof(wasmc_import)},
        {artifact->exports, sizeof(wasmc_export)},
        {artifact->memories, sizeof(wasmc_external_type)},
        {artifact->tables, sizeof(wasmc_external_type)},
        {artifact->records, sizeof(wasmc_function_record)},
        {artifact->data_segments, sizeof(wasmc_span)},
        {artifact->element_segment_counts, sizeof(uint64_t)},
        {artifact->global_initializers, sizeof(wasmc_span)},
        {artifact->table_initializers, sizeof(wasmc_span)},
        {artifact->element_initializers, sizeof(wasmc_element_initializer)},
        {artifact->data_initializers, sizeof(wasmc_data_initializer)},
        {artifact->function_names, sizeof(wasmc_span)},
        {artifact->unwind_rows, sizeof(wasmc_unwind_row)},
        {artifact->function_bodies, sizeof(wasmc_span)},
        {artifact->code_sites, sizeof(wasmc_code_site)},
        {artifact->inlined_calls, sizeof(wasmc_inlined_call)},
        {artifact->source_locations, sizeof(wasmc_source_location)},
        {artifact->source_files, sizeof(wasmc_span)},
        {artifact->memory_images, sizeof(wasmc_memory_image)},
        {artifact->tiered_code, sizeof(wasmc_tiered_code)},
        {artifact->stubs, 1},
        {artifact->tail_code, sizeof(uint32_t)},
        {artifact->saved_registers, sizeof(wasmc_saved_registers)},
        {artifact->landing_pads, sizeof(wasmc_landing_pad)},
        {artifact->tags, sizeof(wasmc_external_type)},
    };
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (!within(spans[i].span, spans[i].element, artifact->byte_count)) return false;
    return artifact->externals >= artifact->byte_count;
}

static bool all_within(const uint8_t *image, wasmc_span table, uint64_t size) {
    const wasmc_span *spans = (const wasmc_span *)(image + table.offset);
    for (uint32_t i = 0; i < table.count; i++)
        if (!within(spans[i], 1, size)) return false;
    return true;
}

// Whether there is an expression for each thing that has one, and all that initialize.c reads lies inside. Its code is
// read no further than its span.
static bool initializers_fit(const uint8_t *image, const wasmc_artifact *artifact) {
    uint64_t size = artifact->byte_count;
    uint32_t global_count = artifact->global_initializers.count, element_count = artifact->element_initializers.count;
    if (artifact->is_replacement) return !global_count && !element_count && !artifact->data_initializers.count;
    const wasmc_element_initializer *elements = (const void *)(image + artifact->element_initializers.offset);
    const wasmc_data_initializer *data = (const void *)(image + artifact->data_initializers.offset);
    const uint64_t *counts = (const void *)(image + artifact->element_segment_counts.offset);
    uint64_t table_count = (uint64_t)artifact->imported_table_count + artifact->tables.count;
    uint64_t memory_count = (uint64_t)artifact->imported_memory_count + artifact->memories.count;
    if ((uint64_t)artifact->imported_global_count + global_count != artifact->global_count
        || artifact->table_initializers.count != artifact->tables.count
        || element_count != artifact->element_segment_counts.count
        || !all_within(image, artifact->global_initializers, size)
        || !all_within(image, artifact->table_initializers, size))
        return false;
    for (uint32_t i = 0; i < element_count; i++) {
        const wasmc_element_initializer *segment = &elements[i];
        bool has_items = segment->has_expressions || segment->items.count == counts[i];
        size_t item = segment->has_expressions ? 1 : sizeof(uint32_t);
        if (!has_items || !within(segment->items, item, size) || !within(segment->offset, 1, size)
            || (segment->mode == WASMC_ACTIVE && segment->table >= table_count))
            return false;
    }
    for (uint32_t i = 0; i < artifact->data_initializers.count; i++)
        if (!within(data[i].offset, 1, size) || data[i].memory >= memory_count
            || data[i].segment >= artifact->data_segments.count)
            return false;
    return true;
}

static bool has_machine(const uint8_t *image) {
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
    return !memcmp(header->e_ident, ELFMAG, SELFMAG) && header->e_machine == WASMC_ELF_MACHINE;
}

// Of everything after the checksum fields.
static uint64_t file_checksum(const uint8_t *image, uint64_t byte_count) {
    size_t start = WASMC_ARTIFACT_OFFSET + offsetof(wasmc_artifact, metadata_checksum);
    return wasmc_checksum(image + start, byte_count - start);
}

static uint64_t metadata_checksum(const uint8_t *image, wasmc_span metadata) {
    size_t start = WASMC_ARTIFACT_OFFSET + offsetof(wasmc_artifact, triple);
    uint64_t sums[2] = {
        wasmc_checksum(image + start, WASMC_ARTIFACT_OFFSET + sizeof(wasmc_artifact) - start),
        wasmc_checksum(image + metadata.offset, metadata.count),
    };
    return wasmc_checksum(sums, sizeof sums);
}

bool wasmc_artifact_is_valid(const uint8_t *image, uint64_t byte_count, bool verifies_all, wasmc_failure out) {
    const wasmc_artifact *artifact = (const wasmc_artifact *)(image + WASMC_ARTIFACT_OFFSET);
    if (byte_count < WASMC_ARTIFACT_OFFSET + sizeof(wasmc_artifact))
        return wasmc_fail(out, "it is too short for a compiled module");
    if (memcmp(artifact->magic, WASMC_ARTIFACT_MAGIC, sizeof artifact->magic))
        return wasmc_fail(out, "it is no compiled module of wasmc");
    if (artifact->version != WASMC_ARTIFACT_VERSION || artifact->layout != layout_fingerprint())
        return wasmc_fail(out, "it was made by another version of wasmc; compile the module again");
    if (artifact->byte_count != byte_count) return wasmc_fail(out, "it is not complete");
    if (!spans_fit(artifact) || metadata_checksum(image, artifact->metadata) != artifact->metadata_checksum
        || (verifies_all && file_checksum(image, byte_count) != artifact->checksum)
        || !initializers_fit(image, artifact))
        return wasmc_fail(out, "it is damaged");
    return true;
}

bool wasmc_artifact_runs_here(const uint8_t *image, wasmc_failure out) {
    const wasmc_artifact *artifact = (const wasmc_artifact *)(image + WASMC_ARTIFACT_OFFSET);
    if (!has_machine(image)) {
        snprintf(
            out.message, out.size, "it was compiled for %.*s", (int)artifact->triple.count,
            (const char *)image + artifact->triple.offset);
        return false;
    }
    if (artifact->external_count != wasmc_external_count())
        return wasmc_fail(out, "it was made by another version of wasmc; compile the module again");
    char missing[64];
    if (wasmc_processor_lacks(
            (const char *)image + artifact->features.offset, artifact->features.count, missing, sizeof missing)) {
        snprintf(out.message, out.size, "it was compiled for processors with %s, which this one lacks", missing);
        return false;
    }
    return true;
}

bool wasmc_artifact_check(const void *file, uint64_t byte_count, char *message, size_t message_size) {
    return wasmc_artifact_is_valid(file, byte_count, true, (wasmc_failure){message, message_size});
}

void wasmc_artifact_seal(uint8_t *file, uint64_t byte_count) {
    wasmc_artifact *artifact = (wasmc_artifact *)(file + WASMC_ARTIFACT_OFFSET);
    memcpy(artifact->magic, WASMC_ARTIFACT_MAGIC, sizeof artifact->magic);
    artifact->version = WASMC_ARTIFACT_VERSION;
    artifact->layout = layout_fingerprint();
    artifact->byte_count = byte_count;
    artifact->external_count = wasmc_external_count();
    artifact->metadata_checksum = metadata_checksum(file, artifact->metadata);
    artifact->checksum = file_checksum(file, byte_count);
}
