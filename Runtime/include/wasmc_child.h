// Processes that this one starts: the compiler's, which it speaks with, and some that it leaves to themselves.
//
// Invariant: a child has one descriptor, the socket, as its standard streams, and none of this process's; when the
// socket closes, nobody waits for it any more. One that is left to itself has its input, and /dev/null.

#ifndef WASMC_CHILD_H
#define WASMC_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasmc_child {
    int socket;  // keeps the limits of messages (SOCK_SEQPACKET); does not block
    pid_t process;
    int handle;  // of the process, so that a number that is used again is never meant; -1 where the kernel has none
} wasmc_child;

// Starts an executable with the name as its first argument and `argument` as its second. Its signals are as in a new
// session: none ignored or blocked, its process group is its own. 0, or an error's number; then nothing is left behind.
int wasmc_child_start(const char *path, const char *argument, wasmc_child *child);

// Starts an executable that outlives this process, in a session of its own: it reads `input`, and its other streams
// lead nowhere. `arguments` starts with its name and ends with null. 0, or an error's number.
int wasmc_child_detach(const char *path, char *const arguments[], const void *input, size_t byte_count);

// The same with an open file as its input, which the caller may close.
int wasmc_child_detach_reading(const char *path, char *const arguments[], int input);

// Ends the process at once, from any thread. The child must not have been released.
void wasmc_child_kill(const wasmc_child *child);

// Ends the process, waits for its end and closes what belongs to it. Its status as `waitpid` has it; -1 when another
// part of this process took it, or nobody was to have it (an ignored SIGCHLD).
int wasmc_child_release(wasmc_child *child);

// Sends one message. 0, or an error's number: EAGAIN when it has to wait, EPIPE when nobody is there. Raises no signal.
int wasmc_child_send(int socket, const void *bytes, size_t byte_count);

// The same with an open file, which stays open here, unless it is -1.
int wasmc_child_send_file(int socket, const void *bytes, size_t byte_count, int file);

// A file in memory that holds the bytes and is read from their start, for the caller to close; -1 with `errno`.
int wasmc_child_hold(const void *bytes, size_t byte_count);

// Receives one message: how many bytes it has, 0 when nobody is there any more, -1 with `errno`. `file` is what came
// with it, which the caller closes, or -1.
ssize_t wasmc_child_receive(int socket, void *bytes, size_t byte_count, int *file);

// Whether the standard input is such a socket's other end.
bool wasmc_is_child(void);

#ifdef __cplusplus
}
#endif

#endif
