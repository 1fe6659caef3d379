// What wasi_unstable does otherwise: the numbers of fd_seek's origins, and the layouts of a file's status and of a clock's
// subscription.
//
// Invariant: these are the preview 1 functions with another way to read and write records, not second versions.

#include "context.h"

int32_t unstable_fd_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t unstable_fd_seek(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t unstable_path_filestat_get(void *data, wasmc_instance *caller, wasmc_value *values);
int32_t unstable_poll_oneoff(void *data, wasmc_instance *caller, wasmc_value *values);

static const wasmc_wasi_function functions[] = {
    {"fd_filestat_get", "ii", "i", unstable_fd_filestat_get},
    {"fd_seek", "iIii", "i", unstable_fd_seek},
    {"path_filestat_get", "iiiii", "i", unstable_path_filestat_get},
    {"poll_oneoff", "iiii", "i", unstable_poll_oneoff},
    {0},
};

const wasmc_wasi_function *wasmc_wasi_unstable_functions(void) { return functions; }
