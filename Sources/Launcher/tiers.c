// A program whose code is not all optimized, or not all there: it starts with what earlier runs compiled. A process of
// the compiler is started when a function is called that has no code, and when the program has run for a while and
// something is hot.
//
// Invariant: code comes from the user's own cache, and from the compiler beside this executable, whose build made the
// cache's; the compiler has the module from the cache, too, so that it is the one whose code runs.

#include "launcher.h"

#include "wasmc_cache.h"
#include "wasmc_child.h"
#include "wasmc_provider.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// The compiler takes longer to start than what programs that end before could gain.
#define MILLISECONDS_BEFORE_HOT_CODE 50
// A process that ends early is started again; not for ever.
#define MOST_STARTS 3

enum { ASKED_FOR_FUNCTION = 1, ASKED_FOR_LOOP = 2 };

// There is one program, and one thread that runs it.
static struct {
    wasmc_module *module;
    const char *compiler;
    char directory[WASMC_CACHE_PATH_BYTES];
    char optimized_entry[WASMC_CACHE_NAME_BYTES];
    int source;
    wasmc_provider_setup setup;
    struct timespec start;
    uint8_t *asked;  // by function, for what is hot
    wasmc_child child;
    bool is_running;
    int starts;
    bool has_failed;
    char error[1200];
} tiers;

static bool start_compiler(void) {
    if (tiers.starts == MOST_STARTS) {
        snprintf(tiers.error, sizeof tiers.error, "the compiler's process ends again and again");
        return false;
    }
    tiers.starts++;
    int reason = wasmc_child_start(tiers.compiler, WASMC_PROVIDER_ARGUMENT, &tiers.child);
    if (reason) {
        snprintf(
            tiers.error, sizeof tiers.error, "the compiler's process %s cannot be started: %s", tiers.compiler,
            strerror(reason));
        return false;
    }
    tiers.is_running = true;
    // Who does not take it has ended, which is noticed where its answers are read.
    (void)wasmc_child_send_file(tiers.child.socket, &tiers.setup, sizeof tiers.setup, tiers.source);
    return true;
}

static void end_compiler(void) {
    (void)wasmc_child_release(&tiers.child);
    tiers.is_running = false;
    // What was not answered is asked again.
    memset(tiers.asked, 0, tiers.module->artifact->function_bodies.count);
}

// False when it cannot be sent now.
static bool ask(wasmc_code_question_kind kind, uint32_t function, uint32_t loop) {
    wasmc_code_question question = {WASMC_PROVIDER_MARK, kind, function, loop};
    return wasmc_child_send(tiers.child.socket, &question, sizeof question) == 0;
}

// Another loop of a function may be asked for when the one before has its code.
static void note_loops(const wasmc_module *code) {
    const wasmc_tiered_code *all = wasmc_at(code, code->artifact->tiered_code.offset);
    for (uint32_t i = 0; i < code->artifact->tiered_code.count; i++)
        if (all[i].loop != UINT32_MAX && all[i].function < tiers.module->artifact->function_bodies.count)
            tiers.asked[all[i].function] &= (uint8_t)~ASKED_FOR_LOOP;
}

static void take(int file, bool is_first) {
    struct stat status;
    wasmc_module *code = NULL;
    if (!fstat(file, &status))
        code = wasmc_module_map(file, 0, (uint64_t)status.st_size, false, tiers.error, sizeof tiers.error);
    if (!code) return;
    if (!is_first) note_loops(code);
    if (!(is_first ? wasmc_module_add_code : wasmc_module_replace_code)(tiers.module, code)) {
        snprintf(tiers.error, sizeof tiers.error, "no memory is left for the code");
        wasmc_module_release(code);
    }
}

typedef enum answer { NOTHING, CODE, AGAIN, NEVER } answer;

// Waits for what the compiler says, or with `can_ask` until it listens.
static answer receive(int milliseconds, bool can_ask) {
    struct pollfd ready = {.fd = tiers.child.socket, .events = (short)(POLLIN | (can_ask ? POLLOUT : 0))};
    if (poll(&ready, 1, milliseconds) <= 0 || !(ready.revents & ~POLLOUT)) return NOTHING;
    // Also what the process writes when something goes wrong with it.
    union {
        wasmc_code_answer answer;
        char text[4096];
    } message;
    int file;
    ssize_t count = wasmc_child_receive(tiers.child.socket, &message, sizeof message, &file);
    answer answer = NOTHING;
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        end_compiler();
    } else if (count == sizeof message.answer && message.answer.mark == WASMC_PROVIDER_MARK) {
        switch (message.answer.kind) {
        case WASMC_FIRST_CODE:
        case WASMC_HOT_CODE:
            take(file, message.answer.kind == WASMC_FIRST_CODE);
            answer = CODE;
            break;
        case WASMC_ASK_AGAIN: answer = AGAIN; break;
        case WASMC_NO_CODE:
            message.answer.text[sizeof message.answer.text - 1] = 0;
            snprintf(tiers.error, sizeof tiers.error, "%s", message.answer.text);
            answer = NEVER;
        }
    }
    if (file >= 0) close(file);
    return answer;
}

// Waits until the function has code.
static bool provide(void *host, void *store_host, uint32_t function) {
    (void)host, (void)store_host;
    tiers.error[0] = 0;
    for (bool is_asked = false; !wasmc_module_has_code(tiers.module, function);) {
        tiers.has_failed = tiers.error[0] || (!tiers.is_running && !start_compiler());
        if (tiers.has_failed) return false;
        if (!is_asked) is_asked = ask(WASMC_ASK_FIRST, function, UINT32_MAX);
        if (receive(-1, !is_asked) == AGAIN || !tiers.is_running) is_asked = false;
    }
    return true;
}

static bool is_early(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t nanoseconds = (int64_t)(now.tv_sec - tiers.start.tv_sec) * 1000000000 + (now.tv_nsec - tiers.start.tv_nsec);
    return nanoseconds < MILLISECONDS_BEFORE_HOT_CODE * (int64_t)1000000;
}

// The guest goes on; whoever is hot asks again, so that what has been made meanwhile is taken here.
static void request_hot_code(void *host, uint32_t function, uint32_t loop) {
    (void)host;
    while (tiers.is_running && receive(0, false) != NOTHING) {}
    uint8_t asked = loop == UINT32_MAX ? ASKED_FOR_FUNCTION : ASKED_FOR_LOOP;
    if (tiers.error[0] || tiers.asked[function] & asked) return;
    if (!tiers.is_running && (is_early() || !start_compiler())) return;
    if (ask(WASMC_ASK_HOT, function, loop)) tiers.asked[function] |= asked;
}

typedef struct warm_function {
    int64_t count;
    uint32_t function;
} warm_function;

static int compare_counts(const void *first, const void *second) {
    const warm_function *one = first, *other = second;
    return (one->count < other->count) - (one->count > other->count);
}

void request_warm_code(void) {
    // A program that needs no compiler leaves it no work.
    if (!tiers.is_running || tiers.error[0]) return;
    uint32_t count = tiers.module->artifact->function_bodies.count, used = 0;
    warm_function *warm = calloc(count + 1, sizeof *warm);
    uint32_t *functions = calloc(count + 1, sizeof *functions);
    for (uint32_t i = 0; warm && i < count; i++) {
        int64_t counted = wasmc_module_baseline_count(tiers.module, i);
        if (counted >= WASMC_WARM_COUNT) warm[used++] = (warm_function){counted, i};
    }
    if (used && functions) {
        qsort(warm, used, sizeof *warm, compare_counts);
        for (uint32_t i = 0; i < used; i++) functions[i] = warm[i].function;
        wasmc_code_question question = {WASMC_PROVIDER_MARK, WASMC_ASK_WARM, UINT32_MAX, UINT32_MAX};
        int file = wasmc_child_hold(functions, used * sizeof *functions);
        if (file >= 0) (void)wasmc_child_send_file(tiers.child.socket, &question, sizeof question, file);
        if (file >= 0) close(file);
    }
    free(functions);
    free(warm);
}

static void
add_kept_code(const char *entry, const char *suffix, bool (*add)(wasmc_module *module, wasmc_module *code)) {
    char path[2 * WASMC_CACHE_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s%s", tiers.directory, entry, suffix);
    wasmc_kept_code kept;
    if (!wasmc_kept_code_open(path, true, &kept)) return;
    for (wasmc_kept_batch batch; wasmc_kept_code_next(&kept, &batch);)
        if (batch.code && !add(tiers.module, batch.code)) wasmc_module_release(batch.code);
    wasmc_kept_code_close(&kept);
}

static wasmc_module *load_baseline(const char *identity, wasmc_cache_key *key) {
    char reason[512];
    wasmc_module *module = NULL;
    wasmc_cache_find_digest(tiers.setup.module_digest, WASMC_CACHE_BASELINE_SETTINGS, identity, key);
    if (wasmc_cache_load(tiers.directory, key, &module, reason, sizeof reason) != WASMC_CACHE_HIT) return NULL;
    tiers.asked = calloc(module->artifact->function_bodies.count + 1, 1);
    bool is_complete = tiers.asked && wasmc_module_provide_code(module, provide, NULL, NULL)
        && wasmc_module_observe_hot_code(module, WASMC_HOT_COUNT, request_hot_code, NULL, NULL);
    if (is_complete) return module;
    wasmc_module_release(module);
    return NULL;
}

wasmc_module *
load_in_tiers(const char *directory, const wasmc_cache_key *optimized, const char *identity, const char *compiler) {
    clock_gettime(CLOCK_MONOTONIC, &tiers.start);
    tiers.compiler = compiler;
    snprintf(tiers.directory, sizeof tiers.directory, "%s", directory);
    memcpy(tiers.optimized_entry, optimized->name, sizeof optimized->name);
    tiers.setup.mark = WASMC_PROVIDER_MARK;
    memcpy(tiers.setup.module_digest, optimized->module_digest, sizeof optimized->module_digest);
    snprintf(tiers.setup.compiler_identity, sizeof tiers.setup.compiler_identity, "%s", identity);
    tiers.source = wasmc_cache_open_module(directory, optimized->module_digest);
    if (tiers.source < 0) return NULL;
    wasmc_cache_key baseline;
    tiers.module = load_baseline(identity, &baseline);
    if (!tiers.module) return NULL;
    add_kept_code(baseline.name, WASMC_CACHE_FIRST_CODE_SUFFIX, wasmc_module_add_code);
    add_kept_code(optimized->name, WASMC_CACHE_HOT_CODE_SUFFIX, wasmc_module_replace_code);
    return tiers.module;
}

void compile_in_background(void) {
    if (!tiers.module || !wasmc_cache_wants_background(tiers.directory, tiers.optimized_entry)) return;
    // Opened once more: whoever reads an open file moves on in it.
    int source = wasmc_cache_open_module(tiers.directory, tiers.setup.module_digest);
    char *directory = realpath(tiers.directory, NULL);
    char *arguments[] = {"wasmc-compiler", "cache", "add", "--background", "--directory", directory, "-", NULL};
    if (source >= 0 && directory) (void)wasmc_child_detach_reading(tiers.compiler, arguments, source);
    if (source >= 0) close(source);
    free(directory);
}

const char *error_of_missing_code(void) { return tiers.has_failed ? tiers.error : NULL; }
