// The command `wasmc`, and the start of every stand-alone executable: a static program without Swift or LLVM, so that
// what is compiled already starts as fast as a native program. All else is done by `wasmc-compiler`, which lies beside
// it.

#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

// Makes closed standard streams ones that refuse everything: a file that is opened must not get their numbers.
static void reserve_streams(void) {
    for (int stream = 0; stream < 3; stream++)
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF) open("/dev/null", stream ? O_RDONLY : O_WRONLY);
}

// Whether an argument in the place of a command is a module: `wasmc FILE` is short for `wasmc run FILE`. No command has
// a dot or a slash in its name.
static bool is_file(const char *argument) {
    return !strcmp(argument, "-") || (argument[0] != '-' && strpbrk(argument, "./"));
}

// The arguments with "run" in front of a module; null when no memory is left.
static char **with_command(int *count, char **arguments) {
    if (*count < 2 || !is_file(arguments[1])) return arguments;
    char **longer = malloc(((size_t)*count + 2) * sizeof *longer);
    if (!longer) return NULL;
    longer[0] = arguments[0];
    longer[1] = "run";
    memcpy(longer + 2, arguments + 1, (size_t)*count * sizeof *longer);
    *count += 1;
    return longer;
}

// There is no compiler to hand over to: this is not where `wasmc` lies, or it is a stand-alone executable without its
// program.
static _Noreturn void fail_without_compiler(const char *subject, const char *compiler, bool is_readable) {
    char reason[5000];
    int error = errno;
    if (!is_readable)
        snprintf(
            reason, sizeof reason,
            "the executable may be run but not read, and its program lies in it: make it readable");
    else
        snprintf(
            reason, sizeof reason,
            "no program is attached to this executable (if one was, the end of the file is damaged or missing), and "
            "the compiler %s "
            "cannot be started: %s",
            compiler, strerror(error));
    fail(subject, reason);
}

int main(int argument_count, char **arguments) {
    reserve_streams();
    const char *subject = argument_count > 0 ? arguments[0] : "wasmc";
    bool is_readable = run_attached_program(argument_count, arguments);
    char compiler[4096];
    if (!find_compiler(compiler, sizeof compiler))
        fail("wasmc", "/proc/self/exe cannot be read, so the compiler cannot be found");
    arguments = with_command(&argument_count, arguments);
    if (!arguments) fail("wasmc", "no memory is left");
    run_compiled_module(argument_count, arguments, compiler);
    execv(compiler, arguments);
    fail_without_compiler(subject, compiler, is_readable);
}
