// Stand-alone executables: this program with an artifact at its end.

#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

// This executable; there may be no /proc where it runs.
static int open_self(void) {
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const char *path = (const char *)getauxval(AT_EXECFN);
    return file < 0 && path ? open(path, O_RDONLY | O_CLOEXEC) : file;
}

static char *read_directories(int file, const wasmc_attachment *attachment) {
    char *text = malloc(attachment->directories_byte_count + 1);
    ssize_t count =
        text ? pread(file, text, attachment->directories_byte_count, (off_t)attachment->directories_offset) : -1;
    if (count < 0 || (uint64_t)count != attachment->directories_byte_count) return NULL;
    text[count] = 0;
    return text;
}

static void add_directories(wasmc_wasi *context, int file, const wasmc_attachment *attachment, const char *subject) {
    const char *next = read_directories(file, attachment);
    if (!next) fail(subject, "its directories cannot be read");
    for (const char *end = next + attachment->directories_byte_count; next < end;) {
        const char *host = next, *guest = host + strlen(host) + 1;
        const char *rights = guest < end ? guest + strlen(guest) + 1 : end;
        if (rights >= end) fail(subject, "its directories are damaged");
        next = rights + strlen(rights) + 1;
        if (wasmc_wasi_preopen(context, host, guest, !strcmp(rights, WASMC_ATTACHMENT_READ_ONLY))) continue;
        char reason[4400];
        snprintf(reason, sizeof reason, "the directory %s cannot be opened for the program: %s", host, strerror(errno));
        fail(subject, reason);
    }
}

bool run_attached_program(int argument_count, char **arguments) {
    wasmc_attachment attachment;
    int file = open_self();
    if (file < 0) return false;
    if (!wasmc_attachment_read(file, &attachment)) {
        close(file);
        return true;
    }
    const char *subject = argument_count > 0 ? arguments[0] : "the program";
    char message[256];
    wasmc_module *module = wasmc_module_map(
        file, attachment.artifact_offset, attachment.artifact_byte_count, false, message, sizeof message);
    if (!module) fail(subject, message);
    wasmc_wasi *context = wasmc_wasi_create();
    bool is_complete = context && wasmc_wasi_add_file(context, 0, true, false)
        && wasmc_wasi_add_file(context, 1, false, true) && wasmc_wasi_add_file(context, 2, false, true);
    for (int i = 0; is_complete && i < argument_count; i++)
        is_complete = wasmc_wasi_add_argument(context, arguments[i]);
    for (char **variable = environ; is_complete && *variable; variable++)
        is_complete = wasmc_wasi_add_variable(context, *variable);
    if (!is_complete) fail(subject, "no memory is left");
    add_directories(context, file, &attachment, subject);
    close(file);
    run_program(module, context, subject);
}
