// Calls a kernel in Wasmtime until the time is used up: LIBRARY FILE MILLISECONDS LEAST_CALLS.
#include "wasmtime.h"

static void enable(void *configuration, const char *name) {
    ((void (*)(void *, bool))symbol(name))(configuration, true);
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    open_library(argv[1]);
    byte_vec bytes = contents(argv[2]);
    void *configuration = CALL(wasm_config_new);
    enable(configuration, "wasmtime_config_wasm_memory64_set");
    enable(configuration, "wasmtime_config_wasm_tail_call_set");
    enable(configuration, "wasmtime_config_wasm_exceptions_set");
    void *engine = CALL(wasm_engine_new_with_config, configuration), *module = NULL, *trap = NULL;
    start();
    check(CALL(wasmtime_module_new, engine, bytes.data, bytes.size, &module), "compilation");
    report("compile");
    void *store = CALL(wasmtime_store_new, engine, NULL, NULL), *context = CALL(wasmtime_store_context, store);
    uint64_t instance[2];
    check(CALL(wasmtime_instance_new, context, module, NULL, (size_t)0, instance, &trap), "instantiation");
    check_trap(trap);
    struct {
        uint8_t kind;
        uint64_t function[8];
    } item;
    if (!((bool (*)(void *, void *, const char *, size_t, void *))symbol("wasmtime_instance_export_get"))(
            context, instance, "bench_run", strlen("bench_run"), &item))
        return 65;
    void *(*unchecked)(void *, void *, uint64_t *, size_t, void **) = symbol("wasmtime_func_call_unchecked");
    double budget = atof(argv[3]) * 1e6, began = clock_now(CLOCK_MONOTONIC);
    int least = atoi(argv[4]);
    for (int call = 0; call < least || clock_now(CLOCK_MONOTONIC) - began < budget; call++) {
        uint64_t values[2] = {0};
        start();
        check(unchecked(context, item.function, values, 1, &trap), "call");
        double time = elapsed();
        check_trap(trap);
        printf("%.0f %llu\n", time, (unsigned long long)values[0]);
    }
    return 0;
}
