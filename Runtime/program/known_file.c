// Which module a file holds, without reading it again: see wasmc_cache.h.
//
// Invariant: a record counts only while the file cannot have changed since the digest was made. The record names the
// boot, the mount (by a number that no other mount gets until the next boot), the file and its times; and whatever
// changes a file's content in the file systems below gives it a new time of change, which nobody can set. That needs
// two things of who makes a record. The time of change is so old that a change from now on gets another, however
// coarse the clock. And the file was written back before it was read: a page that a process has mapped and written
// stays writable until then, and more writing to it changes no time.

#include "files.h"
#include "wasmc_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

// Below this the digest takes no longer than to look.
#define LEAST_BYTES (1 << 20)
#define MOUNT_NUMBER 0x4000u  // STATX_MNT_ID_UNIQUE, since Linux 6.8
#define RECORD_SUFFIX ".known.tmp"

// Of one file in one state; no padding.
typedef struct identity {
    char boot[40];
    uint64_t mount, number, byte_count;
    int64_t modified, changed;
    uint32_t modified_nanoseconds, changed_nanoseconds;
} identity;

typedef struct record {
    identity identity;
    uint8_t digest[32];
    uint8_t check[32];  // SHA-256 of all before
} record;

static bool keeps_times(int file) {
    struct statfs system;
    if (fstatfs(file, &system)) return false;
    switch ((uint32_t)system.f_type) {
    case 0xEF53:      // ext4
    case 0x58465342:  // XFS
    case 0x9123683E:  // Btrfs
        return true;
    default: return false;
    }
}

static bool read_boot(char boot[40]) {
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? -1 : read(file, boot, 40);
    if (file >= 0) close(file);
    return count > 30;
}

static bool identify(int file, identity *identity) {
    struct statx status;
    const unsigned wanted = STATX_BASIC_STATS | MOUNT_NUMBER;
    memset(identity, 0, sizeof *identity);
    if (statx(file, "", AT_EMPTY_PATH, wanted, &status) || (status.stx_mask & wanted) != wanted
        || !read_boot(identity->boot))
        return false;
    identity->mount = status.stx_mnt_id;
    identity->number = status.stx_ino;
    identity->byte_count = status.stx_size;
    identity->modified = status.stx_mtime.tv_sec;
    identity->modified_nanoseconds = status.stx_mtime.tv_nsec;
    identity->changed = status.stx_ctime.tv_sec;
    identity->changed_nanoseconds = status.stx_ctime.tv_nsec;
    return true;
}

// One record a file, so that its earlier states leave none.
static bool record_path(const char *directory, const identity *identity, char *path, size_t size) {
    int count = snprintf(
        path, size, "%s/%016llx%016llx" RECORD_SUFFIX, directory, (unsigned long long)identity->mount,
        (unsigned long long)identity->number);
    return count > 0 && (size_t)count < size;
}

static bool find(const char *path, const identity *identity, uint8_t digest[32]) {
    record record;
    uint8_t check[32];
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0) return false;
    bool is_read = !fstat(file, &status) && S_ISREG(status.st_mode) && wasmc_is_private(&status)
        && read(file, &record, sizeof record) == (ssize_t)sizeof record;
    // The cache deletes what has not been used for a while.
    if (is_read) (void)futimens(file, NULL);
    close(file);
    if (!is_read || memcmp(&record.identity, identity, sizeof *identity)) return false;
    wasmc_sha256(&record, offsetof(struct record, check), check);
    if (memcmp(check, record.check, sizeof check)) return false;
    memcpy(digest, record.digest, sizeof record.digest);
    return true;
}

static void note(const char *path, const identity *identity, const uint8_t digest[32]) {
    record record = {.identity = *identity};
    memcpy(record.digest, digest, sizeof record.digest);
    wasmc_sha256(&record, offsetof(struct record, check), record.check);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (file < 0) return;
    // A record that is not whole has another check.
    ssize_t written = pwrite(file, &record, sizeof record, 0);
    (void)written;
    close(file);
}

static bool make_digest(int file, uint64_t byte_count, uint8_t digest[32]) {
    void *bytes = mmap(NULL, byte_count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (bytes == MAP_FAILED) return false;
    wasmc_sha256(bytes, byte_count, digest);
    munmap(bytes, byte_count);
    return true;
}

bool wasmc_cache_digest_file(
    const char *directory, int file, uint64_t byte_count, uint32_t seconds_of_rest, uint8_t digest[32]) {
    identity before, after;
    char path[2 * WASMC_CACHE_PATH_BYTES], reason[512];
    if (!byte_count) return false;
    bool can_know = byte_count >= LEAST_BYTES && keeps_times(file) && identify(file, &before)
        && before.byte_count == byte_count && record_path(directory, &before, path, sizeof path)
        && wasmc_cache_check(directory, reason, sizeof reason) == WASMC_CACHE_HIT;
    if (can_know && find(path, &before, digest)) return true;
    bool rests = can_know && time(NULL) - before.changed >= seconds_of_rest && !fsync(file);
    if (!make_digest(file, byte_count, digest)) return false;
    if (rests && identify(file, &after) && !memcmp(&before, &after, sizeof before)) note(path, &before, digest);
    return true;
}
