// Runs the program that wasm2c made of a WASI module: `guest.h` is its output. Of WASI there is what a program needs
// that computes and writes: a wrong pointer of the guest would be ours, so this is for modules that are trusted.
#include "guest.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct Z_wasi_snapshot_preview1_instance_t {
    Z_guest_instance_t *guest;
    int argument_count;
    char **arguments;
};
typedef struct Z_wasi_snapshot_preview1_instance_t wasi;

enum { SUCCESS = 0, BADF = 8, INVAL = 28, NOSYS = 52 };

static u8 *memory(wasi *w, u32 address) { return Z_guestZ_memory(w->guest)->data + address; }
static void put32(wasi *w, u32 address, u32 value) { memcpy(memory(w, address), &value, 4); }
static u32 get32(wasi *w, u32 address) {
    u32 value;
    memcpy(&value, memory(w, address), 4);
    return value;
}

u32 Z_wasi_snapshot_preview1Z_args_sizes_get(wasi *w, u32 count, u32 size) {
    u32 bytes = 0;
    for (int i = 0; i < w->argument_count; i++) bytes += (u32)strlen(w->arguments[i]) + 1;
    put32(w, count, (u32)w->argument_count);
    put32(w, size, bytes);
    return SUCCESS;
}

u32 Z_wasi_snapshot_preview1Z_args_get(wasi *w, u32 pointers, u32 text) {
    for (int i = 0; i < w->argument_count; i++) {
        size_t size = strlen(w->arguments[i]) + 1;
        put32(w, pointers + 4 * (u32)i, text);
        memcpy(memory(w, text), w->arguments[i], size);
        text += (u32)size;
    }
    return SUCCESS;
}

u32 Z_wasi_snapshot_preview1Z_environ_sizes_get(wasi *w, u32 count, u32 size) {
    put32(w, count, 0);
    put32(w, size, 0);
    return SUCCESS;
}
u32 Z_wasi_snapshot_preview1Z_environ_get(wasi *w, u32 pointers, u32 text) { return SUCCESS; }

u32 Z_wasi_snapshot_preview1Z_clock_time_get(wasi *w, u32 clock, u64 precision, u32 result) {
    struct timespec time;
    if (clock > 1 || clock_gettime(clock == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time) != 0) return INVAL;
    u64 nanoseconds = (u64)time.tv_sec * 1000000000u + (u64)time.tv_nsec;
    memcpy(memory(w, result), &nanoseconds, 8);
    return SUCCESS;
}

u32 Z_wasi_snapshot_preview1Z_fd_write(wasi *w, u32 file, u32 vectors, u32 count, u32 result) {
    u32 written = 0;
    if (file != 1 && file != 2) return BADF;
    for (u32 i = 0; i < count; i++) {
        u32 size = get32(w, vectors + 8 * i + 4);
        if (write((int)file, memory(w, get32(w, vectors + 8 * i)), size) != (ssize_t)size) return INVAL;
        written += size;
    }
    put32(w, result, written);
    return SUCCESS;
}

// The standard streams are character devices with all rights.
u32 Z_wasi_snapshot_preview1Z_fd_fdstat_get(wasi *w, u32 file, u32 result) {
    if (file > 2) return BADF;
    memset(memory(w, result), 255, 24);
    memset(memory(w, result), 0, 8);
    *memory(w, result) = 2;
    return SUCCESS;
}

void Z_wasi_snapshot_preview1Z_proc_exit(wasi *w, u32 code) { exit((int)code); }

u32 Z_wasi_snapshot_preview1Z_fd_close(wasi *w, u32 file) { return SUCCESS; }
u32 Z_wasi_snapshot_preview1Z_fd_seek(wasi *w, u32 file, u64 offset, u32 whence, u32 result) { return NOSYS; }
u32 Z_wasi_snapshot_preview1Z_fd_read(wasi *w, u32 file, u32 vectors, u32 count, u32 result) { return NOSYS; }
u32 Z_wasi_snapshot_preview1Z_fd_fdstat_set_flags(wasi *w, u32 file, u32 flags) { return NOSYS; }
u32 Z_wasi_snapshot_preview1Z_fd_filestat_get(wasi *w, u32 file, u32 result) { return NOSYS; }
u32 Z_wasi_snapshot_preview1Z_fd_renumber(wasi *w, u32 file, u32 to) { return NOSYS; }
u32 Z_wasi_snapshot_preview1Z_path_open(
    wasi *w, u32 file, u32 look, u32 path, u32 size, u32 flags, u64 rights, u64 inherited, u32 mode, u32 result) {
    return NOSYS;
}
u32 Z_wasi_snapshot_preview1Z_fd_prestat_get(wasi *w, u32 file, u32 result) { return BADF; }
u32 Z_wasi_snapshot_preview1Z_fd_prestat_dir_name(wasi *w, u32 file, u32 path, u32 size) { return BADF; }

int main(int argc, char **argv) {
    Z_guest_instance_t guest;
    wasi w = {&guest, argc, argv};
    wasm_rt_init();
    Z_guest_init_module();
    Z_guest_instantiate(&guest, &w);
    Z_guestZ__start(&guest);
    return 0;
}
