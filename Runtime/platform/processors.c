// The processors of this machine: how many this process may use, and what they can do.
//
// Invariant: code runs only where every feature that it was compiled for is known to be present; a name that is not in
// the table counts as missing.

#include "../internal.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

uint32_t wasmc_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    return (uint32_t)CPU_COUNT(&set);
}

// LLVM's names; on AArch64 with the bit of AT_HWCAP.
#if defined(__x86_64__)
#define FEATURES(X) \
    X("sse3") X("ssse3") X("sse4.1") X("sse4.2") X("popcnt") X("avx") X("avx2") X("fma") X("f16c") X("bmi") X("bmi2") \
    X("lzcnt") X("movbe") X("avx512f") X("avx512bw") X("avx512cd") X("avx512dq") X("avx512vl") X("avx512vbmi") \
    X("avx512vbmi2") X("avx512vnni") X("avx512bitalg") X("avx512vpopcntdq") X("avx512ifma") X("avx512bf16") X("gfni") \
    X("vpclmulqdq") X("vaes")
#define OFFERS(name) if (!strcmp(feature, name)) return __builtin_cpu_supports(name);
#elif defined(__aarch64__)
#define FEATURES(X) \
    X("fp-armv8", 0) X("neon", 1) X("aes", 3) X("sha2", 6) X("crc", 7) X("lse", 8) X("fullfp16", 10) X("rdm", 12) \
    X("jsconv", 13) X("rcpc", 15) X("sha3", 17) X("dotprod", 20) X("sve", 22) X("fp16fml", 23)
#define OFFERS(name, bit) if (!strcmp(feature, name)) return getauxval(AT_HWCAP) >> bit & 1;
#endif

bool wasmc_processor_knows(const char *feature) {
#define SAME(name, ...) if (!strcmp(feature, name)) return true;
    FEATURES(SAME)
    return false;
}

static bool offers(const char *feature) {
    FEATURES(OFFERS)
    return false;
}

// The model, by which LLVM schedules.
static unsigned model(void) {
#if defined(__x86_64__)
    unsigned a = 0, b, c, d;
    __get_cpuid(1, &a, &b, &c, &d);
    return a;
#else
    return 0;
#endif
}

void wasmc_processor_describe(char *description, size_t description_size) {
    int length = snprintf(description, description_size, "%x", model());
#define APPEND(name, ...) \
    if (offers(name) && length > 0 && (size_t)length < description_size) \
        length += snprintf(description + length, description_size - (size_t)length, " " name);
    FEATURES(APPEND)
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
