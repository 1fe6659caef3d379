// The limit on what a folder in memory holds.
//
// Every call that may add to the folder takes room for the most that it can add. When none is left the folder is
// measured, which gives back what was taken for nothing, or was removed since.
//
// Invariant: what is beneath the folder, names, links and removed but open files included, takes no more than the
// limit, but for what other threads' calls are adding at the moment of a measurement. No file is longer than the limit,
// however little of it is there.

#include "memory_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_LIMIT = 128 };

static uint64_t whole_pages(uint64_t byte_count) { return (byte_count + 4095) & ~UINT64_C(4095); }

static uint64_t content(const struct stat *status) { return (uint64_t)status->st_blocks * 512; }

// Adds what lies beneath a directory; takes the descriptor. False if that cannot be told.
static bool measure_directory(int file, int depth, wasmc_instance *caller, uint64_t *total) {
    DIR *directory = file < 0 ? NULL : fdopendir(file);
    if (!directory) {
        if (file >= 0) close(file);
        return false;
    }
    bool is_known = depth < DEPTH_LIMIT;
    for (const struct dirent *entry; is_known && (entry = readdir(directory));) {
        struct stat status;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (caller && wasmc_is_interrupted(caller->store)) {
            is_known = false;
            break;
        }
        if (fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) continue;  // removed just now
        // A file's links share its content; all of them are in this folder.
        *total += ENTRY_BYTES + content(&status) / (status.st_nlink && !S_ISDIR(status.st_mode) ? status.st_nlink : 1);
        if (!S_ISDIR(status.st_mode)) continue;
        int inner = openat(dirfd(directory), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner < 0 && errno == ENOENT) continue;
        if (!measure_directory(inner, depth + 1, caller, total)) is_known = false;
    }
    closedir(directory);
    return is_known;
}

static void measure(wasmc_wasi_folder *folder, wasmc_instance *caller) {
    uint64_t total = 0;
    folder->room = 0;
    if (!measure_directory(openat(folder->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, caller, &total))
        return;
    for (uint32_t i = 0; i < folder->file_count; i++) {
        struct stat status;
        if (fstat(folder->files[i], &status) == 0 && status.st_nlink == 0) total += ENTRY_BYTES + content(&status);
    }
    if (total < folder->byte_limit) folder->room = folder->byte_limit - total;
}

// Up to so many bytes.
static uint64_t take(wasmc_wasi_folder *folder, wasmc_instance *caller, uint64_t byte_count, bool takes_part) {
    pthread_mutex_lock(&folder->lock);
    if (byte_count > folder->room) measure(folder, caller);
    uint64_t taken = byte_count <= folder->room ? byte_count : takes_part ? folder->room : 0;
    folder->room -= taken;
    pthread_mutex_unlock(&folder->lock);
    errno = caller && wasmc_is_interrupted(caller->store) ? EINTR : ENOSPC;
    return taken;
}

bool wasmc_take_room(wasmc_wasi_folder *folder, wasmc_instance *caller, uint64_t byte_count) {
    return byte_count == 0 || take(folder, caller, byte_count, false) == byte_count;
}

uint64_t
wasmc_take_room_in_file(wasmc_wasi_folder *folder, wasmc_instance *caller, int file, uint64_t offset, uint64_t count) {
    struct stat status;
    if (fstat(file, &status) || !S_ISREG(status.st_mode)) return count;
    if (offset >= folder->byte_limit) return errno = EFBIG, 0;
    if (count > folder->byte_limit - offset) count = folder->byte_limit - offset;
    // Without holes all pages up to the end are there; with them none may be.
    uint64_t size = whole_pages((uint64_t)status.st_size), first = offset & ~UINT64_C(4095);
    if (content(&status) >= size && first < size) first = size;
    uint64_t end = whole_pages(offset + count);
    if (end <= first) return count;
    uint64_t room = take(folder, caller, end - first, true) & ~UINT64_C(4095);
    return first + room > offset + count ? count : first + room > offset ? first + room - offset : 0;
}

bool wasmc_hold_file(wasmc_wasi_folder *folder, int file) {
    pthread_mutex_lock(&folder->lock);
    int *grown = realloc(folder->files, (folder->file_count + 1) * sizeof *grown);
    if (grown) {
        folder->files = grown;
        grown[folder->file_count++] = file;
    }
    pthread_mutex_unlock(&folder->lock);
    return grown;
}

void wasmc_release_file(wasmc_wasi_folder *folder, int file) {
    pthread_mutex_lock(&folder->lock);
    for (uint32_t i = 0; i < folder->file_count; i++)
        if (folder->files[i] == file) {
            folder->files[i] = folder->files[--folder->file_count];
            break;
        }
    pthread_mutex_unlock(&folder->lock);
}
