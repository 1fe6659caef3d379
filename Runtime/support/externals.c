// The functions of the C library and of the C compiler's that LLVM may call by name, though no generated code asks for
// them.
//
// Invariant: none of them can reach anything that the caller does not hand to it.

#include "support.h"

#include <math.h>
#include <string.h>

// Analyses of loops count in 128 bits where 64 would wrap, and divide by steps.
__int128 __divti3(__int128 dividend, __int128 divisor);
__int128 __modti3(__int128 dividend, __int128 divisor);
unsigned __int128 __udivti3(unsigned __int128 dividend, unsigned __int128 divisor);
unsigned __int128 __umodti3(unsigned __int128 dividend, unsigned __int128 divisor);

#define EXTERNALS(X) \
    X(memcpy) X(memmove) X(memset) X(memcmp) X(ceil) X(ceilf) X(floor) X(floorf) X(trunc) X(truncf) X(rint) X(rintf) \
    X(nearbyint) X(nearbyintf) X(roundeven) X(roundevenf) X(fmod) X(fmodf) X(__divti3) X(__modti3) X(__udivti3) \
    X(__umodti3)

#define NAME(function) #function,
#define ADDRESS(function) (uintptr_t)function,
static const char *const names[] = {EXTERNALS(NAME)};
const uintptr_t wasmc_external_addresses[] = {EXTERNALS(ADDRESS)};

const char *const *wasmc_external_names(void) { return names; }

uint32_t wasmc_external_count(void) { return sizeof names / sizeof *names; }
