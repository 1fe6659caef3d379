// Opening a FIFO, which waits until its other end is open, too.
//
// Invariant: the kernel is never asked to wait for the other end, because nothing but a signal would end that. The
// waits here are short and beside the store's wake file, so a guest that is interrupted leaves them at once. A writer
// that waits holds no file; a reader holds the FIFO, which lets writers in, and a pipe of its own.

#include "fifo.h"

#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { LONGEST_PAUSE = 16 };  // milliseconds: what the other end's coming may go unnoticed

// Waits for `file`, or for a while: the next one is longer. True when `file` can be read, or was hung up.
static bool pause_beside(wasmc_instance *caller, int file, int *milliseconds) {
    struct pollfd files[] = {{file, POLLIN, 0}, {wasmc_wake_file(caller->store), POLLIN, 0}};
    bool has_changed = poll(files, 2, *milliseconds) > 0 && files[0].revents;
    *milliseconds = *milliseconds < LONGEST_PAUSE ? *milliseconds * 2 : LONGEST_PAUSE;
    return has_changed;
}

static bool is_fifo(wasmc_wasi *context, int directory, const char *path, bool follows_last) {
    int file;
    struct stat status;
    if (wasmc_open_beneath(context, directory, path, O_PATH, follows_last, &file)) return false;
    bool is = fstat(file, &status) == 0 && S_ISFIFO(status.st_mode);
    close(file);
    return is;
}

uint32_t wasmc_open_fifo_for_writing(
    wasmc_wasi *context, wasmc_instance *caller, int directory, const char *path, int flags, bool follows_last,
    int *file) {
    uint32_t error = WASI_NXIO;
    for (int pause = 1; error == WASI_NXIO && is_fifo(context, directory, path, follows_last);) {
        pause_beside(caller, -1, &pause);
        if (wasmc_is_interrupted(caller->store)) return WASI_INTR;
        // The FIFO is there; if someone removes it meanwhile, nothing takes its place.
        error = wasmc_open_beneath(context, directory, path, flags & ~(O_CREAT | O_EXCL), follows_last, file);
    }
    return error;
}

uint32_t wasmc_await_fifo_writer(wasmc_instance *caller, int file) {
    int copies[2];
    if (pipe2(copies, O_CLOEXEC | O_NONBLOCK)) return wasmc_wasi_errno(errno);
    // Copying a byte takes none out of the FIFO. It copies nothing exactly if there is no writer: with one that has not
    // written it fails. A writer that came and went shows itself by hanging up.
    bool has_writer = false;
    for (int pause = 1; !has_writer && !wasmc_is_interrupted(caller->store);)
        has_writer = tee(file, copies[1], 1, SPLICE_F_NONBLOCK) != 0 || pause_beside(caller, file, &pause);
    close(copies[0]);
    close(copies[1]);
    return has_writer ? WASI_OK : WASI_INTR;
}
