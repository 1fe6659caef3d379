// What the thread and address sanitizers have to be told when a thread goes on on another stack; nothing without it.
//
// Invariant: each function is called right before or after the switch that it is named for, on the stack that is said.

#ifndef WASMC_SANITIZERS_H
#define WASMC_SANITIZERS_H

#include <stddef.h>

// Never a call, which the thread sanitizer would see begin on one stack and end on the other.
#define NOTE static inline __attribute__((always_inline))

#define WASMC_STACKS_ARE_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))

#if __has_feature(thread_sanitizer)

void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);

typedef struct wasmc_sanitized_stack {
    void *own, *resumer;
} wasmc_sanitized_stack;

NOTE void wasmc_stack_made(wasmc_sanitized_stack *stack) { stack->own = __tsan_create_fiber(0); }
NOTE void wasmc_stack_gone(wasmc_sanitized_stack *stack) { __tsan_destroy_fiber(stack->own); }
// On the resumer's stack.
NOTE void wasmc_before_resume(wasmc_sanitized_stack *stack, const void *lowest, size_t byte_count) {
    (void)lowest, (void)byte_count;
    stack->resumer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(stack->own, 0);
}
NOTE void wasmc_after_return(wasmc_sanitized_stack *stack) { (void)stack; }
// On its own.
NOTE void wasmc_after_resume(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_before_suspend(wasmc_sanitized_stack *stack) { __tsan_switch_to_fiber(stack->resumer, 0); }
NOTE void wasmc_before_end(wasmc_sanitized_stack *stack) { wasmc_before_suspend(stack); }

#elif __has_feature(address_sanitizer)

void __sanitizer_start_switch_fiber(void **kept, const void *lowest, size_t byte_count);
void __sanitizer_finish_switch_fiber(void *kept, const void **lowest, size_t *byte_count);

// What the sanitizer keeps of the stack that is left, and where the resumer's is.
typedef struct wasmc_sanitized_stack {
    void *own, *resumer;
    const void *resumer_lowest;
    size_t resumer_byte_count;
} wasmc_sanitized_stack;

NOTE void wasmc_stack_made(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_stack_gone(wasmc_sanitized_stack *stack) { (void)stack; }
// On the resumer's stack.
NOTE void wasmc_before_resume(wasmc_sanitized_stack *stack, const void *lowest, size_t byte_count) {
    __sanitizer_start_switch_fiber(&stack->resumer, lowest, byte_count);
}
NOTE void wasmc_after_return(wasmc_sanitized_stack *stack) {
    __sanitizer_finish_switch_fiber(stack->resumer, NULL, NULL);
}
// On its own.
NOTE void wasmc_after_resume(wasmc_sanitized_stack *stack) {
    __sanitizer_finish_switch_fiber(stack->own, &stack->resumer_lowest, &stack->resumer_byte_count);
}
NOTE void wasmc_before_suspend(wasmc_sanitized_stack *stack) {
    __sanitizer_start_switch_fiber(&stack->own, stack->resumer_lowest, stack->resumer_byte_count);
}
NOTE void wasmc_before_end(wasmc_sanitized_stack *stack) {
    __sanitizer_start_switch_fiber(NULL, stack->resumer_lowest, stack->resumer_byte_count);
}

#else

typedef struct wasmc_sanitized_stack {
    char nothing;
} wasmc_sanitized_stack;

NOTE void wasmc_stack_made(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_stack_gone(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_before_resume(wasmc_sanitized_stack *stack, const void *lowest, size_t byte_count) {
    (void)stack, (void)lowest, (void)byte_count;
}
NOTE void wasmc_after_return(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_after_resume(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_before_suspend(wasmc_sanitized_stack *stack) { (void)stack; }
NOTE void wasmc_before_end(wasmc_sanitized_stack *stack) { (void)stack; }

#endif

#undef NOTE

#endif
