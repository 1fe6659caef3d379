// The processors of this machine: how many this process may use, and what they can do.
//
// Invariant: code runs only where every feature that it was compiled for is known to be present; a name that is not in
// the table counts as missing.

#include "arch.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

uint32_t wasmc_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    return (uint32_t)CPU_COUNT(&set);
}

bool wasmc_processor_knows(const char *feature) {
#define SAME(name, ...) if (!strcmp(feature, name)) return true;
    WASMC_PROCESSOR_FEATURES(SAME)
    return false;
}

static bool offers(const char *feature) {
#define ANSWER(name, ...) if (!strcmp(feature, name)) return WASMC_OFFERS_FEATURE(name __VA_OPT__(,) __VA_ARGS__);
    WASMC_PROCESSOR_FEATURES(ANSWER)
    return false;
}

void wasmc_processor_describe(char *description, size_t description_size) {
    int length = snprintf(description, description_size, "%x", wasmc_arch_processor_model());
#define APPEND(name, ...) \
    if (offers(name) && length > 0 && (size_t)length < description_size) \
        length += snprintf(description + length, description_size - (size_t)length, " " name);
    WASMC_PROCESSOR_FEATURES(APPEND)
}

bool wasmc_processor_lacks(const char *names, size_t byte_count, char *missing, size_t missing_size) {
    size_t start = 0;
    for (size_t i = 0; i <= byte_count; i++) {
        if (i < byte_count && names[i] != ',') continue;
        if (i > start) {
            snprintf(missing, missing_size, "%.*s", (int)(i - start), names + start);
            if (i - start >= missing_size || !offers(missing)) return true;
        }
        start = i + 1;
    }
    return false;
}
