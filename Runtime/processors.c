// How many processors this process may use.
//
// Invariant: none of the sandbox's; nothing here sees a guest.

#include "wasmc_runtime.h"

#include <sched.h>

uint32_t wasmc_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    return (uint32_t)CPU_COUNT(&set);
}
