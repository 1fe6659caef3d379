// Finding what a path names beneath a directory, and never above it.
//
// Invariant: whatever links, renames and races there are, what these functions open lies beneath the directory.

#ifndef WASMC_WASI_BENEATH_H
#define WASMC_WASI_BENEATH_H

#include "context.h"

enum { PATH_LIMIT = 4095 };  // bytes without the terminator: the kernel's limit

// A guest's path, relative to a directory, as a terminated copy; an errno when it is not usable.
uint32_t wasmc_copy_path(wasmc_instance *caller, uint32_t pointer, uint32_t count, char out[PATH_LIMIT + 1]);
// `flags` as for open; with O_CREAT the mode is 0666. A trailing slash asks for a directory, and follows a link to it.
uint32_t
wasmc_open_beneath(wasmc_wasi *context, int directory, const char *path, int flags, bool follows_last, int *file);
// Splits off the last name and opens what holds it. `*name` points into `path` and keeps its trailing slashes: the
// kernel's calls that make, remove and rename names heed them, and follow no link there. It is "." when the path ends
// in "." or "..".
uint32_t
wasmc_open_parent(wasmc_wasi *context, int directory, char path[PATH_LIMIT + 1], int *parent, const char **name);

#endif
