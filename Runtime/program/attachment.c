// What lies at the end of a stand-alone executable.
//
// Invariant: a part that an attachment names lies in the file in front of it.

#include "wasmc_program.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool wasmc_attachment_read(int file, wasmc_attachment *attachment) {
    struct stat status;
    if (fstat(file, &status) || status.st_size < (off_t)sizeof *attachment) return false;
    uint64_t end = (uint64_t)status.st_size - sizeof *attachment;
    if (pread(file, attachment, sizeof *attachment, (off_t)end) != sizeof *attachment) return false;
    if (memcmp(attachment->magic, WASMC_ATTACHMENT_MAGIC, sizeof attachment->magic)) return false;
    return attachment->artifact_offset <= end && attachment->artifact_byte_count <= end - attachment->artifact_offset
        && attachment->directories_offset <= end
        && attachment->directories_byte_count <= end - attachment->directories_offset;
}
