// Finding what a path names: by openat2 where the kernel has it, else name by name.
//
// Invariant: openat2 is only called with RESOLVE_BENEATH. The walk opens one name at a time without following links,
// reads a link's text and walks that, and goes up only to a directory that it came down from and still holds open.

#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEPTH_LIMIT = 256, LINK_LIMIT = 40, RACE_LIMIT = 1000 };

uint32_t wasmc_copy_path(wasmc_instance *caller, uint32_t pointer, uint32_t count, char out[PATH_LIMIT + 1]) {
    const char *bytes = wasmc_guest_bytes(caller, pointer, count);
    if (!bytes) return WASI_FAULT;
    if (count > PATH_LIMIT) return WASI_NAMETOOLONG;
    if (count == 0) return WASI_NOENT;
    // Other threads may write the guest's bytes meanwhile: only the copy is looked at.
    memcpy(out, bytes, count);
    out[count] = 0;
    if (memchr(out, 0, count)) return WASI_ILSEQ;  // the kernel would see another, shorter name
    return out[0] == '/' ? WASI_NOTCAPABLE : WASI_OK;
}

static long open_by_kernel(int directory, const char *path, int flags, bool follows_last) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC | (follows_last ? 0 : O_NOFOLLOW)),
        .mode = flags & O_CREAT ? 0666 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    return syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static bool kernel_resolves;
// Some filters of system calls answer EPERM to what they do not know.
static void ask_kernel(void) {
    int file = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    long answer = file < 0 ? -1 : open_by_kernel(file, ".", O_PATH, false);
    kernel_resolves = answer >= 0;
    if (answer >= 0) close((int)answer);
    if (file >= 0) close(file);
}

typedef struct walk {
    int start;
    int directories[DEPTH_LIMIT];  // each lies in the one before it
    uint32_t depth, link_count, race_count;
    char rest[PATH_LIMIT + 1];
} walk;

static int here(const walk *walk) { return walk->depth ? walk->directories[walk->depth - 1] : walk->start; }

// Puts a link's text before what follows it. `count` -1: it was no link any more.
static uint32_t expand(walk *walk, const char *target, ssize_t count, const char *after, bool has_slash) {
    size_t after_count = strlen(after);
    if (count < 0) return wasmc_wasi_errno(errno);
    if (count == 0) return WASI_NOENT;
    if (target[0] == '/') return WASI_NOTCAPABLE;
    if (++walk->link_count > LINK_LIMIT) return WASI_LOOP;
    if ((size_t)count + 1 + after_count > PATH_LIMIT) return WASI_NAMETOOLONG;
    memmove(walk->rest + count + has_slash, after, after_count + 1);
    memcpy(walk->rest, target, (size_t)count);
    if (has_slash) walk->rest[count] = '/';
    return WASI_OK;
}

// Goes down into a name that others follow, or puts the link's text in its place.
static uint32_t descend(walk *walk, const char *name, const char *after) {
    int next = openat(here(walk), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (next < 0) return wasmc_wasi_errno(errno);
    uint32_t error = WASI_NOTDIR;
    if (fstat(next, &status)) {
        error = wasmc_wasi_errno(errno);
    } else if (S_ISLNK(status.st_mode)) {
        char target[PATH_LIMIT];
        error = expand(walk, target, readlinkat(next, "", target, sizeof target), after, true);
    } else if (S_ISDIR(status.st_mode)) {
        if (walk->depth == DEPTH_LIMIT) {
            error = WASI_NAMETOOLONG;
        } else {
            memmove(walk->rest, after, strlen(after) + 1);
            walk->directories[walk->depth++] = next;
            return WASI_OK;
        }
    }
    close(next);
    return error;
}

// Opens the last name; `*file` stays -1 if a link's text took its place.
static uint32_t arrive(walk *walk, const char *name, bool has_slash, int flags, bool follows_last, int *file) {
    if (has_slash) {
        if (flags & O_CREAT) return WASI_ISDIR;
        flags |= O_DIRECTORY;
        follows_last = true;
    }
    char target[PATH_LIMIT];
    ssize_t count = follows_last ? readlinkat(here(walk), name, target, sizeof target) : -1;
    if (count >= 0) return flags & O_CREAT && flags & O_EXCL ? WASI_EXIST : expand(walk, target, count, "", has_slash);
    *file = openat(here(walk), name, flags | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (*file < 0 && !(follows_last && errno == ELOOP)) return wasmc_wasi_errno(errno);
    struct stat status;
    if (follows_last && (*file < 0 || (flags & O_PATH && (fstat(*file, &status) || S_ISLNK(status.st_mode))))) {
        // A link took the name's place just now.
        if (*file >= 0) close(*file);
        *file = -1;
        return ++walk->race_count < RACE_LIMIT ? WASI_OK : WASI_AGAIN;
    }
    return WASI_OK;
}

static uint32_t step(walk *walk, int flags, bool follows_last, int *file) {
    char name[PATH_LIMIT + 1];
    size_t length = strcspn(walk->rest, "/");
    memcpy(name, walk->rest, length);
    name[length] = 0;
    const char *after = walk->rest + length;
    bool has_slash = *after == '/';
    while (*after == '/') after++;
    if (!strcmp(name, "..")) {
        if (walk->depth == 0) return WASI_NOTCAPABLE;
        close(walk->directories[--walk->depth]);
        strcpy(name, ".");
    }
    if (strcmp(name, "."))
        return *after ? descend(walk, name, after) : arrive(walk, name, has_slash, flags, follows_last, file);
    if (*after) {
        memmove(walk->rest, after, strlen(after) + 1);
        return WASI_OK;
    }
    *file = openat(here(walk), ".", flags | O_CLOEXEC | (has_slash ? O_DIRECTORY : 0), 0666);
    return *file < 0 ? wasmc_wasi_errno(errno) : WASI_OK;
}

static uint32_t open_by_walking(int directory, const char *path, int flags, bool follows_last, int *file) {
    walk walk;
    walk.start = directory;
    walk.depth = walk.link_count = walk.race_count = 0;
    strcpy(walk.rest, path);
    uint32_t error = WASI_OK;
    *file = -1;
    while (!error && *file < 0) error = step(&walk, flags, follows_last, file);
    while (walk.depth) close(walk.directories[--walk.depth]);
    return error;
}

uint32_t
wasmc_open_beneath(wasmc_wasi *context, int directory, const char *path, int flags, bool follows_last, int *file) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ask_kernel);
    if (context->walks || !kernel_resolves) return open_by_walking(directory, path, flags, follows_last, file);
    long opened = -1;
    for (int attempt = 0; attempt < RACE_LIMIT; attempt++) {
        opened = open_by_kernel(directory, path, flags, follows_last);
        // EAGAIN: something was renamed during the look-up.
        if (opened >= 0 || (errno != EAGAIN && errno != EINTR)) break;
        sched_yield();
    }
    *file = (int)opened;
    // EXDEV is what the kernel says of a path that leaves its directory.
    return opened >= 0 ? WASI_OK : errno == EXDEV ? WASI_NOTCAPABLE : wasmc_wasi_errno(errno);
}

uint32_t
wasmc_open_parent(wasmc_wasi *context, int directory, char path[PATH_LIMIT + 1], int *parent, const char **name) {
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') end--;
    char *slash = memrchr(path, '/', end);
    char *last = slash ? slash + 1 : path;
    size_t length = (size_t)(path + end - last);
    *name = last;
    if ((length == 1 && last[0] == '.') || (length == 2 && !memcmp(last, "..", 2))) {
        *name = ".";
        return wasmc_open_beneath(context, directory, path, O_PATH | O_DIRECTORY, true, parent);
    }
    if (!slash) {
        *parent = fcntl(directory, F_DUPFD_CLOEXEC, 0);
        return *parent < 0 ? wasmc_wasi_errno(errno) : WASI_OK;
    }
    *slash = 0;
    return wasmc_open_beneath(context, directory, path, O_PATH | O_DIRECTORY, true, parent);
}
