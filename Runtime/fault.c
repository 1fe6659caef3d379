// Faults: a guarded memory turns an access out of bounds into SIGSEGV or SIGBUS; here it becomes a trap.
//
// Invariant: a fault is a guest's only if a guest runs on this thread, the kernel sent the signal, the program counter is
// in generated code, and the address is in a reservation of this guest's store. Every other fault goes, unchanged, to
// the handler that was there before. A fault in generated code at a foreign address is a bug of ours: it stays fatal.

#include "internal.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

static struct sigaction previous_segv, previous_bus;
static bool installed;

static void raise_out_of_bounds(void) {
    wasmc_activation *activation = wasmc_current_activation;
    wasmc_raise(activation->store, WASMC_TRAP_MEMORY_OUT_OF_BOUNDS, activation->fault);
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

static void handle(int number, siginfo_t *info, void *context) {
    wasmc_activation *activation = wasmc_current_activation;
    ucontext_t *machine = context;
#if defined(__x86_64__)
    uintptr_t pc = (uintptr_t)machine->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    uintptr_t pc = machine->uc_mcontext.pc;
#endif
    if (!activation || info->si_code <= 0 || !wasmc_code_module(pc)
        || !wasmc_store_reserves(activation->store, (uintptr_t)info->si_addr)) {
        forward(number, info, context);
        return;
    }
    // Continue in the raising function, on the guest's stack and with the signal unblocked again by the return.
    // As if the instruction had been a call.
#if defined(__x86_64__)
    activation->fault = (wasmc_site){
        pc + 1, (uintptr_t)machine->uc_mcontext.gregs[REG_RSP], (uintptr_t)machine->uc_mcontext.gregs[REG_RBP]};
    uintptr_t sp = ((uintptr_t)machine->uc_mcontext.gregs[REG_RSP] - 256) & ~(uintptr_t)15;
    machine->uc_mcontext.gregs[REG_RSP] = (greg_t)(sp - 8);  // as after a call
    machine->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)raise_out_of_bounds;
#elif defined(__aarch64__)
    activation->fault = (wasmc_site){pc + 4, machine->uc_mcontext.sp, machine->uc_mcontext.regs[29]};
    machine->uc_mcontext.sp = (machine->uc_mcontext.sp - 256) & ~(uintptr_t)15;
    machine->uc_mcontext.pc = (uintptr_t)raise_out_of_bounds;
#endif
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
