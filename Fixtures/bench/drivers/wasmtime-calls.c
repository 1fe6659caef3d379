// What calls and instantiation cost in Wasmtime: LIBRARY FILE, where FILE is calls.c as WebAssembly.
#include "wasmtime.h"

typedef union {
    int32_t i32;
    uint64_t words[2];
} raw_value;
typedef struct {
    uint64_t words[2];
} handle;
typedef struct {
    uint8_t kind;
    union {
        handle function;
        uint64_t words[8];
    };
} external;
typedef struct {
    size_t size;
    void **data;
} type_vec;

static void *add(void *environment, void *caller, raw_value *values, size_t count) {
    (void)environment, (void)caller, (void)count;
    values[0].i32 += values[1].i32;
    return NULL;
}

static void *context;

static void call(external *function, raw_value *values, size_t count) {
    static void *(*unchecked)(void *, handle *, raw_value *, size_t, void **);
    if (!unchecked) unchecked = symbol("wasmtime_func_call_unchecked");
    void *trap = NULL;
    check(unchecked(context, &function->function, values, count, &trap), "call");
    check_trap(trap);
}

static external exported(handle *instance, const char *name) {
    external item;
    if (!((bool (*)(void *, handle *, const char *, size_t, external *))symbol("wasmtime_instance_export_get"))(
            context, instance, name, strlen(name), &item))
        exit(65);
    return item;
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    open_library(argv[1]);
    byte_vec bytes = contents(argv[2]);
    void *engine = make_engine(false), *module = NULL, *trap = NULL, *linker = CALL(wasmtime_linker_new, engine);
    check(CALL(wasmtime_module_new, engine, bytes.data, bytes.size, &module), "compilation");

    type_vec parameters, results;
    void *two[2] = {CALL(wasm_valtype_new, 0), CALL(wasm_valtype_new, 0)}, *one[1] = {CALL(wasm_valtype_new, 0)};
    CALL(wasm_valtype_vec_new, &parameters, (size_t)2, two);
    CALL(wasm_valtype_vec_new, &results, (size_t)1, one);
    void *type = CALL(wasm_functype_new, &parameters, &results);
    check(
        CALL(wasmtime_linker_define_func_unchecked, linker, "env", (size_t)3, "add", (size_t)3, type, add, NULL, NULL),
        "linking");

    double samples[INSTANCES];
    void *store = NULL;
    handle instance;
    void *prepared = NULL;
    check(CALL(wasmtime_linker_instantiate_pre, linker, module, &prepared), "linking");
    for (int i = 0; i < INSTANCES; i++) {
        if (store) CALL(wasmtime_store_delete, store);
        start();
        store = CALL(wasmtime_store_new, engine, NULL, NULL);
        context = CALL(wasmtime_store_context, store);
        check(CALL(wasmtime_instance_pre_instantiate, prepared, context, &instance, &trap), "instantiation");
        check_trap(trap);
        samples[i] = elapsed();
    }
    report_median("instantiate", samples, INSTANCES, 1);

    external in = exported(&instance, "add"), out = exported(&instance, "call_host");
    raw_value values[2] = {{0}, {0}};
    for (int i = 0; i < CALL_SAMPLES; i++) {
        start();
        for (int j = 0; j < CALLS; j++) {
            values[1].i32 = j;
            call(&in, values, 2);
        }
        samples[i] = elapsed();
    }
    report_median("host-to-guest", samples, CALL_SAMPLES, CALLS);
    int32_t sum = values[0].i32;
    for (int i = 0; i < CALL_SAMPLES; i++) {
        values[0].i32 = CALLS;
        start();
        call(&out, values, 1);
        samples[i] = elapsed();
        sum += values[0].i32;
    }
    report_median("guest-to-host", samples, CALL_SAMPLES, CALLS);
    printf("0 %u\n", (unsigned)sum);
    return 0;
}
