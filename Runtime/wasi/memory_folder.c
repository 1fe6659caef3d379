// Folders in memory: made, seen by the host, and removed: with their object, at the process's exit, or by the next
// process that makes one, if this one was killed.
//
// Invariant: the host's side follows no link and goes up nowhere, since a guest fills the folder. Only a folder that
// this process made, or whose owner's lock is gone, is ever removed.

#include "memory_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define NEW_NAME "wasmc-new-"
#define LOCKED_NAME "wasmc-memory-"

static const char *const parents[] = {"/dev/shm", "/tmp"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static wasmc_wasi_folder *first;

static int open_directory(int parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// A global object of Swift's is not freed at exit.
static void remove_all(void) {
    pthread_mutex_lock(&lock);
    for (const wasmc_wasi_folder *folder = first; folder; folder = folder->next)
        if (folder->owner == getpid()) wasmc_wasi_remove_folder(folder->path);
    pthread_mutex_unlock(&lock);
}

// The kernel gives up a lock with its process.
static void remove_stale(const char *parent) {
    DIR *names = opendir(parent);
    if (!names) return;
    for (const struct dirent *entry; (entry = readdir(names));) {
        if (strncmp(entry->d_name, LOCKED_NAME, strlen(LOCKED_NAME))) continue;
        int directory = open_directory(dirfd(names), entry->d_name);
        struct stat status;
        if (directory < 0) continue;
        char path[512];
        snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        if (fstat(directory, &status) == 0 && status.st_uid == geteuid() && flock(directory, LOCK_EX | LOCK_NB) == 0)
            wasmc_wasi_remove_folder(path);
        close(directory);
    }
    closedir(names);
}

static void prepare(void) {
    for (size_t i = 0; i < sizeof parents / sizeof *parents; i++) remove_stale(parents[i]);
    atexit(remove_all);
}

// Under its name, another process removes the folder unless it is locked.
static bool make(wasmc_wasi_folder *folder, const char *parent) {
    char new_path[sizeof folder->path];
    snprintf(new_path, sizeof new_path, "%s/" NEW_NAME "XXXXXX", parent);
    if (!mkdtemp(new_path)) return false;
    snprintf(folder->path, sizeof folder->path, "%s/" LOCKED_NAME "%s", parent, new_path + strlen(new_path) - 6);
    folder->directory = open_directory(AT_FDCWD, new_path);
    if (folder->directory >= 0 && flock(folder->directory, LOCK_EX | LOCK_NB) == 0
        && renameat2(AT_FDCWD, new_path, AT_FDCWD, folder->path, RENAME_NOREPLACE) == 0)
        return true;
    int error = errno;
    if (folder->directory >= 0) close(folder->directory);
    rmdir(new_path);
    errno = error;
    return false;
}

wasmc_wasi_folder *wasmc_wasi_folder_create(uint64_t byte_limit) {
    pthread_once(&once, prepare);
    wasmc_wasi_folder *folder = calloc(1, sizeof *folder);
    if (!folder) return NULL;
    bool is_made = false;
    for (size_t i = 0; !is_made && i < sizeof parents / sizeof *parents; i++) is_made = make(folder, parents[i]);
    if (!is_made) {
        free(folder);
        return NULL;
    }
    folder->owner = getpid();
    folder->byte_limit = byte_limit < INT64_MAX ? byte_limit : INT64_MAX;
    pthread_mutex_init(&folder->lock, NULL);
    pthread_mutex_lock(&lock);
    folder->next = first;
    first = folder;
    pthread_mutex_unlock(&lock);
    return folder;
}

void wasmc_wasi_folder_destroy(wasmc_wasi_folder *folder) {
    pthread_mutex_lock(&lock);
    wasmc_wasi_folder **place = &first;
    while (*place != folder) place = &(*place)->next;
    *place = folder->next;
    pthread_mutex_unlock(&lock);
    if (folder->owner == getpid()) wasmc_wasi_remove_folder(folder->path);
    close(folder->directory);
    pthread_mutex_destroy(&folder->lock);
    free(folder->files);
    free(folder);
}

const char *wasmc_wasi_folder_path(const wasmc_wasi_folder *folder) { return folder->path; }

// Goes down one name, and makes it if that is wanted. Takes the parent's descriptor.
static int descend(wasmc_wasi_folder *folder, int parent, const char *name, bool makes) {
    int next = open_directory(parent, name);
    if (next < 0 && errno == ENOENT && makes && wasmc_take_room(folder, NULL, ENTRY_BYTES)
        && mkdirat(parent, name, 0700) == 0)
        next = open_directory(parent, name);
    int error = errno;
    close(parent);
    errno = error;
    return next;
}

// Opens a file, name by name; -1 with errno set.
static int open_file(wasmc_wasi_folder *folder, const char *path, bool writes) {
    int directory = open_directory(folder->directory, ".");
    while (directory >= 0) {
        path += strspn(path, "/");
        size_t length = strcspn(path, "/");
        char name[256];
        bool is_last = path[length + strspn(path + length, "/")] == 0;
        errno = length == 0 ? EISDIR : length >= sizeof name ? ENAMETOOLONG : 0;
        memcpy(name, path, errno ? 0 : length);
        name[errno ? 0 : length] = 0;
        if (!strcmp(name, "..")) errno = EINVAL;
        if (errno) break;
        if (!is_last) {
            directory = descend(folder, directory, name, writes);
            path += length;
            continue;
        }
        int flags = (writes ? O_WRONLY | O_CREAT : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        struct stat status;
        bool is_new = writes && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0;
        int file = is_new && !wasmc_take_room(folder, NULL, ENTRY_BYTES) ? -1 : openat(directory, name, flags, 0600);
        if (file >= 0 && (fstat(file, &status) || !S_ISREG(status.st_mode))) {
            close(file);
            file = -1;
            errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        }
        int error = errno;
        close(directory);
        errno = error;
        return file;
    }
    int error = errno;
    if (directory >= 0) close(directory);
    errno = error;
    return -1;
}

int wasmc_wasi_folder_open(wasmc_wasi_folder *folder, const char *name) { return open_file(folder, name, false); }

bool wasmc_wasi_folder_write(wasmc_wasi_folder *folder, const char *name, const void *bytes, size_t byte_count) {
    int file = open_file(folder, name, true);
    if (file < 0) return false;
    bool is_written = ftruncate(file, 0) == 0;
    uint64_t room =
        !is_written || byte_count == 0 ? byte_count : wasmc_take_room_in_file(folder, NULL, file, 0, byte_count);
    if (room < byte_count) is_written = false, errno = ENOSPC;
    for (size_t done = 0; is_written && done < byte_count;) {
        ssize_t count = write(file, (const uint8_t *)bytes + done, byte_count - done);
        if (count >= 0) done += (size_t)count;
        else is_written = errno == EINTR;
    }
    int error = errno;
    close(file);
    errno = error;
    return is_written;
}
