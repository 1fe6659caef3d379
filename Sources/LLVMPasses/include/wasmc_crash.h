// What a process that compiles reports when it crashes: which function LLVM was at, and LLVM's own notes.

#ifndef WASMC_CRASH_H
#define WASMC_CRASH_H

#include "wasmc_llvm.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WASMC_NO_FUNCTION 0xFFFFFFFFu

// The first byte of a message that announces a crash: then the signal's number and the function noted, 32 bits each, in
// the machine's order. No text in UTF-8 starts with it.
#define WASMC_CRASH_MESSAGE 0xFCu

// From now on a crash of this process is told to `socket`, which keeps the limits of messages: first the message above,
// then, as text, what LLVM's passes were doing, a line each. LLVM's fatal errors are told as text and end in SIGABRT.
void wasmc_report_crashes(int socket);

// Once on each thread: it also reports that its stack is exhausted.
void wasmc_prepare_thread_for_crashes(void);

// Which function this thread works on before LLVM's passes do, which know it themselves; WASMC_NO_FUNCTION for none.
void wasmc_note_function(uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
