// `wasmc run` for a module whose code is in the cache, and for one that is precompiled. Whatever is not plain is left
// to the compiler: other options, other kinds of files, a cache that needs attention.

#include "launcher.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct options {
    int first;  // index of the first option
    int file;   // index of the module's path
    bool is_precompiled;
} options;

// The value of `name` at `*index`, in either form; null when it is another argument. Moves on to the value.
static const char *value(const char *name, int count, char **arguments, int *index) {
    size_t length = strlen(name);
    const char *argument = arguments[*index];
    if (strncmp(argument, name, length)) return NULL;
    if (argument[length] == '=') return argument + length + 1;
    if (argument[length] || *index + 1 >= count || arguments[*index + 1][0] == '-') return NULL;
    return arguments[++*index];
}

static bool is_named_before(int end, char **arguments, const char *variable) {
    size_t count = strcspn(variable, "=") + 1;
    for (int i = 2; i < end; i++) {
        const char *earlier = value("--env", end, arguments, &i);
        if (earlier && !strncmp(earlier, variable, count)) return true;
    }
    return false;
}

// Whether an option of this command is after the module, where it is the program's: the compiler says so on a
// terminal.
static bool has_misplaced_option(int count, char **arguments, int file) {
    if (!isatty(STDERR_FILENO)) return false;
    for (int i = file + 1; i < count; i++)
        if (!strncmp(arguments[i], "--", 2)) return true;
    return false;
}

// False when an argument before the module's path is not one of those that are known here.
static bool parse(int count, char **arguments, options *options) {
    *options = (struct options){.first = 2};
    for (int i = 2; i < count; i++) {
        if (arguments[i][0] != '-') {
            options->file = i;
            return !has_misplaced_option(count, arguments, i);
        }
        int start = i;
        const char *variable = value("--env", count, arguments, &i);
        // Of two values for one name the last counts.
        if (variable && is_named_before(start, arguments, variable)) return false;
        if (variable ? strchr(variable, '=') > variable : value("--dir", count, arguments, &i) != NULL) continue;
        if (strcmp(arguments[i], "--precompiled")) return false;
        options->is_precompiled = true;
    }
    return false;
}

// host::guest[:ro]; what is not of this form is left to the compiler, which says so.
static bool add_directory(wasmc_wasi *context, const char *text) {
    char names[4096];
    size_t length = strlen(text);
    bool is_read_only = length > 3 && !strcmp(text + length - 3, ":ro");
    if (is_read_only) length -= 3;
    if (length >= sizeof names) return false;
    memcpy(names, text, length);
    names[length] = 0;
    char *separator = strstr(names, "::");
    const char *guest = separator ? separator + 2 : names;
    if (separator) *separator = 0;
    return *names && *guest && wasmc_wasi_preopen(context, names, guest, is_read_only);
}

static wasmc_wasi *make_context(const options *options, int count, char **arguments) {
    wasmc_wasi *context = wasmc_wasi_create();
    bool is_complete = context && wasmc_wasi_add_file(context, 0, true, false)
        && wasmc_wasi_add_file(context, 1, false, true) && wasmc_wasi_add_file(context, 2, false, true);
    for (int i = options->file; is_complete && i < count; i++)
        is_complete = wasmc_wasi_add_argument(context, arguments[i]);
    for (int i = options->first; is_complete && i < options->file; i++) {
        const char *variable = value("--env", count, arguments, &i);
        const char *directory = variable ? NULL : value("--dir", count, arguments, &i);
        if (variable) is_complete = wasmc_wasi_add_variable(context, variable);
        if (directory) is_complete = add_directory(context, directory);
    }
    if (is_complete) return context;
    if (context) wasmc_wasi_destroy(context);
    return NULL;
}

// The cached code of a module in the binary format.
static wasmc_module *find_in_cache(int file, uint64_t byte_count, const char *compiler) {
    // The code in the cache has guard pages, for which there may be no room.
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur != RLIM_INFINITY) return NULL;
    char directory[WASMC_CACHE_PATH_BYTES], identity[128], reason[512];
    uint8_t digest[32];
    if (!wasmc_cache_directory(directory) || !wasmc_file_identity(compiler, identity, sizeof identity)
        || !wasmc_cache_digest_file(directory, file, byte_count, WASMC_SECONDS_OF_REST, digest))
        return NULL;
    wasmc_cache_key key;
    wasmc_cache_find_digest(digest, WASMC_CACHE_DEFAULT_SETTINGS, identity, &key);
    wasmc_module *module = NULL;
    wasmc_cache_state state = wasmc_cache_load(directory, &key, &module, reason, sizeof reason);
    // Of an entry that is broken the compiler says so.
    return state == WASMC_CACHE_ABSENT ? load_in_tiers(directory, &key, identity, compiler) : module;
}

void run_compiled_module(int count, char **arguments, const char *compiler) {
    options options;
    if (count < 3 || strcmp(arguments[1], "run") || !parse(count, arguments, &options)) return;
    const char *path = arguments[options.file];
    // A pipe is opened once, by who reads it: its writer would see a reader come and go.
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode)) return;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return;
    char message[512];
    wasmc_module *module = NULL;
    if (!fstat(file, &status) && S_ISREG(status.st_mode))
        module = options.is_precompiled
            ? wasmc_module_map(file, 0, (uint64_t)status.st_size, false, message, sizeof message)
            : find_in_cache(file, (uint64_t)status.st_size, compiler);
    close(file);
    // Whoever can say more about a failure says it.
    if (!module) return;
    wasmc_wasi *context =
        wasmc_program_can_run(module, message, sizeof message) ? make_context(&options, count, arguments) : NULL;
    if (!context) {
        wasmc_module_release(module);
        return;
    }
    compile_in_background();
    run_program(module, context, path);
}
