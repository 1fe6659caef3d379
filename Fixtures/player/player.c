// Plays scripts on machines that only an emulator runs: reads commands, one a line, does what they say with modules
// that were compiled before, and writes a line for each: "returned" with the results' words, "trap" with its text,
// "exception", or "refused" with a reason.
//   load NUMBER FILE                   instantiates a module; what it imports was registered
//   register NUMBER NAME
//   call NUMBER NAME WORDS...          an exported function; two words for each argument
//   get NUMBER NAME                    an exported global
// Names are in hexadecimal digits, behind an x; so are words. Whoever writes the commands has checked types.

#include "wasmc_program.h"
#include "wasmc_runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INSTANCES = 4096, MOST_VALUES = 1024, LONGEST_LINE = 1 << 20 };

static wasmc_store *store;
static wasmc_instance *instances[INSTANCES];
static struct {
    char *name;
    wasmc_instance *instance;
} registered[INSTANCES];
static int registered_count;

static _Noreturn void fail(const char *reason) {
    fprintf(stderr, "player: %s\n", reason);
    exit(70);
}

// In place: digits become bytes, which are no longer than they.
static char *name_of(char *word, size_t *length) {
    if (!word || *word++ != 'x') fail("a name is missing");
    *length = strlen(word) / 2;
    for (size_t i = 0; i < *length; i++) {
        char digits[3] = {word[2 * i], word[2 * i + 1], 0};
        word[i] = (char)strtoul(digits, NULL, 16);
    }
    word[*length] = 0;
    return word;
}

static bool is(const wasmc_module *module, wasmc_span span, const char *name, size_t length) {
    return span.count == length && !memcmp(wasmc_at(module, span.offset), name, length);
}

static const wasmc_export *export_of(const wasmc_instance *instance, const char *name, size_t length, uint8_t kind) {
    const wasmc_module *module = instance->module;
    const wasmc_export *exports = wasmc_at(module, module->artifact->exports.offset);
    for (uint32_t i = 0; i < module->artifact->exports.count; i++)
        if (exports[i].type.kind == kind && is(module, exports[i].name, name, length)) return &exports[i];
    return NULL;
}

static void *place(wasmc_instance *instance, const wasmc_export *export) {
    char *place = (char *)instance + export->instance_offset;
    return export->type.kind == 0 ? (void *)place : *(void **)place;
}

static void tell(wasmc_outcome outcome) {
    if (outcome == WASMC_RETURNED) printf("returned");
    else if (outcome == WASMC_EXCEPTION) printf("exception");
    else if (outcome >= WASMC_TRAP_UNREACHABLE) printf("trap %s", wasmc_trap_text(outcome));
    else printf("refused: outcome %d", outcome);
}

// ---- Commands -----------------------------------------------------------------------------------------------------

static wasmc_module *module_in(const char *path, char *message, size_t size) {
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status)) fail(path);
    wasmc_module *module = wasmc_module_map(file, 0, (uint64_t)status.st_size, true, message, size);
    close(file);
    return module;
}

static void *found(const wasmc_module *module, const wasmc_import *import) {
    const char *name = wasmc_at(module, import->module.offset);
    for (int i = registered_count - 1; i >= 0; i--) {
        if (strlen(registered[i].name) != import->module.count
            || memcmp(registered[i].name, name, import->module.count))
            continue;
        const wasmc_export *export = export_of(
            registered[i].instance, wasmc_at(module, import->name.offset), import->name.count, import->type.kind);
        return export ? place(registered[i].instance, export) : NULL;
    }
    return NULL;
}

static void load(int number, const char *path) {
    char message[1024];
    instances[number] = NULL;
    wasmc_module *module = module_in(path, message, sizeof message);
    if (!module) {
        printf("refused: %s\n", message);
        return;
    }
    static void *imported[5][MOST_VALUES];
    uint32_t counts[5] = {0};
    const wasmc_import *imports = wasmc_at(module, module->artifact->imports.offset);
    for (uint32_t i = 0; i < module->artifact->imports.count; i++) {
        uint8_t kind = imports[i].type.kind;
        void *import = found(module, &imports[i]);
        if (!import || counts[kind] == MOST_VALUES) {
            printf("refused: an import is missing\n");
            return;
        }
        imported[kind][counts[kind]++] = import;
    }
    wasmc_imports all = {
        .functions = (const wasmc_function *const *)imported[0],
        .tables = (wasmc_table *const *)imported[1],
        .memories = (wasmc_memory *const *)imported[2],
        .globals = (wasmc_value *const *)imported[3],
        .tags = (wasmc_tag *const *)imported[4],
    };
    wasmc_instance *instance = wasmc_instance_create(store, module, &all, message, sizeof message);
    if (!instance) {
        printf("refused: %s\n", message);
        return;
    }
    wasmc_result result;
    wasmc_instance_initialize(instance, &result);
    if (result.outcome == WASMC_RETURNED) instances[number] = instance;
    tell(result.outcome);
    printf("\n");
}

static void tell_values(const wasmc_value *values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        printf(" %llx %llx", (unsigned long long)values[i].words[0], (unsigned long long)values[i].words[1]);
    printf("\n");
}

static void call(wasmc_instance *instance, const char *name, size_t length) {
    const wasmc_export *export = instance ? export_of(instance, name, length, 0) : NULL;
    static wasmc_value values[MOST_VALUES];
    memset(values, 0, sizeof values);
    for (int i = 0; i < 2 * MOST_VALUES; i++) {
        const char *word = strtok(NULL, " ");
        if (!word) break;
        values[i / 2].words[i % 2] = strtoull(word, NULL, 16);
    }
    if (!export) {
        printf("refused: no such function\n");
        return;
    }
    const wasmc_module *module = instance->module;
    const wasmc_function_type *types = wasmc_at(module, module->artifact->function_types.offset);
    wasmc_result result;
    wasmc_call(store, place(instance, export), values, &result);
    tell(result.outcome);
    tell_values(values, result.outcome == WASMC_RETURNED ? types[export->type.function_type].results.count : 0);
}

static void get(wasmc_instance *instance, const char *name, size_t length) {
    const wasmc_export *export = instance ? export_of(instance, name, length, 3) : NULL;
    printf(export ? "returned" : "refused: no such global");
    tell_values(export ? place(instance, export) : NULL, export ? 1 : 0);
}

int main(void) {
    static char line[LONGEST_LINE];
    store = wasmc_store_create();
    if (!store) fail("no memory is left");
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        const char *command = strtok(line, " "), *digits = strtok(NULL, " ");
        char *word = strtok(NULL, " ");
        size_t length = 0;
        int number = digits ? atoi(digits) : -1;
        if (!word || number < 0 || number >= INSTANCES) fail("a command is not complete");
        if (!strcmp(command, "load")) {
            load(number, word);
        } else if (!strcmp(command, "register")) {
            if (registered_count == INSTANCES || !instances[number]) fail("nothing can be registered");
            registered[registered_count].instance = instances[number];
            registered[registered_count++].name = strdup(name_of(word, &length));
            printf("returned\n");
        } else if (!strcmp(command, "call")) {
            const char *name = name_of(word, &length);
            call(instances[number], name, length);
        } else if (!strcmp(command, "get")) {
            const char *name = name_of(word, &length);
            get(instances[number], name, length);
        } else {
            fail("no such command");
        }
        fflush(stdout);
    }
    return 0;
}
