// Serves files to whoever writes requests to its input, in a loop on poll: GET name, PUT name bytes, WAIT milliseconds,
// QUIT. A request may arrive in pieces.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char pending[65536];
static size_t pending_count;

static void reply(const char *bytes, size_t count) {
    while (count > 0) {
        struct pollfd output = {.fd = 1, .events = POLLOUT};
        if (poll(&output, 1, -1) < 1) exit(3);
        ssize_t written = write(1, bytes, count);
        if (written < 0) exit(4);
        bytes += written;
        count -= (size_t)written;
    }
}

static void get(const char *name) {
    char bytes[1000];
    int file = open(name, O_RDONLY);
    if (file < 0) {
        int length = snprintf(bytes, sizeof bytes, "404 %s: %s\n", name, strerror(errno));
        reply(bytes, (size_t)length);
        return;
    }
    long long size = lseek(file, 0, SEEK_END);
    lseek(file, 0, SEEK_SET);
    reply(bytes, (size_t)snprintf(bytes, sizeof bytes, "200 %lld\n", size));
    for (ssize_t count; (count = read(file, bytes, sizeof bytes)) > 0;) reply(bytes, (size_t)count);
    close(file);
}

static void put(const char *name, const char *content) {
    int file = open(name, O_WRONLY | O_CREAT | O_APPEND, 0666);
    int written = file < 0 ? -1 : (int)write(file, content, strlen(content));
    if (file >= 0) close(file);
    char answer[1000];
    reply(answer, (size_t)snprintf(answer, sizeof answer, "201 %d\n", written));
}

static void answer(char *request) {
    char *name = strchr(request, ' ');
    if (name) *name++ = 0;
    char *rest = name ? strchr(name, ' ') : NULL;
    if (rest) *rest++ = 0;
    if (!strcmp(request, "QUIT")) exit(0);
    else if (!strcmp(request, "GET") && name) get(name);
    else if (!strcmp(request, "PUT") && rest) put(name, rest);
    else if (!strcmp(request, "WAIT") && name) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        poll(NULL, 0, atoi(name));
        clock_gettime(CLOCK_MONOTONIC, &after);
        long long waited = (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
        reply(waited >= atoi(name) * 1000000LL ? "waited\n" : "did not\n", waited >= atoi(name) * 1000000LL ? 7 : 8);
    } else reply("400\n", 4);
}

int main(void) {
    for (;;) {
        struct pollfd input = {.fd = 0, .events = POLLIN};
        int ready = poll(&input, 1, 5000);
        if (ready == 0) continue;
        if (ready < 0) return 5;
        ssize_t count = read(0, pending + pending_count, sizeof pending - pending_count - 1);
        if (count <= 0) return count == 0 ? 7 : 6;
        pending_count += (size_t)count;
        for (char *end; (end = memchr(pending, '\n', pending_count));) {
            *end = 0;
            answer(pending);
            size_t used = (size_t)(end + 1 - pending);
            memmove(pending, end + 1, pending_count -= used);
        }
    }
}
