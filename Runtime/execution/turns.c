// Turns: guests on fibers that run for long are asked to yield, so that the host's other tasks get the thread.
//
// Invariant: the list holds only fibers that run, and the lock is held while one is asked. So nobody is asked any more
// once a turn has ended, and its end takes back what was asked.

#include "execution.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

// A turn takes one to two of these.
static const struct timespec tick = {.tv_nsec = 5000000};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t begun = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static wasmc_turn *first;

// WASMC_YIELD_STRESS has guests yield at every poll, since each turn is old when it begins.
static bool is_stressed;

static void *ask_old_turns(void *nothing) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (!first) pthread_cond_wait(&begun, &lock);
        pthread_mutex_unlock(&lock);
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&lock);
        for (wasmc_turn *turn = first; turn; turn = turn->next) {
            if (turn->is_old) wasmc_request(turn->store, WASMC_YIELD);
            turn->is_old = true;
        }
    }
    return nothing;
}

// Without the thread guests run as long as they like, and nothing else is lost.
static void start(void) {
    is_stressed = getenv("WASMC_YIELD_STRESS") != NULL;
    (void)wasmc_start_thread(ask_old_turns);
}

void wasmc_turn_begin(wasmc_turn *turn, wasmc_store *store) {
    pthread_once(&once, start);
    pthread_mutex_lock(&lock);
    *turn = (wasmc_turn){.store = store, .next = first};
    if (first) first->previous = turn;
    else pthread_cond_signal(&begun);
    first = turn;
    if (is_stressed) wasmc_request(store, WASMC_YIELD);
    pthread_mutex_unlock(&lock);
}

void wasmc_turn_end(wasmc_turn *turn) {
    pthread_mutex_lock(&lock);
    if (turn->previous) turn->previous->next = turn->next;
    else first = turn->next;
    if (turn->next) turn->next->previous = turn->previous;
    pthread_mutex_unlock(&lock);
    wasmc_take_back(turn->store, WASMC_YIELD);
}
