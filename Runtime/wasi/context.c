// The context: descriptors, strings, and the checked way into guest memory.
//
// Invariant: see context.h; a range is compared in 64 bits, so a pointer near 2^32 cannot wrap.

#include "memory_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

void *wasmc_guest_bytes(wasmc_instance *caller, uint32_t pointer, uint64_t count) {
    const wasmc_memory *memory = caller ? caller->exported_memory : NULL;
    uint64_t size = memory ? wasmc_memory_byte_count(memory) : 0;
    if (!memory || pointer > size || count > size - pointer) return NULL;
    // A memory without pages has no base; an empty range is inside it all the same.
    static uint8_t nothing;
    return memory->base ? memory->base + pointer : &nothing;
}

bool wasmc_store_u32(wasmc_instance *caller, uint32_t pointer, uint32_t value) {
    void *place = wasmc_guest_bytes(caller, pointer, sizeof value);
    if (place) memcpy(place, &value, sizeof value);
    return place;
}

bool wasmc_store_u64(wasmc_instance *caller, uint32_t pointer, uint64_t value) {
    void *place = wasmc_guest_bytes(caller, pointer, sizeof value);
    if (place) memcpy(place, &value, sizeof value);
    return place;
}

uint32_t wasmc_copy_buffers(
    wasmc_instance *caller, uint32_t list, uint32_t count, struct iovec out[BUFFER_LIMIT], int *out_count) {
    const uint8_t *entries = wasmc_guest_bytes(caller, list, (uint64_t)count * 8);
    if (!entries) return WASI_FAULT;
    *out_count = 0;
    for (uint32_t i = 0; i < count && i < BUFFER_LIMIT; i++) {
        uint32_t pair[2];
        memcpy(pair, entries + (size_t)i * 8, sizeof pair);
        void *bytes = wasmc_guest_bytes(caller, pair[0], pair[1]);
        if (!bytes) return WASI_FAULT;
        out[(*out_count)++] = (struct iovec){bytes, pair[1]};
    }
    return WASI_OK;
}

uint32_t wasmc_find_descriptor(wasmc_wasi *context, uint32_t number, uint32_t rights, descriptor **found) {
    if (number >= context->descriptor_count || !context->descriptors[number].is_open) return WASI_BADF;
    *found = &context->descriptors[number];
    uint32_t missing = rights & ~(*found)->rights;
    if (!missing) return WASI_OK;
    return missing & (*found)->dropped ? WASI_NOTCAPABLE : WASI_BADF;
}

uint32_t wasmc_find_directory(wasmc_wasi *context, uint32_t number, uint32_t rights, descriptor **found) {
    uint32_t error = wasmc_find_descriptor(context, number, 0, found);
    if (error) return error;
    return (*found)->is_directory ? wasmc_find_descriptor(context, number, rights, found) : WASI_NOTDIR;
}

// The last quarter of the process's descriptors is the host's: what all guests open lies below it, since the kernel
// gives out the lowest number. What the host itself gives a context is not counted.
static bool is_left_for_host(const descriptor *made) {
    struct rlimit limit;
    if (made->file < 0 || made->is_shared || made->preopen_name || getrlimit(RLIMIT_NOFILE, &limit)) return false;
    return (rlim_t)made->file >= limit.rlim_cur - limit.rlim_cur / 4;
}

uint32_t wasmc_add_descriptor(wasmc_wasi *context, descriptor made) {
    if (is_left_for_host(&made)) {
        wasmc_close_descriptor(context, &made);
        errno = EMFILE;
        return UINT32_MAX;
    }
    uint32_t number = context->descriptor_count;  // one above the free one
    while (number > 0 && context->descriptors[number - 1].is_open) number--;
    if (number-- == 0) {
        number = context->descriptor_count;
        descriptor *grown =
            number < context->descriptor_limit ? realloc(context->descriptors, (number + 1) * sizeof *grown) : NULL;
        if (!grown) {
            wasmc_close_descriptor(context, &made);
            errno = EMFILE;
            return UINT32_MAX;
        }
        context->descriptors = grown;
        grown[context->descriptor_count++] = (descriptor){.file = -1};
    }
    if (made.folder && !wasmc_hold_file(made.folder, made.file)) {
        wasmc_close_descriptor(context, &made);
        errno = ENOMEM;
        return UINT32_MAX;
    }
    made.is_open = true;
    if (made.file >= 0) {
        struct stat status;
        made.raises_signals = fstat(made.file, &status) != 0 || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
    }
    context->descriptors[number] = made;
    return number;
}

void wasmc_close_descriptor(wasmc_wasi *context, descriptor *closed) {
    if (closed->folder) wasmc_release_file(closed->folder, closed->file);
    if (closed->file >= 0) close(closed->file);
    free(closed->preopen_name);
    free(closed->positions);
    context->position_count -= closed->position_count;
    *closed = (descriptor){.file = -1};
}

wasmc_wasi *wasmc_wasi_create(void) {
    wasmc_wasi *context = calloc(1, sizeof *context);
    if (!context) return NULL;
    context->descriptor_limit = 4096;
    struct rlimit file_size;
    context->writes_raise_signals = getrlimit(RLIMIT_FSIZE, &file_size) != 0 || file_size.rlim_cur != RLIM_INFINITY;
    return context;
}

static void free_strings(strings *list) {
    for (uint32_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
}

void wasmc_wasi_destroy(wasmc_wasi *context) {
    if (!context) return;
    free_strings(&context->arguments);
    free_strings(&context->environment);
    for (uint32_t i = 0; i < context->descriptor_count; i++) wasmc_close_descriptor(context, &context->descriptors[i]);
    free(context->descriptors);
    if (context->has_threads) pthread_mutex_destroy(&context->lock);
    free(context);
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

bool wasmc_wasi_add_argument(wasmc_wasi *context, const char *argument) {
    return append(&context->arguments, argument);
}
bool wasmc_wasi_add_variable(wasmc_wasi *context, const char *variable) {
    return append(&context->environment, variable);
}

bool wasmc_wasi_add_file(wasmc_wasi *context, int file, bool can_read, bool can_write) {
    int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (copy < 0 && errno != EBADF) return false;
    // A stream that the host has closed is empty for the guest, and keeps its number; there may be no /dev.
    if (copy < 0) copy = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (copy < 0) return wasmc_wasi_add_stream(context, (wasmc_wasi_stream){0});
    struct stat status;
    uint32_t rights = RIGHTS_OF_FILE;
    if (fstat(copy, &status) == 0 && S_ISSOCK(status.st_mode)) rights |= RIGHT_SOCK_ACCEPT | RIGHT_SOCK_SHUTDOWN;
    if (!can_read) rights &= ~(uint32_t)RIGHT_FD_READ;
    if (!can_write) rights &= ~(uint32_t)RIGHTS_WRITING;
    return wasmc_add_descriptor(context, (descriptor){.file = copy, .is_shared = true, .rights = rights}) != UINT32_MAX;
}

static bool
preopen(wasmc_wasi *context, const char *path, wasmc_wasi_folder *folder, const char *guest_name, bool is_read_only) {
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return false;
    descriptor made = {
        .file = file,
        .folder = folder,
        .is_directory = true,
        .is_read_only = is_read_only,
        .preopen_name = strdup(guest_name),
        .rights = RIGHTS_OF_DIRECTORY,
        .inheriting = RIGHTS_OF_DIRECTORY | RIGHTS_OF_FILE};
    if (!made.preopen_name) {
        close(file);
        errno = ENOMEM;
        return false;
    }
    return wasmc_add_descriptor(context, made) != UINT32_MAX;
}

bool wasmc_wasi_preopen(wasmc_wasi *context, const char *host_path, const char *guest_name, bool is_read_only) {
    return preopen(context, host_path, NULL, guest_name, is_read_only);
}

bool wasmc_wasi_preopen_folder(
    wasmc_wasi *context, wasmc_wasi_folder *folder, const char *guest_name, bool is_read_only) {
    return preopen(context, folder->path, folder, guest_name, is_read_only);
}

bool wasmc_wasi_add_stream(wasmc_wasi *context, wasmc_wasi_stream stream) {
    descriptor made = {.file = -1, .stream = stream, .rights = RIGHT_POLL_FD_READWRITE | RIGHT_FD_FILESTAT_GET};
    if (stream.read) made.rights |= RIGHT_FD_READ;
    if (stream.write) made.rights |= RIGHT_FD_WRITE;
    return wasmc_add_descriptor(context, made) != UINT32_MAX;
}

void wasmc_wasi_set_clock(wasmc_wasi *context, wasmc_wasi_clock clock) { context->clock = clock; }
void wasmc_wasi_set_random(wasmc_wasi *context, wasmc_wasi_random random) { context->random = random; }
void wasmc_wasi_set_descriptor_limit(wasmc_wasi *context, uint32_t count) { context->descriptor_limit = count; }
void wasmc_wasi_resolve_by_walking(wasmc_wasi *context) { context->walks = true; }

// The threads of one program use one context: one call of theirs at a time, but for those that wait. Whoever reads or
// writes the context holds its lock. It is let go only where a call waits and keeps nothing of the context: no
// descriptor that another call may close, no list that it may move.

bool wasmc_wasi_share(wasmc_wasi *context) {
    if (context->has_threads) return true;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    // A clock of the host's may call the guest, which calls again.
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    context->has_threads = pthread_mutex_init(&context->lock, &attributes) == 0;
    pthread_mutexattr_destroy(&attributes);
    return context->has_threads;
}

void wasmc_wasi_begin_wait(wasmc_wasi *context) {
    if (context->has_threads) pthread_mutex_unlock(&context->lock);
}

void wasmc_wasi_end_wait(wasmc_wasi *context) {
    if (context->has_threads) pthread_mutex_lock(&context->lock);
}

int32_t wasmc_wasi_call_shared(void *data, wasmc_instance *caller, wasmc_value *values) {
    const wasmc_wasi_shared_call *call = data;
    pthread_mutex_lock(&call->context->lock);
    int32_t outcome = call->callback(call->context, caller, values);
    pthread_mutex_unlock(&call->context->lock);
    return outcome;
}
