// References on stacks: of the thread, of fibers that wait, of fibers that have resumed others.

#include "trial.h"

#include "execution/execution.h"

#include <stdlib.h>

// Some guests of a store, one on a stack of its own.
typedef struct party {
    wasmc_store *store;
    wasmc_fiber *fiber;
    struct party *other;
    uint32_t type, id, turns, *last_seal;
    const char *fault;
} party;

static wasmc_heap *heap_of(const party *self) { return ((const wasmc_store_storage *)self->store)->heap; }

// An object with a number that no other one has.
static uint8_t *make_sealed(party *self, uint32_t *seal) {
    uint8_t *object = wasmc_store_allocate_struct(self->store, self->id);
    ((uint32_t *)object)[1] = *seal = ++*self->last_seal;
    return object;
}

static bool has_seal(const uint8_t *object, uint32_t seal) { return ((const uint32_t *)object)[1] == seal; }

// Collects, and fills what was freed with other objects.
static void disturb(party *self) {
    wasmc_store_collect(self->store);
    uint32_t seal;
    for (int i = 0; i < 200; i++) make_sealed(self, &seal);
}

static wasmc_outcome call(party *self, wasmc_entry entry) {
    wasmc_function function = {.context = self, .entry = entry, .index = UINT32_MAX};
    wasmc_result result;
    wasmc_call(self->store, &function, NULL, &result);
    return result.outcome;
}

// Each frame holds one object as generated code may hold it.
static __attribute__((noinline)) void descend(party *self, uint32_t depth) {
    uint32_t seal, other_seal;
    uint8_t *object = make_sealed(self, &seal);
    volatile struct {
        uint32_t low, high;
    } halves = {7, (uint32_t)(uintptr_t)make_sealed(self, &other_seal)};
    if (depth) descend(self, depth - 1);
    else disturb(self);
    const uint8_t *base = self->store->allocation.base;
    if (!has_seal(object, seal) || !has_seal(base + halves.high, other_seal))
        self->fault = "an object of a deep stack is gone";
}

static void run_deep(const wasmc_function *function, wasmc_value *values) {
    (void)values;
    descend(function->context, 50);
}

static void run_waiting(const wasmc_function *function, wasmc_value *values) {
    (void)values;
    party *self = function->context;
    uint32_t seal;
    uint8_t *object = make_sealed(self, &seal);
    for (int i = 0; i < 3; i++) {
        wasmc_fiber_suspend(self->store);
        self->turns++;
        if (!has_seal(object, seal)) self->fault = "an object of a fiber that waited is gone";
    }
}

// Enters the store once more, on the same stack.
static void call_deep(const wasmc_function *function, wasmc_value *values) {
    (void)values;
    party *self = function->context;
    uint32_t seal;
    uint8_t *object = make_sealed(self, &seal);
    if (call(self, run_deep) != WASMC_RETURNED) self->fault = "the guest did not run";
    self->turns++;
    if (!has_seal(object, seal)) self->fault = "an object of a fiber that entered its store again is gone";
}

// On the thread's stack or on a fiber: resumes the other's fiber.
static void resume_other(const wasmc_function *function, wasmc_value *values) {
    (void)values;
    party *self = function->context;
    uint32_t seal;
    uint8_t *object = make_sealed(self, &seal);
    wasmc_fiber_resume(self->other->fiber);
    if (!has_seal(object, seal)) self->fault = "an object of one that resumed a fiber is gone";
}

static void body_waiting(void *self) { call(self, run_waiting); }
static void body_calls(void *self) { call(self, call_deep); }
static void body_resumes(void *self) { call(self, resume_other); }

static bool begin(party *self, uint32_t *last_seal) {
    *self = (party){.store = wasmc_store_create(), .last_seal = last_seal};
    static const uint32_t i32 = 0x7F;
    const wasmc_type_description type = {
        .codes = &i32, .code_count = 1, .supertype = WASMC_NO_TYPE, .kind = WASMC_KIND_STRUCT, .is_final = true};
    if (!self->store || !wasmc_types_acquire(&type, 0, 1, &self->type) || !wasmc_store_make_heap(self->store))
        return false;
    self->id = wasmc_type_object_id(self->type);
    heap_of(self)->stress = 16;
    return true;
}

// Nothing of the guests is left, then.
static void end(party *self) {
    wasmc_store_collect(self->store);
    if (wasmc_store_heap_statistics(self->store).live_byte_count) self->fault = "objects stay when no guest runs";
    wasmc_store_destroy(self->store);
    wasmc_type_release(self->type);
}

const char *heap_trial_stacks(void) {
    uint32_t last_seal = 0;
    party one;
    if (!begin(&one, &last_seal)) return "no store could be made";
    party two = one;
    one.other = &two;
    call(&one, run_deep);

    one.fiber = wasmc_fiber_create(one.store, 64 << 10, NULL, body_waiting, &one);
    while (wasmc_fiber_resume(one.fiber) != WASMC_FIBER_FINISHED) {
        disturb(&one);
        call(&one, run_deep);
    }
    wasmc_fiber_destroy(one.fiber);
    if (one.turns != 3) one.fault = "the fiber did not run";

    // One on the thread's stack, two on a fiber.
    two.fiber = wasmc_fiber_create(two.store, 64 << 10, NULL, body_calls, &two);
    call(&one, resume_other);
    wasmc_fiber_destroy(two.fiber);

    // One on a fiber, which resumes two's.
    one.fiber = wasmc_fiber_create(one.store, 64 << 10, NULL, body_resumes, &one);
    two.fiber = wasmc_fiber_create(two.store, 64 << 10, NULL, body_calls, &two);
    wasmc_fiber_resume(one.fiber);
    wasmc_fiber_destroy(one.fiber);
    wasmc_fiber_destroy(two.fiber);
    if (two.turns != 2) two.fault = "the resumed fibers did not run";

    uint32_t seal, handle = wasmc_handle_make(one.store, (uintptr_t)make_sealed(&one, &seal));
    for (int i = 0; i < 100; i++) wasmc_handle_release(one.store, wasmc_handle_make(one.store, 0));
    disturb(&one);
    if (!has_seal((const uint8_t *)wasmc_handle_reference(one.store, handle), seal))
        one.fault = "the host's object is gone";
    wasmc_handle_release(one.store, handle);
    end(&one);
    return one.fault ? one.fault : two.fault;
}
