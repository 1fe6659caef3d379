// Finds and loads entries of the cache. Writing and evicting them is the compiler's business.
//
// Invariant: see wasmc_cache.h.

#include "wasmc_cache.h"

#include "../module/module.h"
#include "files.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// Marking an entry as used again before it has aged so much would only cost time.
enum { SECONDS_BETWEEN_MARKS = 60 };

// So often an entry is tried to make in the background.
enum { MOST_TRIES = 3 };

static bool is_off(const char *text) {
    static const char *const words[] = {"", "off", "no", "none", "false", "0", "disabled"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(text, words[i])) return true;
    return false;
}

bool wasmc_cache_directory(char path[WASMC_CACHE_PATH_BYTES]) {
    const char *own = getenv("WASMC_CACHE"), *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int count = 0;
    if (own) {
        if (!is_off(own)) count = snprintf(path, WASMC_CACHE_PATH_BYTES, "%s", own);
    } else if (base && base[0] == '/') {
        count = snprintf(path, WASMC_CACHE_PATH_BYTES, "%s/wasmc", base);
    } else if (home && home[0] == '/') {
        count = snprintf(path, WASMC_CACHE_PATH_BYTES, "%s/.cache/wasmc", home);
    }
    return count > 0 && count < WASMC_CACHE_PATH_BYTES;
}

bool wasmc_file_identity(const char *path, char *identity, size_t identity_size) {
    struct stat status;
    if (stat(path, &status)) return false;
    int count = snprintf(
        identity, identity_size, "%llu %lld %lld.%09ld;", (unsigned long long)status.st_ino, (long long)status.st_size,
        (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    return count > 0 && (size_t)count < identity_size;
}

// Whether an ELF image is the program itself, whose name the C library takes from the arguments.
static bool is_program(const uint8_t *base) {
    return (uintptr_t)base + ((const Elf64_Ehdr *)base)->e_phoff == getauxval(AT_PHDR);
}

bool wasmc_own_identity(char *identity, size_t identity_size) {
    if (!wasmc_file_identity("/proc/self/exe", identity, identity_size)) return false;
    Dl_info place;
    if (!dladdr(&wasmc_own_identity, &place) || is_program(place.dli_fbase)) return true;
    size_t length = strlen(identity);
    return wasmc_file_identity(place.dli_fname, identity + length, identity_size - length);
}

static void write_name(const uint8_t digest[32], const char *suffix, char name[WASMC_CACHE_NAME_BYTES]) {
    for (int i = 0; i < 32; i++) snprintf(name + 2 * i, 3, "%02x", digest[i]);
    strcpy(name + 64, suffix);
}

void wasmc_cache_find(
    const void *module, size_t byte_count, const char *settings, const char *compiler_identity, wasmc_cache_key *key) {
    uint8_t digest[32];
    wasmc_sha256(module, byte_count, digest);
    wasmc_cache_find_digest(digest, settings, compiler_identity, key);
}

void wasmc_cache_find_digest(
    const uint8_t module_digest[32], const char *settings, const char *compiler_identity, wasmc_cache_key *key) {
    uint8_t digests[4][32], digest[32];
    char processor[WASMC_PROCESSOR_DESCRIPTION_BYTES];
    wasmc_processor_describe(processor, sizeof processor);
    memcpy(digests[0], module_digest, sizeof digests[0]);
    wasmc_sha256(settings, strlen(settings), digests[1]);
    wasmc_sha256(compiler_identity, strlen(compiler_identity), digests[2]);
    wasmc_sha256(processor, strlen(processor), digests[3]);
    wasmc_sha256(digests, sizeof digests, digest);
    memcpy(key->module_digest, digests[0], sizeof key->module_digest);
    write_name(digest, ".cwasm", key->name);
}

void wasmc_cache_module_name(const uint8_t module_digest[32], char name[WASMC_CACHE_NAME_BYTES]) {
    write_name(module_digest, ".wasm", name);
}

bool wasmc_is_private(const struct stat *status) { return status->st_uid == geteuid() && !(status->st_mode & 022); }

static int open_directory(const char *path, wasmc_cache_state *state, char *reason, size_t reason_size) {
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat status;
    *state = errno == ENOENT ? WASMC_CACHE_ABSENT : WASMC_CACHE_UNUSABLE;
    if (directory < 0) {
        snprintf(reason, reason_size, "the directory %s cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    if (!fstat(directory, &status) && wasmc_is_private(&status)) return directory;
    *state = WASMC_CACHE_UNUSABLE;
    snprintf(reason, reason_size, "the directory %s belongs to another user, or others may write to it", path);
    close(directory);
    return -1;
}

wasmc_cache_state wasmc_cache_check(const char *path, char *reason, size_t reason_size) {
    wasmc_cache_state state;
    int directory = open_directory(path, &state, reason, reason_size);
    if (directory < 0) return state;
    close(directory);
    return WASMC_CACHE_HIT;
}

static void mark_as_used(int file, const struct stat *status) {
    if (time(NULL) - status->st_mtim.tv_sec >= SECONDS_BETWEEN_MARKS) (void)futimens(file, NULL);
}

static wasmc_module *load(int file, const wasmc_cache_key *key, char *reason, size_t reason_size) {
    struct stat status;
    if (fstat(file, &status) || !S_ISREG(status.st_mode) || !wasmc_is_private(&status)) {
        snprintf(reason, reason_size, "it is not a regular file that only this user may write");
        return NULL;
    }
    wasmc_module *module = wasmc_module_map(file, 0, (uint64_t)status.st_size, true, reason, reason_size);
    if (!module) return NULL;
    if (memcmp(module->artifact->source_digest, key->module_digest, sizeof key->module_digest)) {
        snprintf(reason, reason_size, "it was made from another module");
        wasmc_module_release(module);
        return NULL;
    }
    mark_as_used(file, &status);
    return module;
}

// Without O_NONBLOCK a FIFO in a file's place would wait for a writer.
static int open_file(int directory, const char *name) {
    return openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

int wasmc_cache_open_module(const char *path, const uint8_t module_digest[32]) {
    char name[WASMC_CACHE_NAME_BYTES], reason[512];
    wasmc_cache_state state;
    struct stat status;
    wasmc_cache_module_name(module_digest, name);
    int directory = open_directory(path, &state, reason, sizeof reason);
    if (directory < 0) return -1;
    int file = open_file(directory, name);
    close(directory);
    if (file < 0) return -1;
    if (!fstat(file, &status) && S_ISREG(status.st_mode) && wasmc_is_private(&status)) {
        mark_as_used(file, &status);
        return file;
    }
    close(file);
    return -1;
}

wasmc_cache_state wasmc_cache_load(
    const char *path, const wasmc_cache_key *key, wasmc_module **module, char *reason, size_t reason_size) {
    wasmc_cache_state state;
    int directory = open_directory(path, &state, reason, reason_size);
    if (directory < 0) return state;
    int file = open_file(directory, key->name);
    int error = errno;
    close(directory);
    if (file < 0) {
        snprintf(reason, reason_size, "it cannot be opened: %s", strerror(error));
        return error == ENOENT ? WASMC_CACHE_ABSENT : WASMC_CACHE_BROKEN;
    }
    *module = load(file, key, reason, reason_size);
    close(file);
    return *module ? WASMC_CACHE_HIT : WASMC_CACHE_BROKEN;
}

// The lock ends with its holder, however that ends.
static bool is_at_work(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_locked = file < 0 || flock(file, LOCK_EX | LOCK_NB);
    if (file >= 0) close(file);
    return is_locked;
}

bool wasmc_cache_wants_background(const char *directory, const char *entry) {
    const char *wish = getenv("WASMC_BACKGROUND");
    char path[2 * WASMC_CACHE_PATH_BYTES];
    struct stat status;
    if (wish && !strcmp(wish, "off")) return false;
    snprintf(path, sizeof path, "%s/%s%s", directory, entry, WASMC_CACHE_TRIES_SUFFIX);
    if (!lstat(path, &status) && status.st_size >= MOST_TRIES) return false;
    snprintf(path, sizeof path, "%s/%s", directory, WASMC_CACHE_BACKGROUND_LOCK);
    return !is_at_work(path);
}
