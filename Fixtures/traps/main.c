// Links traps.wat and compares every outcome, byte of memory and global with what the specification says, computed
// here: for machines that only an emulator runs. Prints the number of comparisons; the exit status is 1 when one
// failed.

#include "traps.h"

#include <stdio.h>
#include <string.h>

#define PAGE 65536

static wasmc_instance *guest;
static uint8_t expected[4 * PAGE];
static int comparisons, failures;

static void check(bool is_right, const char *what, int detail) {
    comparisons++;
    if (is_right) return;
    failures++;
    printf("%s %d is wrong\n", what, detail);
}

static void outcome(wasmc_result result, wasmc_outcome wanted, const char *what, int detail) {
    check(result.outcome == wanted, what, detail);
}

static void clear(void) {
    memset(expected, 0, PAGE);
    memset(wasmc_memory_bytes(traps_memory(guest), 0, PAGE), 0, PAGE);
}

static void compare(int byte_count, const char *what, int detail) {
    const uint8_t *bytes = wasmc_memory_bytes(traps_memory(guest), 0, (uint64_t)byte_count);
    check(bytes && !memcmp(bytes, expected, (size_t)byte_count), what, detail);
}

#define TRAPPED WASMC_TRAP_MEMORY_OUT_OF_BOUNDS

static void dropped(void) {
    typedef wasmc_result function(wasmc_instance *, int32_t);
    function *const functions[] = {traps_dropped, traps_dropped_widening, traps_dropped_vector};
    const int widths[] = {4, 2, 16};
    for (int i = 0; i < 3; i++) {
        outcome(functions[i](guest, PAGE - widths[i]), WASMC_RETURNED, "dropped", i);
        outcome(functions[i](guest, PAGE + 1 - widths[i]), TRAPPED, "dropped", i);
        outcome(functions[i](guest, -1), TRAPPED, "dropped", i);
    }
    outcome(traps_dropped_in_loop(guest, 65136, 100), WASMC_RETURNED, "dropped in loop", 100);
    outcome(traps_dropped_in_loop(guest, 65136, 101), TRAPPED, "dropped in loop", 101);
}

static void stores(void) {
    typedef wasmc_result function(wasmc_instance *, int32_t, int32_t, int32_t);
    static const struct {
        function *call;
        int width, step;
    } cases[] = {
        {traps_fill8, 1, 1},  {traps_fill8, 1, -1},       {traps_fill8, 1, 7},
        {traps_fill32, 4, 4}, {traps_fill32_down, 4, -4}, {traps_fill32_unrolled, 4, 4},
    };
    for (int i = 0; i < 6; i++)
        for (int count = 4; count <= 100; count += 32)
            for (int slack = -5; slack <= 5; slack++) {
                clear();
                int step = cases[i].step, start = step > 0 ? PAGE - count * step + slack : (count - 1) * -step + slack;
                wasmc_outcome wanted = WASMC_RETURNED;
                for (int k = 0, address = start; k < count && !wanted; k++, address += step) {
                    if (address < 0 || address + cases[i].width > PAGE) wanted = TRAPPED;
                    else memset(expected + address, 0xAA, (size_t)cases[i].width);
                }
                outcome(cases[i].call(guest, start, step, count), wanted, "stores", i);
                compare(PAGE, "stores", i);
            }
}

static void wrapping(void) {
    int32_t sum;
    clear();
    outcome(traps_wrap(guest, 0, PAGE, &sum), WASMC_RETURNED, "wrap", 0);
    outcome(traps_wrap(guest, 0, PAGE + 1, &sum), TRAPPED, "wrap", 1);
    outcome(traps_wrap(guest, -8, 16, &sum), TRAPPED, "wrap", 2);
    outcome(traps_large_offset(guest, 0x10, 64), TRAPPED, "large offset", 1);
    outcome(traps_large_offset(guest, -0x10, 64), TRAPPED, "large offset", 2);
    compare(PAGE, "nothing stored", 0);
}

static void counters(void) {
    clear();
    outcome(traps_past_zero(guest, 50, -20), TRAPPED, "past zero", 0);
    memset(expected + 1000, 0xAA, 51);
    compare(PAGE, "past zero", 1);
    outcome(traps_past_zero(guest, 90, -1), WASMC_RETURNED, "past zero", 2);
    memset(expected + 1000, 0xAA, 91);
    compare(PAGE, "past zero", 3);
    outcome(traps_to_zero(guest, 200), WASMC_RETURNED, "to zero", 0);
    memset(expected + 1001, 0xAA, 200);
    compare(PAGE, "to zero", 1);
    outcome(traps_to_zero(guest, 0), TRAPPED, "to zero", 2);
}

static void precision(void) {
    clear();
    outcome(traps_two_stores(guest), TRAPPED, "two stores", 0);
    outcome(traps_store_then_load(guest), TRAPPED, "store, then load", 0);
    outcome(traps_store_then_divide(guest, 0), WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, "store, then divide", 0);
    expected[0] = 7, expected[4] = 9, expected[8] = 11;
    compare(PAGE, "stores before traps", 0);
    outcome(traps_global_then_load(guest), TRAPPED, "global, then load", 0);
    check(traps_g(guest)->i32 == 1, "the global", 0);
    outcome(traps_zero_trips(guest, 0), WASMC_RETURNED, "zero trips", 0);
    outcome(traps_zero_trips(guest, 1), TRAPPED, "zero trips", 1);
    outcome(traps_divide_inside(guest, 10, 60), WASMC_TRAP_INTEGER_DIVIDE_BY_ZERO, "divide inside", 0);
    for (int i = 1; i <= 60; i++) expected[10 + i] = (uint8_t)(100 / i);
    compare(PAGE, "divide inside", 1);
}

static void overlap(void) {
    typedef wasmc_result function(wasmc_instance *, int32_t, int32_t, int32_t);
    function *const functions[] = {traps_copy8, traps_copy8_unrolled, traps_copy8_down};
    for (int i = 0; i < 3; i++)
        for (int distance = -64; distance <= 64; distance++) {
            clear();
            for (int k = 0; k < 1024; k++) expected[k] = (uint8_t)(k * 37 + k / 3);
            memcpy(wasmc_memory_bytes(traps_memory(guest), 0, 1024), expected, 1024);
            for (int k = 0; k < 300; k++) {
                int index = i == 2 ? 299 - k : k;
                expected[400 + distance + index] = expected[400 + index];
            }
            outcome(functions[i](guest, 400 + distance, 400, 300), WASMC_RETURNED, "overlap", distance);
            compare(PAGE, "overlap", distance);
        }
}

static void growth(void) {
    int32_t count;
    clear();
    outcome(traps_grow_inside(guest, PAGE - 100, 300, &count), WASMC_RETURNED, "grow inside", 0);
    memset(expected + PAGE - 100, 0xAA, 300);
    compare(2 * PAGE, "grow inside", 1);
    outcome(traps_grow_inside(guest, 3 * PAGE - 99, 300, &count), TRAPPED, "grow inside", 2);
}

int main(void) {
    char message[256] = "no memory is left";
    wasmc_module *module = traps_load(message, sizeof message);
    guest = module ? traps_instantiate(wasmc_store_create(), module, NULL, NULL, message, sizeof message) : NULL;
    if (!guest) {
        printf("%s\n", message);
        return 1;
    }
    dropped();
    stores();
    wrapping();
    counters();
    precision();
    overlap();
    growth();
    printf("%d comparisons, %d wrong\n", comparisons, failures);
    return failures > 0;
}
