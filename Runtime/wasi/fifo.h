// Opening a FIFO, which waits until its other end is open, too.
//
// Invariant: see fifo.c.

#ifndef WASMC_WASI_FIFO_H
#define WASMC_WASI_FIFO_H

#include "context.h"

// For a path whose opening answered "no such device or address": if it names a FIFO, that has no reader yet. Opens it
// as soon as there is one; `flags` as for wasmc_open_beneath.
uint32_t wasmc_open_fifo_for_writing(
    wasmc_wasi *context, wasmc_instance *caller, int directory, const char *path, int flags, bool follows_last,
    int *file);
// Waits until a FIFO that was opened for reading has a writer, or has had one.
uint32_t wasmc_await_fifo_writer(wasmc_instance *caller, int file);

#endif
