// The world: descriptors, strings, and the checked way into guest memory.
//
// Invariant: see world.h; a range is compared in 64 bits, so a pointer near 2^32 cannot wrap.

#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *guest_bytes(wasmc_instance *caller, uint32_t pointer, uint64_t count) {
    const wasmc_memory *memory = caller ? caller->exported_memory : NULL;
    if (!memory || pointer > memory->byte_count || count > memory->byte_count - pointer) return NULL;
    // A memory without pages has no base; an empty range is inside it all the same.
    static uint8_t nothing;
    return memory->base ? memory->base + pointer : &nothing;
}

bool store_u32(wasmc_instance *caller, uint32_t pointer, uint32_t value) {
    void *place = guest_bytes(caller, pointer, sizeof value);
    if (place) memcpy(place, &value, sizeof value);
    return place;
}

bool store_u64(wasmc_instance *caller, uint32_t pointer, uint64_t value) {
    void *place = guest_bytes(caller, pointer, sizeof value);
    if (place) memcpy(place, &value, sizeof value);
    return place;
}

uint32_t wasi_errno(int host) {
    switch (host) {
    case 0: return WASI_OK;
    case E2BIG: return 1;
    case EACCES: return WASI_ACCES;
    case EAGAIN: return 6;
    case EBADF: return WASI_BADF;
    case EBUSY: return 10;
    case EDQUOT: return 19;
    case EEXIST: return 20;
    case EFAULT: return WASI_FAULT;
    case EFBIG: return 22;
    case EILSEQ: return WASI_ILSEQ;
    case EINTR: return WASI_INTR;
    case EINVAL: return WASI_INVAL;
    case EIO: return WASI_IO;
    case EISDIR: return WASI_ISDIR;
    case ELOOP: return WASI_LOOP;
    case EMFILE: return WASI_MFILE;
    case EMLINK: return 34;
    case ENAMETOOLONG: return WASI_NAMETOOLONG;
    case ENFILE: return 41;
    case ENODEV: return 43;
    case ENOENT: return WASI_NOENT;
    case ENOMEM: return WASI_NOMEM;
    case ENOSPC: return 51;
    case ENOSYS: return 52;
    case ENOTDIR: return WASI_NOTDIR;
    case ENOTEMPTY: return 55;
    case ENOTSUP: return WASI_NOTSUP;
    case ENXIO: return 60;
    case EOVERFLOW: return WASI_OVERFLOW;
    case EPERM: return WASI_PERM;
    case EPIPE: return 64;
    case EROFS: return 69;
    case ESPIPE: return 70;
    case ETXTBSY: return 74;
    case EXDEV: return WASI_NOTCAPABLE;  // what openat2 says of a path that leaves its directory
    default: return WASI_IO;
    }
}

descriptor *open_descriptor(wasmc_wasi *world, uint32_t number) {
    if (number >= world->descriptor_count || world->descriptors[number].file < 0) return NULL;
    return &world->descriptors[number];
}

uint32_t add_descriptor(wasmc_wasi *world, descriptor made) {
    uint32_t number = 0;
    while (number < world->descriptor_count && world->descriptors[number].file >= 0) number++;
    if (number == world->descriptor_count) {
        descriptor *grown = number < WASI_DESCRIPTOR_LIMIT ? realloc(world->descriptors, (number + 1) * sizeof *grown) : NULL;
        if (!grown) {
            close(made.file);
            return UINT32_MAX;
        }
        world->descriptors = grown;
        world->descriptor_count++;
    }
    world->descriptors[number] = made;
    return number;
}

wasmc_wasi *wasmc_wasi_create(int standard_input, int standard_output, int standard_error) {
    wasmc_wasi *world = calloc(1, sizeof *world);
    if (!world) return NULL;
    int files[] = {standard_input, standard_output, standard_error};
    for (int i = 0; i < 3; i++) {
        descriptor made = {.file = fcntl(files[i], F_DUPFD_CLOEXEC, 0), .can_read = i == 0, .can_write = i != 0};
        // A stream that the host has closed stays closed for the guest, and keeps its number.
        if (made.file >= 0) {
            if (add_descriptor(world, made) == UINT32_MAX) continue;
        } else {
            made.file = open("/dev/null", O_RDWR | O_CLOEXEC);
            if (made.file >= 0) add_descriptor(world, made);
        }
    }
    return world;
}

static void free_strings(strings *list) {
    for (uint32_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
}

void wasmc_wasi_destroy(wasmc_wasi *world) {
    if (!world) return;
    free_strings(&world->arguments);
    free_strings(&world->environment);
    for (uint32_t i = 0; i < world->descriptor_count; i++) {
        if (world->descriptors[i].file >= 0) close(world->descriptors[i].file);
        free(world->descriptors[i].preopen_name);
    }
    free(world->descriptors);
    free(world);
}

static bool append(strings *list, const char *text) {
    char **grown = realloc(list->items, (list->count + 1) * sizeof *grown);
    if (!grown) return false;
    list->items = grown;
    if (!(grown[list->count] = strdup(text))) return false;
    list->count++;
    list->byte_count += strlen(text) + 1;
    return true;
}

bool wasmc_wasi_add_argument(wasmc_wasi *world, const char *argument) { return append(&world->arguments, argument); }
bool wasmc_wasi_add_variable(wasmc_wasi *world, const char *variable) { return append(&world->environment, variable); }

bool wasmc_wasi_preopen(wasmc_wasi *world, const char *host_path, const char *guest_name) {
    int file = open(host_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return false;
    descriptor made = {.file = file, .is_directory = true, .can_read = true, .preopen_name = strdup(guest_name)};
    return made.preopen_name && add_descriptor(world, made) != UINT32_MAX;
}

const wasmc_wasi_function *wasmc_wasi_functions(size_t family) {
    static const wasmc_wasi_function *const families[] = {
        argument_functions, clock_functions, descriptor_functions, path_functions, poll_functions, process_functions};
    return family < sizeof families / sizeof *families ? families[family] : NULL;
}
