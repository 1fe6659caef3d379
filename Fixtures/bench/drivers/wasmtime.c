// Runs a WASI program in Wasmtime's C library and writes what each step cost to standard error.
//   wasmtime LIBRARY FILE ARGUMENTS...
// The library is the one inside the Python package, which brings no headers: what is used of its documented C interface is
// declared here.
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    size_t size;
    char *data;
} byte_vec;
typedef struct {
    uint64_t words[4];
} function;
typedef void *(*constructor)(void);

static void *library;

static void *symbol(const char *name) {
    void *address = dlsym(library, name);
    if (!address) {
        fprintf(stderr, "%s is missing in Wasmtime's library\n", name);
        exit(69);
    }
    return address;
}

static long long clock_now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static long long wall, cpu;

static void start(void) {
    wall = clock_now(CLOCK_MONOTONIC);
    cpu = clock_now(CLOCK_PROCESS_CPUTIME_ID);
}

static void report(const char *name) {
    long long wall_end = clock_now(CLOCK_MONOTONIC), cpu_end = clock_now(CLOCK_PROCESS_CPUTIME_ID);
    fprintf(stderr, "bench %s %lld\nbench %s-cpu %lld\n", name, wall_end - wall, name, cpu_end - cpu);
}

static void check(void *error, const char *step) {
    if (!error) return;
    int status = 1;
    bool (*exit_status)(void *, int *) = symbol("wasmtime_error_exit_status");
    if (exit_status(error, &status)) exit(status);
    byte_vec message;
    ((void (*)(void *, byte_vec *))symbol("wasmtime_error_message"))(error, &message);
    fprintf(stderr, "%s: %.*s\n", step, (int)message.size, message.data);
    exit(1);
}

static byte_vec contents(const char *path) {
    byte_vec bytes = {0, NULL};
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(66);
    }
    bytes.size = (size_t)ftell(file);
    bytes.data = malloc(bytes.size);
    rewind(file);
    if (fread(bytes.data, 1, bytes.size, file) != bytes.size) exit(66);
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    library = dlopen(argv[1], RTLD_NOW);
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 69;
    }
    byte_vec bytes = contents(argv[2]);
    void *engine = ((constructor)symbol("wasm_engine_new"))();
    void *module = NULL;

    void *(*validate)(void *, const char *, size_t) = symbol("wasmtime_module_validate");
    start();
    check(validate(engine, bytes.data, bytes.size), "validation");
    report("validate");

    void *(*compile)(void *, const char *, size_t, void **) = symbol("wasmtime_module_new");
    start();
    check(compile(engine, bytes.data, bytes.size, &module), "compilation");
    report("compile");

    byte_vec artifact;
    check(((void *(*)(void *, byte_vec *))symbol("wasmtime_module_serialize"))(module, &artifact), "serialization");
    fprintf(stderr, "bench artifact %zu\n", artifact.size);
    ((void (*)(byte_vec *))symbol("wasm_byte_vec_delete"))(&artifact);

    void *wasi = ((constructor)symbol("wasi_config_new"))();
    ((bool (*)(void *, size_t, char **))symbol("wasi_config_set_argv"))(wasi, (size_t)argc - 2, argv + 2);
    ((void (*)(void *))symbol("wasi_config_inherit_stdout"))(wasi);
    ((void (*)(void *))symbol("wasi_config_inherit_stderr"))(wasi);
    void *store = ((void *(*)(void *, void *, void *))symbol("wasmtime_store_new"))(engine, NULL, NULL);
    void *context = ((void *(*)(void *))symbol("wasmtime_store_context"))(store);
    check(((void *(*)(void *, void *))symbol("wasmtime_context_set_wasi"))(context, wasi), "WASI");
    void *linker = ((void *(*)(void *))symbol("wasmtime_linker_new"))(engine);
    check(((void *(*)(void *))symbol("wasmtime_linker_define_wasi"))(linker), "WASI");
    start();
    check(((void *(*)(void *, void *, const char *, size_t, void *))symbol("wasmtime_linker_module"))(linker, context, "", 0, module), "linking");
    report("instantiate");
    function main_function;
    check(
        ((void *(*)(void *, void *, const char *, size_t, function *))symbol("wasmtime_linker_get_default"))(
            linker, context, "", 0, &main_function),
        "linking");
    void *trap = NULL;
    void *(*call)(void *, function *, const void *, size_t, void *, size_t, void **) = symbol("wasmtime_func_call");
    check(call(context, &main_function, NULL, 0, NULL, 0, &trap), "call");
    if (trap) {
        byte_vec message;
        ((void (*)(void *, byte_vec *))symbol("wasm_trap_message"))(trap, &message);
        fprintf(stderr, "trap: %.*s\n", (int)message.size, message.data);
        return 134;
    }
    return 0;
}
