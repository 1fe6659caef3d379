// Escapes and shortens text of modules.
//
// Invariant: see wasmc_text.h. A scalar takes at most 10 bytes, \u{10ffff}, so that 160 of them and what is said of
// the rest fit.

#include "wasmc_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SCALARS = 160, HEAD_SCALARS = 120, REPLACEMENT = 0xFFFD };

// The scalar at the start and how many bytes it takes; what is no UTF-8 becomes a replacement of one byte.
static uint32_t decode(const uint8_t *bytes, size_t left, size_t *taken) {
    uint8_t first = bytes[0];
    *taken = 1;
    if (first < 0x80) return first;
    size_t count = first >= 0xF0 && first < 0xF5 ? 4
        : first >= 0xE0 && first < 0xF0          ? 3
        : first >= 0xC2 && first < 0xE0          ? 2
                                                 : 0;
    if (!count || count > left) return REPLACEMENT;
    uint32_t scalar = first & (0x7Fu >> count);
    for (size_t i = 1; i < count; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return REPLACEMENT;
        scalar = scalar << 6 | (bytes[i] & 0x3Fu);
    }
    bool is_short = (count == 3 && scalar < 0x800) || (count == 4 && scalar < 0x10000);
    if (is_short || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar < 0xE000)) return REPLACEMENT;
    *taken = count;
    return scalar;
}

static const struct {
    uint32_t first, last;
} harmful[] = {
    {0, 0x1F},        {0x7F, 0x9F},     {0xAD, 0xAD},        {0x61C, 0x61C},   {0x180E, 0x180E},
    {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},    {0xE000, 0xF8FF}, {0xFEFF, 0xFEFF},
    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0x10FFFF},
};

static bool is_harmful(uint32_t scalar) {
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++)
        if (scalar >= harmful[i].first && scalar <= harmful[i].last) return true;
    return false;
}

static size_t count_scalars(const uint8_t *bytes, size_t byte_count) {
    size_t count = 0, taken;
    for (size_t i = 0; i < byte_count; i += taken, count++) decode(bytes + i, byte_count - i, &taken);
    return count;
}

void wasmc_show_text(const void *text, size_t byte_count, char shown[WASMC_SHOWN_BYTES]) {
    const uint8_t *bytes = text;
    size_t count = count_scalars(bytes, byte_count), used = 0, taken, number = 0;
    bool is_long = count > MOST_SCALARS;
    for (size_t i = 0; i < byte_count; i += taken, number++) {
        uint32_t scalar = decode(bytes + i, byte_count - i, &taken);
        if (is_long && number == HEAD_SCALARS)
            used += (size_t)snprintf(shown + used, WASMC_SHOWN_BYTES - used, "... (%zu bytes) ...", byte_count);
        if (is_long && number >= HEAD_SCALARS && number < count - (MOST_SCALARS - HEAD_SCALARS)) continue;
        if (is_harmful(scalar)) {
            used += (size_t)snprintf(shown + used, WASMC_SHOWN_BYTES - used, "\\u{%x}", scalar);
        } else if (scalar == REPLACEMENT) {
            memcpy(shown + used, "\xEF\xBF\xBD", 3);
            used += 3;
        } else {
            memcpy(shown + used, bytes + i, taken);
            used += taken;
        }
    }
    shown[used] = 0;
}
