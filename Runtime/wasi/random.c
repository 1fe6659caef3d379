// random_get.
//
// Invariant: the host's generator fills a buffer of ours; the guest's range is looked up again after each of its calls.

#include "context.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

WASI_FUNCTION(random_get) {
    uint32_t pointer = U32(0), count = U32(1);
    if (!wasmc_guest_bytes(caller, pointer, count)) ANSWER(WASI_FAULT);
    for (uint32_t done = 0; done < count && !wasmc_is_interrupted(caller->store);) {
        uint8_t bytes[4096];
        size_t part = count - done < sizeof bytes ? count - done : sizeof bytes;
        if (CONTEXT->random.fill) {
            CONTEXT->random.fill(CONTEXT->random.context, bytes, part);
        } else {
            ssize_t got = getrandom(bytes, part, 0);
            if (got < 0 && errno != EINTR) ANSWER(wasmc_wasi_errno(errno));
            part = got < 0 ? 0 : (size_t)got;
        }
        void *place = wasmc_guest_bytes(caller, pointer + done, part);
        if (!place) ANSWER(WASI_FAULT);
        memcpy(place, bytes, part);
        done += (uint32_t)part;
    }
    ANSWER(WASI_OK);
}

const wasmc_wasi_function wasmc_wasi_random_functions[] = {{"random_get", "ii", "i", random_get}, {0}};
