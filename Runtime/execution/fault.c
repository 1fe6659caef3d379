// Faults in the reservations of memories and in heaps, SIGSEGV or SIGBUS. After the bytes of a memory the access of
// code that relies on faults is a guest's, out of bounds: a trap. Every other one is a mistake of the compiler's, which
// no code may make: an access of code that makes its own checks, to what lies in front of a memory, or to a part of a
// heap where no object is. It ends the call as an internal error.
//
// Invariant: a fault ends a guest's call only if a guest runs on this thread, the kernel sent the signal, generated
// code made the access, or called the function of the C library that made it, and the address is in a reservation or
// the heap of this guest's store. Every other fault goes, unchanged, to the handler that was there before: a fault of
// generated code at a foreign address stays fatal, since nobody knows what it did at such addresses before.

#include "execution.h"

#include "../platform/arch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static struct sigaction previous_segv, previous_bus;
static bool installed;

static void raise_fault(void) {
    wasmc_activation *activation = wasmc_current_activation;
    wasmc_raise(activation->store, activation->fault_outcome, activation->fault);
}

void wasmc_describe_stray_access(const wasmc_store *store, char *bytes, size_t size) {
    wasmc_stray_access access = ((const wasmc_store_storage *)store)->stray_access;
    if (!access.is_known) {
        snprintf(bytes, size, "an access outside of its memory or table, which was not made,");
        return;
    }
    if (access.is_in_heap) {
        snprintf(bytes, size, "an access to the store's heap where no object is");
        return;
    }
    snprintf(
        bytes, size, "an access to address %lld of a memory of %llu byte%s", (long long)access.address,
        (unsigned long long)access.memory_byte_count, access.memory_byte_count == 1 ? "" : "s");
}

static void forward(int number, siginfo_t *info, void *context) {
    const struct sigaction *previous = number == SIGSEGV ? &previous_segv : &previous_bus;
    if (previous->sa_flags & SA_SIGINFO) {
        previous->sa_sigaction(number, info, context);
    } else if (previous->sa_handler == SIG_DFL || previous->sa_handler == SIG_IGN) {
        // Returning runs the faulting instruction again, now under the earlier disposition.
        sigaction(number, previous, NULL);
    } else {
        previous->sa_handler(number);
    }
}

// Where generated code is, as if the access had been a call; false when other code runs. It may have called a
// function of the C library.
static bool find_site(const ucontext_t *machine, wasmc_site *site, const wasmc_module **module, bool *is_called) {
    *site = wasmc_arch_fault_site(machine);
    *module = wasmc_code_module(site->code - 1);
    *is_called = !*module;
    if (*module) return true;
    *site = wasmc_arch_caller_site(machine);
    *module = wasmc_code_module(site->code - 1);
    return *module != NULL;
}

// On the guest's stack, and with the signal unblocked again by the return from the handler.
static void
raise_in_place(ucontext_t *machine, wasmc_activation *activation, wasmc_outcome outcome, wasmc_stray_access access) {
    activation->fault_outcome = outcome;
    ((wasmc_store_storage *)activation->store)->stray_access = access;
    wasmc_arch_continue(machine, raise_fault);
}

static void handle(int number, siginfo_t *info, void *context) {
    wasmc_activation *activation = wasmc_current_activation;
    uintptr_t address = (uintptr_t)info->si_addr;
    // The list of reservations does not change while a guest runs; whether one does is seen next.
    const wasmc_memory *memory =
        activation && info->si_code > 0 ? wasmc_store_reservation(activation->store, address) : NULL;
    bool is_in_heap = activation && info->si_code > 0 && wasmc_store_heap_holds(activation->store, address);
    const wasmc_module *module;
    bool is_called;
    if ((!memory && !is_in_heap) || !find_site(context, &activation->fault, &module, &is_called)) {
        forward(number, info, context);
        return;
    }
    if (is_in_heap) {
        wasmc_stray_access access = {.is_known = true, .is_in_heap = true};
        raise_in_place(context, activation, WASMC_INTERNAL_ERROR, access);
        return;
    }
    int64_t offset = (int64_t)(address - (uintptr_t)memory->base);
    int64_t byte_count = (int64_t)wasmc_memory_byte_count(memory);
    // Another thread has made the memory larger since: the access is made again.
    if (memory->shared && offset >= 0 && offset < byte_count) return;
    bool is_out_of_bounds = offset >= byte_count && module->artifact->wants_guarded_memory && !is_called;
    wasmc_stray_access access = {.address = offset, .memory_byte_count = (uint64_t)byte_count, .is_known = true};
    wasmc_outcome outcome = is_out_of_bounds ? WASMC_TRAP_MEMORY_OUT_OF_BOUNDS : WASMC_INTERNAL_ERROR;
    raise_in_place(context, activation, outcome, access);
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    installed = sigaction(SIGSEGV, &action, &previous_segv) == 0 && sigaction(SIGBUS, &action, &previous_bus) == 0;
}

bool wasmc_install_fault_handlers(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    return installed;
}
