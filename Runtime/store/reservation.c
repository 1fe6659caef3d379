// Reservations of address space, in which guarded memories lie.
//
// Invariant: a reservation is one memory's alone: WASMC_GUARD_BEFORE_BYTES in front of its base and
// WASMC_RESERVED_BYTES from there on. It is inaccessible until its owner opens a part of it, and the process has no
// more of them than leave addresses to others.

#include "store.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define WHOLE_RESERVATION (WASMC_GUARD_BEFORE_BYTES + WASMC_RESERVED_BYTES)

static _Atomic uint32_t reservation_count;

// How many the process may have: with 47 bits of addresses 6,553 for memories of code that can do without, which
// leaves half of the addresses to others, and 11,468 for those that may be needed. Stacks lie near the end of what the
// kernel gives out.
static uint32_t most_reservations(bool is_needed) {
    uint64_t addresses = UINT64_C(1) << (64 - __builtin_clzll((uintptr_t)__builtin_frame_address(0)));
    return (uint32_t)(addresses / 8 * (is_needed ? 7 : 4) / WHOLE_RESERVATION);
}

bool wasmc_is_address_space_limited(uint64_t *byte_count) {
    struct rlimit limit;
    bool is_limited = getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur != RLIM_INFINITY;
    if (is_limited) *byte_count = limit.rlim_cur;
    return is_limited;
}

void *wasmc_map_inaccessible(uint64_t byte_count) {
    void *start = mmap(NULL, byte_count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

uint8_t *wasmc_reserve(bool is_needed) {
    if (atomic_fetch_add(&reservation_count, 1) < most_reservations(is_needed)) {
        uint8_t *start = wasmc_map_inaccessible(WHOLE_RESERVATION);
        if (start) return start + WASMC_GUARD_BEFORE_BYTES;
    } else {
        errno = EAGAIN;
    }
    atomic_fetch_sub(&reservation_count, 1);
    return NULL;
}

void wasmc_free_reservation(uint8_t *base) {
    munmap(base - WASMC_GUARD_BEFORE_BYTES, WHOLE_RESERVATION);
    atomic_fetch_sub(&reservation_count, 1);
}

// Why `reserve` failed and what helps, for people.
void wasmc_describe_missing_reservation(uint32_t index, int error, char *message, size_t message_size) {
    char reason[128];
    uint64_t limit;
    if (error == EAGAIN)
        snprintf(
            reason, sizeof reason, "the process has %u memories, as many as its addresses are enough for; free some",
            most_reservations(true));
    else if (wasmc_is_address_space_limited(&limit))
        snprintf(reason, sizeof reason, "the process may have %llu; raise ulimit -v", (unsigned long long)limit);
    else snprintf(reason, sizeof reason, "the system refuses: %s; free some", strerror(error));
    snprintf(
        message, message_size,
        "memory %u needs %llu bytes of address space, on which the module's code relies, but %s, or compile the "
        "module with --memory checked (Engine.Options.memory)",
        index, (unsigned long long)WHOLE_RESERVATION, reason);
}

const wasmc_memory *wasmc_store_reservation(const wasmc_store *store, uintptr_t address) {
    const wasmc_reservation *reservation = ((const wasmc_store_storage *)store)->reservations;
    for (; reservation; reservation = reservation->next)
        if (address - ((uintptr_t)reservation->memory->base - WASMC_GUARD_BEFORE_BYTES) < WHOLE_RESERVATION)
            return reservation->memory;
    return NULL;
}
