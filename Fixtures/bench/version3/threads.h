// What runs on two threads: `bench_thread` on each, with its number, and then `bench_run` on one of them for the
// checksum. Threads of WebAssembly are instances of the module, whose stacks are one: nothing may be kept there.
#pragma once
#include "../bench.h"

enum { THREADS = 2 };

void bench_thread(int thread);

#ifdef __wasm__
static inline void wait_while(_Atomic int *word, int value) {
    __builtin_wasm_memory_atomic_wait32((int *)word, value, -1);
}
static inline void wake_one(_Atomic int *word) { __builtin_wasm_memory_atomic_notify((int *)word, 1); }
#else
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
static inline void wait_while(_Atomic int *word, int value) { syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, 0); }
static inline void wake_one(_Atomic int *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1); }
#endif
