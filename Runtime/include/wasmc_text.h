// Text of modules that is shown to a person. Whoever made it may have wanted to hide something, or to steer a terminal.
//
// Invariant: what is written is UTF-8 without anything that a terminal obeys, does not show, or shows in another
// order; it fits, with its NUL.

#ifndef WASMC_TEXT_H
#define WASMC_TEXT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Enough for any text.
#define WASMC_SHOWN_BYTES 2048

// Of long text the start and the end are shown. The same as `String.shown` in Swift.
void wasmc_show_text(const void *bytes, size_t byte_count, char shown[WASMC_SHOWN_BYTES]);

// What a C++ symbol stands for, to be freed; null for others, and where LLVM is not linked.
char *wasmc_demangle_cxx(const char *symbol, size_t byte_count);

#ifdef __cplusplus
}
#endif

#endif
