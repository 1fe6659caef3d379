// What calls and instantiation cost in wasm2c's code: `guest.h` is its output for calls.c.
#include "guest.h"
#include "timing.h"

struct Z_env_instance_t {
    int unused;
};

// Not inlined into the guest: a host's function is elsewhere.
__attribute__((noinline)) u32 Z_envZ_add(struct Z_env_instance_t *host, u32 a, u32 b) { return a + b; }

int main(void) {
    struct Z_env_instance_t host;
    Z_guest_instance_t guest;
    double samples[INSTANCES];
    u32 sum = 0;
    wasm_rt_init();
    Z_guest_init_module();
    for (int i = 0; i < INSTANCES; i++) {
        if (i > 0) Z_guest_free(&guest);
        start();
        Z_guest_instantiate(&guest, &host);
        samples[i] = elapsed();
    }
    report_median("instantiate", samples, INSTANCES, 1);

    for (int i = 0; i < CALL_SAMPLES; i++) {
        start();
        for (u32 j = 0; j < CALLS; j++) sum = Z_guestZ_add(&guest, sum, j);
        samples[i] = elapsed();
    }
    report_median("host-to-guest", samples, CALL_SAMPLES, CALLS);
    for (int i = 0; i < CALL_SAMPLES; i++) {
        start();
        sum += Z_guestZ_call_host(&guest, CALLS);
        samples[i] = elapsed();
    }
    report_median("guest-to-host", samples, CALL_SAMPLES, CALLS);
    printf("0 %u\n", sum);
    return 0;
}
