// Loaded modules: an artifact mapped as it is, and what has to be known per process.
//
// Invariant: pages of an artifact are readable or executable, never writable. The page after the file holds the
// addresses of the externals: all modules have the same one, written once, before any is loaded. Artifacts that share a
// mapping have that page in front of all of them, and their constants, too, are in executable pages; what may run there
// is the code that is registered, as everywhere.

#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

struct wasmc_shared_mapping {
    _Atomic uint32_t references;  // whoever made it, and each module in it
    uint8_t *start;
    size_t byte_count;
};

typedef struct counted_module {
    wasmc_module module;
    _Atomic uint32_t references;
    size_t mapped_byte_count;              // of its own mapping
    struct wasmc_shared_mapping *mapping;  // which it shares, or null
    bool is_registered;
    wasmc_memory_source memories;
} counted_module;

static wasmc_type_description describe_type(const wasmc_module *module, uint32_t index) {
    const wasmc_function_type *function = wasmc_at(module, module->artifact->function_types.offset);
    function += index;
    if (!module->artifact->defined_types.count)
        return (wasmc_type_description){
            .codes = wasmc_at(module, function->parameters.offset),
            .parameter_count = function->parameters.count,
            .code_count = function->parameters.count + function->results.count,
            .supertype = WASMC_NO_TYPE,
            .kind = WASMC_KIND_FUNCTION,
            .is_final = true,
        };
    const wasmc_defined_type *type = wasmc_at(module, module->artifact->defined_types.offset);
    type += index;
    bool is_function = type->kind == WASMC_KIND_FUNCTION;
    return (wasmc_type_description){
        .codes = wasmc_at(module, is_function ? function->parameters.offset : type->fields.offset),
        .parameter_count = is_function ? function->parameters.count : 0,
        .code_count = is_function ? function->parameters.count + function->results.count : type->fields.count,
        .supertype = type->supertype,
        .kind = type->kind,
        .is_final = type->is_final,
    };
}

// How many types from this one on are a recursive group.
static uint32_t group_count(const wasmc_artifact *artifact, const uint8_t *image, uint32_t first) {
    if (!artifact->defined_types.count) return 1;
    return ((const wasmc_defined_type *)(image + artifact->defined_types.offset))[first].group_count;
}

static bool make_type_ids(wasmc_module *module) {
    const wasmc_artifact *artifact = module->artifact;
    uint32_t count = artifact->function_types.count;
    uint32_t *numbers = calloc(count + 1, sizeof *numbers);
    module->type_ids = numbers;
    wasmc_type_description *types = calloc(count + 1, sizeof *types);
    for (uint32_t i = 0; types && i < count; i++) types[i] = describe_type(module, i);
    bool is_complete = numbers && types;
    for (uint32_t first = 0, size; is_complete && first < count; first += size) {
        size = group_count(artifact, module->image, first);
        is_complete = wasmc_types_acquire(types + first, first, size, numbers);
    }
    free(types);
    uint32_t *ids = calloc(count + 1, sizeof *ids);
    module->object_ids = ids;
    for (uint32_t i = 0; ids && is_complete && i < count; i++) ids[i] = wasmc_type_object_id(numbers[i]);
    return ids && is_complete;
}

static void release_type_ids(wasmc_module *module) {
    // The groups that later ones refer to stay until those have gone; 0 where none was acquired.
    for (uint32_t first = 0; module->type_ids && first < module->artifact->function_types.count;
         first += group_count(module->artifact, module->image, first))
        wasmc_type_release(module->type_ids[first]);
    free((void *)module->type_ids);
    free((void *)module->object_ids);
}

// A read-only page with the externals' addresses; null when it cannot be had.
static void *make_externals(void *place, size_t page, int flags) {
    void *made = mmap(place, page, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) return NULL;
    memcpy(made, wasmc_external_addresses, wasmc_external_count() * sizeof(uintptr_t));
    return mprotect(made, page, PROT_READ) ? NULL : made;
}

static pthread_once_t externals_once = PTHREAD_ONCE_INIT;
static void *externals;  // null where a page cannot be had twice

// Only a shared mapping can, though nobody shares it.
static void share_externals(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *made = make_externals(NULL, page, MAP_SHARED);
    // A length of 0 leaves the page where it is, too. Not every kernel knows that.
    void *other = made ? mremap(made, 0, page, MREMAP_MAYMOVE) : MAP_FAILED;
    if (other != MAP_FAILED) externals = other;
}

static bool map_externals(uint8_t *place, size_t page) {
    pthread_once(&externals_once, share_externals);
    if (!externals) return make_externals(place, page, MAP_PRIVATE | MAP_FIXED) != NULL;
    return mremap(externals, 0, page, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED;
}

static bool protect(counted_module *counted, uint8_t *base, size_t page, wasmc_failure out) {
    const wasmc_artifact *artifact = counted->module.artifact;
    if (artifact->code.offset % page || artifact->externals % page)
        return wasmc_fail(out, "it was made for a smaller page size");
    if (!map_externals(base + artifact->externals, page)) return wasmc_fail(out, "no memory is left");
    if (mprotect(base + artifact->code.offset, artifact->code.count, PROT_READ | PROT_EXEC))
        return wasmc_fail(out, "the system refuses executable memory");
    __builtin___clear_cache(
        (char *)base + artifact->code.offset, (char *)base + artifact->code.offset + artifact->code.count);
    return true;
}

static void destroy(counted_module *counted) {
    wasmc_module *module = &counted->module;
    if (counted->is_registered) wasmc_code_unregister(module);
    release_type_ids(module);
    if (counted->mapped_byte_count) munmap((void *)module->image, counted->mapped_byte_count);
    if (counted->mapping) wasmc_mapping_release(counted->mapping);
    wasmc_memory_pool_empty(module);
    wasmc_tiering_destroy(module, wasmc_module_release);
    if (counted->memories.file >= 0) close(counted->memories.file);
    pthread_mutex_destroy(&counted->memories.lock);
    free(counted);
}

// What does not depend on where the artifact comes from.
static bool
prepare(counted_module *counted, const uint8_t *image, uint64_t byte_count, bool verifies_all, wasmc_failure out) {
    wasmc_module *module = &counted->module;
    module->image = image;
    if (!wasmc_artifact_is_valid(image, byte_count, verifies_all, out) || !wasmc_artifact_runs_here(image, out))
        return false;
    const wasmc_artifact *artifact = (const wasmc_artifact *)(image + WASMC_ARTIFACT_OFFSET);
    module->artifact = artifact;
    if (artifact->imported_global_count > artifact->global_count)
        return wasmc_fail(out, "it imports more globals than it has");
    module->memory_count = artifact->imported_memory_count + artifact->memories.count;
    module->table_count = artifact->imported_table_count + artifact->tables.count;
    if (!make_type_ids(module) || !wasmc_tiering_create(module)) return wasmc_fail(out, "no memory is left");
    if (!wasmc_install_fault_handlers() && artifact->wants_guarded_memory)
        return wasmc_fail(out, "the fault handlers that guarded memories need cannot be installed");
    return true;
}

static bool announce(counted_module *counted, wasmc_failure out) {
    const wasmc_module *module = &counted->module;
    uintptr_t start = (uintptr_t)module->image + module->artifact->code.offset;
    counted->is_registered = wasmc_code_register(start, start + module->artifact->code.count, module);
    return counted->is_registered || wasmc_fail(out, "too much code is loaded");
}

static bool
map(counted_module *counted, int file, uint64_t offset, uint64_t byte_count, bool verifies_all, wasmc_failure out) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (byte_count == 0) return wasmc_fail(out, "it is empty");
    if (byte_count > UINT32_MAX || offset % page) return wasmc_fail(out, "it is no compiled module of wasmc");
    size_t mapped_byte_count = ((byte_count + page - 1) & ~(page - 1)) + (64 << 10);
    uint8_t *base = mmap(NULL, mapped_byte_count, PROT_READ, MAP_PRIVATE, file, (off_t)offset);
    if (base == MAP_FAILED) return wasmc_fail(out, "it cannot be mapped into memory");
    counted->mapped_byte_count = mapped_byte_count;
    if (!prepare(counted, base, byte_count, verifies_all, out)) return false;
    const wasmc_artifact *artifact = counted->module.artifact;
    if (artifact->externals + page > mapped_byte_count) return wasmc_fail(out, "it is damaged");
    counted->memories.file_offset = offset;
    if (artifact->memory_images.count) {
        counted->memories.file = fcntl(file, F_DUPFD_CLOEXEC, 3);
        if (counted->memories.file < 0)
            return wasmc_fail(out, "no descriptor is left for the initial content of memories");
    }
    return protect(counted, base, page, out) && announce(counted, out);
}

wasmc_shared_mapping *wasmc_mapping_create(uint8_t *start, size_t byte_count, size_t code_byte_count) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    wasmc_shared_mapping *mapping = malloc(sizeof *mapping);
    size_t executable = (code_byte_count + page - 1) & ~(page - 1);
    if (!mapping || executable <= page || executable > UINT32_MAX / 2 || !map_externals(start, page)
        || mprotect(start + page, executable - page, PROT_READ | PROT_EXEC)) {
        free(mapping);
        return NULL;
    }
    *mapping = (wasmc_shared_mapping){.references = 1, .start = start, .byte_count = byte_count};
    return mapping;
}

void wasmc_mapping_release(wasmc_shared_mapping *mapping) {
    if (atomic_fetch_sub(&mapping->references, 1) != 1) return;
    munmap(mapping->start, mapping->byte_count);
    free(mapping);
}

static bool
use(counted_module *counted, wasmc_shared_mapping *mapping, uint64_t offset, uint64_t byte_count, wasmc_failure out) {
    uint8_t *image = mapping->start + offset;
    if (!prepare(counted, image, byte_count, false, out)) return false;
    const wasmc_artifact *artifact = counted->module.artifact;
    // What has images would map them from its file.
    if (!artifact->is_replacement || artifact->memory_images.count || artifact->externals != (uint32_t)-offset)
        return wasmc_fail(out, "it was not made for this place");
    char *code = (char *)image + artifact->code.offset;
    __builtin___clear_cache(code, code + artifact->code.count);
    return announce(counted, out);
}

static const char over_limit[] = "compiled code is larger than files may be in this process (ulimit -f)";

static bool write_whole(int file, uint64_t offset, const uint8_t *bytes, uint64_t byte_count) {
    // Files in memory count, too, and the write would raise SIGXFSZ.
    struct rlimit limit;
    if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY
        && (offset > limit.rlim_cur || byte_count > limit.rlim_cur - offset)) {
        errno = EFBIG;
        return false;
    }
    while (byte_count > 0) {
        ssize_t count = pwrite(file, bytes, byte_count, (off_t)offset);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count, offset += (uint64_t)count, byte_count -= (uint64_t)count;
    }
    return true;
}

// A file that memories of a linked module can map, since the program's own may be out of reach.
static bool make_images_file(counted_module *counted, wasmc_failure out) {
    const wasmc_artifact *artifact = counted->module.artifact;
    const wasmc_memory_image *image = wasmc_at(&counted->module, artifact->memory_images.offset);
    if (!artifact->memory_images.count) return true;
    counted->memories.file = memfd_create("wasmc", MFD_CLOEXEC);
    if (counted->memories.file < 0)
        return wasmc_fail(out, "no memory file can be made for the initial content of memories");
    for (uint32_t i = 0; i < artifact->memory_images.count; i++)
        if (!write_whole(
                counted->memories.file, image[i].offset, wasmc_at(&counted->module, image[i].offset),
                image[i].byte_count))
            return wasmc_fail(
                out, errno == EFBIG ? over_limit : "no memory is left for the initial content of memories");
    return true;
}

static counted_module *make_module(wasmc_failure out) {
    counted_module *counted = calloc(1, sizeof *counted);
    if (!counted) {
        wasmc_fail(out, "no memory is left");
        return NULL;
    }
    counted->module.memories = &counted->memories;
    counted->memories.file = -1;
    pthread_mutex_init(&counted->memories.lock, NULL);
    atomic_store(&counted->references, 1);
    return counted;
}

static wasmc_module *finish(counted_module *counted, bool is_complete) {
    if (is_complete) return &counted->module;
    destroy(counted);
    return NULL;
}

wasmc_module *wasmc_module_map(
    int file, uint64_t offset, uint64_t byte_count, bool verifies_all, char *message, size_t message_size) {
    wasmc_failure out = {message, message_size};
    counted_module *counted = make_module(out);
    return counted ? finish(counted, map(counted, file, offset, byte_count, verifies_all, out)) : NULL;
}

wasmc_module *wasmc_module_use(
    wasmc_shared_mapping *mapping, uint64_t offset, uint64_t byte_count, char *message, size_t message_size) {
    wasmc_failure out = {message, message_size};
    counted_module *counted = make_module(out);
    if (!counted) return NULL;
    atomic_fetch_add(&mapping->references, 1);
    counted->mapping = mapping;
    return finish(counted, use(counted, mapping, offset, byte_count, out));
}

wasmc_module *wasmc_module_link(const uint8_t *image, uint64_t source, char *message, size_t message_size) {
    wasmc_failure out = {message, message_size};
    const wasmc_artifact *artifact = (const wasmc_artifact *)(image + WASMC_ARTIFACT_OFFSET);
    if (memcmp(artifact->source_digest, &source, sizeof source)) {
        wasmc_fail(out, "its header and its object were made from different modules");
        return NULL;
    }
    counted_module *counted = make_module(out);
    if (!counted) return NULL;
    bool is_complete = prepare(counted, image, artifact->byte_count, false, out) && make_images_file(counted, out)
        && announce(counted, out);
    return finish(counted, is_complete);
}

wasmc_module *wasmc_module_load(const void *bytes, size_t byte_count, char *message, size_t message_size) {
    int file = memfd_create("wasmc", MFD_CLOEXEC);
    if (file < 0) {
        snprintf(message, message_size, "no memory file can be made: %s", strerror(errno));
        return NULL;
    }
    wasmc_module *module = NULL;
    if (write_whole(file, 0, bytes, byte_count))
        module = wasmc_module_map(file, 0, byte_count, false, message, message_size);
    else snprintf(message, message_size, "%s", errno == EFBIG ? over_limit : "no memory is left for the code");
    close(file);
    return module;
}

void wasmc_module_retain(wasmc_module *module) { atomic_fetch_add(&((counted_module *)module)->references, 1); }

void wasmc_module_release(wasmc_module *module) {
    counted_module *counted = (counted_module *)module;
    if (atomic_fetch_sub(&counted->references, 1) == 1) destroy(counted);
}
