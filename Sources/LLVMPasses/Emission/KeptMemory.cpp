// Memory of a process that compiles, one thing after another.

#include "wasmc_passes.h"

#include <malloc.h>

void wasmc_keep_memory(void) {
#ifdef M_TOP_PAD
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}
