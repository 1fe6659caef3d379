// Reads what earlier runs of a module compiled: see wasmc_cache.h.
//
// Invariant: a batch is used only when all that its checksum covers is what was written, and its file is this user's
// alone and has the name that it was made with: that says of which module the code is, and how it was compiled. Nothing
// is executable before all batches have been found so. Only whole batches are looked at in the mapping: what is behind
// them may be cut off at any time.

#include "files.h"
#include "wasmc_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK 0x7470656b6d736177u  // "wasmkept"
// Of what the checksum does not cover: the mark and the checksum.
#define UNCOVERED_BYTES 16
// Where pages are larger, batches cannot be mapped, and are compiled again.
#define PAGE_BYTES 4096
// The first page is the mark, the file's name and zeros: in its place the mapping has the externals' addresses.
#define START_BYTES WASMC_KEPT_CODE_START_BYTES

// What stands before a batch. Then come the functions, and each loop's function and number, then the code at the next
// page, then zeros up to 8 bytes. All numbers are little-endian and have 8 bytes.
typedef struct header {
    uint64_t mark;
    uint64_t checksum;
    uint64_t function_count;
    uint64_t loop_count;
    uint64_t code_byte_count;
} header;

static uint64_t code_offset(const header *header, uint64_t offset) {
    uint64_t end = offset + sizeof *header + (header->function_count + 2 * header->loop_count) * 8;
    return (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static uint64_t end_offset(const header *header, uint64_t offset) {
    return (code_offset(header, offset) + header->code_byte_count + 7) / 8 * 8;
}

// False where the file ends before the batch does, or has something else.
static bool read_header(int file, uint64_t offset, uint64_t byte_count, header *header) {
    if (byte_count - offset < sizeof *header
        || pread(file, header, sizeof *header, (off_t)offset) != (ssize_t)sizeof *header)
        return false;
    return header->mark == MARK && header->function_count <= byte_count / 8 && header->loop_count <= byte_count / 16
        && header->code_byte_count <= byte_count && end_offset(header, offset) <= byte_count;
}

void wasmc_kept_code_start(const char *path, uint8_t start[START_BYTES]) {
    const uint64_t mark = MARK;
    const char *slash = strrchr(path, '/');
    memset(start, 0, START_BYTES);
    memcpy(start, &mark, sizeof mark);
    snprintf((char *)start + sizeof mark, START_BYTES - sizeof mark, "%s", slash ? slash + 1 : path);
}

// Read, not looked at in the mapping: a file that has another start is made anew by whoever appends.
static bool has_start(int file, const char *path) {
    uint8_t found[START_BYTES], wanted[START_BYTES];
    wasmc_kept_code_start(path, wanted);
    return pread(file, found, sizeof found, 0) == (ssize_t)sizeof found && !memcmp(found, wanted, sizeof found);
}

uint64_t wasmc_kept_code_end(const char *path, int file, uint64_t byte_count) {
    if (!has_start(file, path)) return 0;
    uint64_t end = START_BYTES;
    for (header header; read_header(file, end, byte_count, &header);) end = end_offset(&header, end);
    return end;
}

// Up to where there are whole batches; 0 when one of them is damaged.
static uint64_t undamaged_end(const wasmc_kept_code *kept, const char *path, uint64_t byte_count) {
    if (!has_start(kept->file, path)) return 0;
    uint64_t end = START_BYTES;
    for (header header; read_header(kept->file, end, byte_count, &header);) {
        uint64_t start = end + UNCOVERED_BYTES;
        end = end_offset(&header, end);
        if (wasmc_checksum(kept->bytes + start, end - start) != header.checksum) return 0;
    }
    return end;
}

bool wasmc_kept_code_open(const char *path, bool wants_code, wasmc_kept_code *kept) {
    // Without O_NONBLOCK a FIFO in the file's place would wait for a writer.
    *kept = (wasmc_kept_code){.file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), .next = START_BYTES};
    struct stat status;
    if (kept->file < 0) return false;
    if (!fstat(kept->file, &status) && S_ISREG(status.st_mode) && wasmc_is_private(&status)
        && status.st_size > START_BYTES) {
        kept->mapped_byte_count = (uint64_t)status.st_size;
        void *bytes = mmap(NULL, kept->mapped_byte_count, PROT_READ, MAP_PRIVATE | MAP_POPULATE, kept->file, 0);
        kept->bytes = bytes == MAP_FAILED ? NULL : bytes;
    }
    if (kept->bytes) {
        kept->end = undamaged_end(kept, path, kept->mapped_byte_count);
        // So that what is compiled again can be kept.
        if (!kept->end && wasmc_kept_code_end(path, kept->file, kept->mapped_byte_count)) (void)unlink(path);
    }
    if (kept->end > START_BYTES) {
        (void)futimens(kept->file, NULL);
        if (wants_code && sysconf(_SC_PAGESIZE) == PAGE_BYTES)
            kept->mapping = wasmc_mapping_create(kept->bytes, kept->mapped_byte_count, kept->end);
        return true;
    }
    wasmc_kept_code_close(kept);
    return false;
}

static wasmc_module *module_of(const wasmc_kept_code *kept, const header *header) {
    char message[256];
    if (!kept->mapping) return NULL;
    uint64_t offset = code_offset(header, kept->next);
    return wasmc_module_use(kept->mapping, offset, header->code_byte_count, message, sizeof message);
}

bool wasmc_kept_code_next(wasmc_kept_code *kept, wasmc_kept_batch *batch) {
    if (kept->next >= kept->end) return false;
    const header *header = (const struct header *)(kept->bytes + kept->next);
    const uint64_t *numbers = (const uint64_t *)(header + 1);
    *batch = (wasmc_kept_batch){
        .functions = numbers,
        .function_count = header->function_count,
        .loops = numbers + header->function_count,
        .loop_count = header->loop_count,
        .code = module_of(kept, header),
    };
    kept->next = end_offset(header, kept->next);
    return true;
}

void wasmc_kept_code_close(wasmc_kept_code *kept) {
    if (kept->mapping) wasmc_mapping_release(kept->mapping);
    else if (kept->bytes) munmap(kept->bytes, kept->mapped_byte_count);
    close(kept->file);
}
