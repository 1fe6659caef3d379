// The functions of wasi_snapshot_preview1 and of wasi_unstable, as lists.
//
// Invariant: the functions of wasi_unstable are those of preview 1 with another way to read and write records, not
// second versions: the numbers of fd_seek's origins, and the layouts of a file's status and of a clock's subscription.

#include "context.h"

const wasmc_wasi_function *wasmc_wasi_functions(size_t family) {
    static const wasmc_wasi_function *const families[] = {
        wasmc_wasi_argument_functions,   wasmc_wasi_clock_functions,    wasmc_wasi_random_functions,
        wasmc_wasi_descriptor_functions, wasmc_wasi_transfer_functions, wasmc_wasi_file_functions,
        wasmc_wasi_directory_functions,  wasmc_wasi_path_functions,     wasmc_wasi_poll_functions,
        wasmc_wasi_process_functions,    wasmc_wasi_socket_functions,
    };
    return family < sizeof families / sizeof *families ? families[family] : NULL;
}

static const wasmc_wasi_function unstable_functions[] = {
    {"fd_filestat_get", "ii", "i", wasmc_wasi_unstable_fd_filestat_get},
    {"fd_seek", "iIii", "i", wasmc_wasi_unstable_fd_seek},
    {"path_filestat_get", "iiiii", "i", wasmc_wasi_unstable_path_filestat_get},
    {"poll_oneoff", "iiii", "i", wasmc_wasi_unstable_poll_oneoff},
    {0},
};

const wasmc_wasi_function *wasmc_wasi_unstable_functions(void) { return unstable_functions; }
