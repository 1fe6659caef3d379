// fd_readdir.
//
// The kernel's positions in a directory are hashes of 63 bits on some file systems, and a guest's `telldir` has room
// for 31. So a cookie is the number of entries up to there, and the descriptor keeps the kernel's position for each.
//
// Invariant: a cookie from a guest is looked up among the positions that were kept, and all of a context's together are
// limited; the listing goes into memory that was checked.

#include "context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// What the kernel writes.
typedef struct kernel_entry {
    uint64_t inode;
    int64_t next;
    uint16_t byte_count;
    uint8_t type;
    char name[];
} kernel_entry;

static uint8_t entry_type(int directory, const kernel_entry *entry) {
    static const uint8_t types[16] = {[DT_BLK] = 1, [DT_CHR] = 2,  [DT_DIR] = 3,
                                      [DT_REG] = 4, [DT_SOCK] = 6, [DT_LNK] = 7};
    struct stat status;
    if (entry->type != DT_UNKNOWN || fstatat(directory, entry->name, &status, AT_SYMLINK_NOFOLLOW))
        return types[entry->type & 15];
    return wasmc_file_type(-1, status.st_mode);
}

// As much of an entry as fits; its last part may be cut off, which tells the guest that there is more.
static uint32_t put_entry(uint8_t *out, uint32_t space, int directory, const kernel_entry *entry, uint64_t cookie) {
    struct {
        uint64_t next, inode;
        uint32_t length;
        uint8_t type, padding[3];
    } head = {cookie, entry->inode, (uint32_t)strlen(entry->name), entry_type(directory, entry), {0}};
    uint32_t head_part = space < sizeof head ? space : (uint32_t)sizeof head;
    uint32_t name_part = space - head_part < head.length ? space - head_part : head.length;
    memcpy(out, &head, head_part);
    memcpy(out + head_part, entry->name, name_part);
    return head_part + name_part;
}

// The places in the list grow as powers of two.
static bool keep_position(wasmc_wasi *context, descriptor *directory, uint64_t cookie, int64_t position) {
    uint32_t index = (uint32_t)cookie - 1, count = directory->position_count;
    if (index == count) {
        if (context->position_count == POSITION_LIMIT) return false;
        if ((count & (count - 1)) == 0) {
            int64_t *grown = realloc(directory->positions, (count ? (size_t)count * 2 : 1) * sizeof *grown);
            if (!grown) return false;
            directory->positions = grown;
        }
        directory->position_count++;
        context->position_count++;
    }
    directory->positions[index] = position;
    return true;
}

WASI_FUNCTION(fd_readdir) {
    descriptor *found;
    uint32_t error = wasmc_find_directory(CONTEXT, U32(0), RIGHT_FD_READDIR, &found);
    if (error) ANSWER(error);
    uint32_t space = U32(2), used = 0;
    uint8_t *out = wasmc_guest_bytes(caller, U32(1), space);
    if (!out || !wasmc_guest_bytes(caller, U32(4), 4)) ANSWER(WASI_FAULT);
    uint64_t cookie = U64(3);
    if (cookie > found->position_count) ANSWER(WASI_INVAL);
    if (lseek(found->file, cookie ? found->positions[cookie - 1] : 0, SEEK_SET) < 0) ANSWER(wasmc_wasi_errno(errno));
    _Alignas(kernel_entry) char entries[32768];
    while (used < space) {
        // The kernel's entries are about as long as WASI's: asking for what fits reads hardly any entry twice. One
        // entry needs up to 280 bytes.
        uint32_t wanted = space - used < 512 ? 512 : space - used < sizeof entries ? space - used : sizeof entries;
        long count = syscall(SYS_getdents64, found->file, entries, wanted);
        if (count < 0) ANSWER(wasmc_wasi_errno(errno));
        if (wasmc_is_interrupted(caller->store)) ANSWER(WASI_INTR);
        if (count == 0) break;
        for (long at = 0; at < count && used < space;) {
            const kernel_entry *entry = (const kernel_entry *)(entries + at);
            if (!keep_position(CONTEXT, found, ++cookie, entry->next)) ANSWER(WASI_NOMEM);
            used += put_entry(out + used, space - used, found->file, entry, cookie);
            at += entry->byte_count;
        }
    }
    wasmc_store_u32(caller, U32(4), used);
    ANSWER(WASI_OK);
}

const wasmc_wasi_function wasmc_wasi_directory_functions[] = {{"fd_readdir", "iiiIi", "i", fd_readdir}, {0}};
