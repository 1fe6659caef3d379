// The command `wasmc`, and the start of every stand-alone executable: a static program without Swift or LLVM, so that
// what is compiled already starts as fast as a native program. All else is done by `wasmc-compiler`, which lies beside it.

#include "launcher.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Noreturn void fail(const char *subject, const char *reason) {
    dprintf(STDERR_FILENO, "Error: %s: %s\n", subject, reason);
    _exit(WASMC_STATUS_FAILED);
}

_Noreturn void run_program(wasmc_module *module, wasmc_wasi *world, const char *subject) {
    char message[8192];
    int status = wasmc_program_run(module, world, message, sizeof message);
    if (message[0] && status == WASMC_STATUS_FAILED) fail(subject, message);
    if (message[0]) dprintf(STDERR_FILENO, "%s\n", message);
    _exit(status);
}

// The compiler's path: this executable's folder, another name.
static bool find_compiler(char *path, size_t size) {
    static const char name[] = "wasmc-compiler";
    ssize_t length = readlink("/proc/self/exe", path, size);
    if (length <= 0 || (size_t)length + sizeof name >= size) return false;
    path[length] = 0;
    char *slash = strrchr(path, '/');
    if (!slash) return false;
    memcpy(slash + 1, name, sizeof name);
    return true;
}

int main(int argument_count, char **arguments) {
    run_attached_program(argument_count, arguments);
    char compiler[4096];
    if (!find_compiler(compiler, sizeof compiler)) fail("wasmc", "/proc/self/exe cannot be read, so the compiler cannot be found");
    run_compiled_module(argument_count, arguments, compiler);
    execv(compiler, arguments);
    perror(compiler);
    return WASMC_STATUS_FAILED;
}
