// What the files of this folder that look at others' files share.
//
// Invariant: what another user could have written is not used.

#ifndef WASMC_FILES_H
#define WASMC_FILES_H

#include <stdbool.h>
#include <sys/stat.h>

// Whether this user owns it, and nobody else may write to it.
bool wasmc_is_private(const struct stat *status);

#endif
