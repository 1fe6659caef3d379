// Links a WebAssembly module: nothing is compiled, loaded or made executable when this program runs.
//   wasmc compile --emit object greeter.wat                 # greeter.o and greeter.h
//   swift build --product WasmcRuntime                      # libWasmcRuntime.a
//   cc -I. -IRuntime/include main.c greeter.o -L.build/debug -lWasmcRuntime -lm

#include "greeter.h"

#include <stdio.h>

// What the module imports. An outcome other than WASMC_RETURNED stops the guest.
wasmc_outcome
greeter_import_env_report(void *host, wasmc_instance *caller, int32_t number, double average, int32_t *result) {
    if (number < 0) return WASMC_HOST_ERROR;
    if (number == 0) {
        wasmc_set_exit_code(caller->store, 7);
        return WASMC_EXIT;
    }
    printf("%s: %d, %g\n", (const char *)host, number, average);
    *result = number * 2;
    return WASMC_RETURNED;
}

int main(void) {
    char message[256] = "no memory is left";
    wasmc_module *module = greeter_load(message, sizeof message);
    wasmc_store *store = module ? wasmc_store_create() : NULL;
    wasmc_instance *greeter =
        store ? greeter_instantiate(store, module, "the host", NULL, message, sizeof message) : NULL;
    if (!greeter) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }

    const uint8_t *text = wasmc_memory_bytes(greeter_memory(greeter), 16, 22);
    if (text) printf("%.22s\n", (const char *)text);

    int32_t result;
    if (greeter_run(greeter, 21, &result).outcome == WASMC_RETURNED) printf("run: %d\n", result);
    if (greeter_run(greeter, -1, &result).outcome == WASMC_HOST_ERROR) printf("the host said no\n");
    wasmc_result exit = greeter_run(greeter, 0, &result);
    if (exit.outcome == WASMC_EXIT) printf("exited with %u\n", exit.exit_code);

    wasmc_result trap = greeter_divide_rounded_down(greeter, 1.5, 0, &result);
    wasmc_describe_backtrace(wasmc_last_backtrace(store), message, sizeof message);
    printf("trap: %s%s\n", wasmc_trap_text(trap.outcome), message);
    printf("calls: %u\n", greeter_calls(greeter)->i32);

    wasmc_store_destroy(store);
    wasmc_module_release(module);
    return 0;
}
