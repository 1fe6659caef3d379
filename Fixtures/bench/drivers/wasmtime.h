// What the drivers of Wasmtime share. Its C library is the one inside the Python package, which brings no headers: what
// is used of the documented C interface is declared here and found by name.
#pragma once
#include "timing.h"
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t size;
    char *data;
} byte_vec;

static void *library;

static void *symbol(const char *name) {
    void *address = dlsym(library, name);
    if (!address) {
        fprintf(stderr, "%s is missing in Wasmtime's library\n", name);
        exit(69);
    }
    return address;
}

// A function of the library that returns a pointer.
#define CALL(name, ...) ((void *(*)())symbol(#name))(__VA_ARGS__)

static void open_library(const char *path) {
    library = dlopen(path, RTLD_NOW);
    if (library) return;
    fprintf(stderr, "%s\n", dlerror());
    exit(69);
}

// An engine that uses as many threads as it likes, or one.
static void *make_engine(bool one_thread) {
    void *configuration = CALL(wasm_config_new);
    const char *features[] = {"function_references", "gc", "exceptions"};
    for (int i = 0; i < 3; i++) {
        char name[64];
        snprintf(name, sizeof name, "wasmtime_config_wasm_%s_set", features[i]);
        ((void (*)(void *, bool))symbol(name))(configuration, true);
    }
    if (one_thread) ((void (*)(void *, bool))symbol("wasmtime_config_parallel_compilation_set"))(configuration, false);
    return CALL(wasm_engine_new_with_config, configuration);
}

static void check(void *error, const char *step) {
    if (!error) return;
    int status = 1;
    if (((bool (*)(void *, int *))symbol("wasmtime_error_exit_status"))(error, &status)) exit(status);
    byte_vec message;
    CALL(wasmtime_error_message, error, &message);
    fprintf(stderr, "%s: %.*s\n", step, (int)message.size, message.data);
    exit(1);
}

static void check_trap(void *trap) {
    if (!trap) return;
    byte_vec message;
    CALL(wasm_trap_message, trap, &message);
    fprintf(stderr, "trap: %.*s\n", (int)message.size, message.data);
    exit(134);
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
