// Runs a WASI program in Wasmtime: LIBRARY FILE [--dir HOST GUEST] ARGUMENTS...
// With --write ARTIFACT for arguments only compiles it; such an artifact is a FILE too.
#include "wasmtime.h"

typedef struct {
    uint64_t words[4];
} function;

static int write_file(const char *path, byte_vec bytes) {
    FILE *file = fopen(path, "wb");
    if (!file) return 73;
    size_t written = fwrite(bytes.data, 1, bytes.size, file);
    return fclose(file) == 0 && written == bytes.size ? 0 : 74;
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    open_library(argv[1]);
    byte_vec bytes = contents(argv[2]);
    void *engine = make_engine(false), *module = NULL, *trap = NULL;

    if (bytes.size > 4
        && memcmp(
               bytes.data,
               "\x7F"
               "ELF",
               4)
            == 0) {
        check(CALL(wasmtime_module_deserialize_file, engine, argv[2], &module), "loading");
    } else {
        start();
        check(CALL(wasmtime_module_new, engine, bytes.data, bytes.size, &module), "compilation");
        report("compile");
        byte_vec artifact;
        check(CALL(wasmtime_module_serialize, module, &artifact), "serialization");
        fprintf(stderr, "bench artifact %zu\n", artifact.size);
        if (argc == 5 && strcmp(argv[3], "--write") == 0) return write_file(argv[4], artifact);
        CALL(wasm_byte_vec_delete, &artifact);
    }

    void *wasi = CALL(wasi_config_new);
    int first = 2;
    for (; argc > first + 3 && strcmp(argv[first + 1], "--dir") == 0; first += 3) {
        // Both masks: to read and to write.
        ((bool (*)(void *, const char *, const char *, size_t, size_t))symbol("wasi_config_preopen_dir"))(
            wasi, argv[first + 2], argv[first + 3], 3, 3);
    }
    argv[first] = argv[2];
    CALL(wasi_config_set_argv, wasi, (size_t)(argc - first), argv + first);
    CALL(wasi_config_inherit_stdout, wasi);
    CALL(wasi_config_inherit_stderr, wasi);
    void *store = CALL(wasmtime_store_new, engine, NULL, NULL), *context = CALL(wasmtime_store_context, store);
    check(CALL(wasmtime_context_set_wasi, context, wasi), "WASI");
    void *linker = CALL(wasmtime_linker_new, engine);
    check(CALL(wasmtime_linker_define_wasi, linker), "WASI");
    check(CALL(wasmtime_linker_module, linker, context, "", (size_t)0, module), "linking");
    function main_function;
    check(CALL(wasmtime_linker_get_default, linker, context, "", (size_t)0, &main_function), "linking");
    check(CALL(wasmtime_func_call, context, &main_function, NULL, (size_t)0, NULL, (size_t)0, &trap), "call");
    check_trap(trap);
    return 0;
}
