// Starts and ends child processes.
//
// Invariant: see wasmc_child.h. A process is only signalled before it has been waited for, through a handle where
// there are handles: an ignored SIGCHLD frees its number without us.

#include "wasmc_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// The host may have closed its standard streams, whose numbers the child's are.
static int above_streams(int descriptor) {
    if (descriptor < 0 || descriptor > 2) return descriptor;
    int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    close(descriptor);
    return moved;
}

static int make_sockets(int sockets[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) return errno;
    sockets[0] = above_streams(sockets[0]);
    int reason = sockets[0] < 0 ? errno : 0;
    sockets[1] = above_streams(sockets[1]);
    if (sockets[1] < 0) reason = errno;
    if (!reason && fcntl(sockets[0], F_SETFL, O_NONBLOCK)) reason = errno;
    if (!reason) return 0;
    for (int i = 0; i < 2; i++)
        if (sockets[i] >= 0) close(sockets[i]);
    return reason;
}

// This process's environment, less what would make Swift catch the child's crashes itself. The caller frees the list.
static char **make_environment(void) {
    static char no_backtraces[] = "SWIFT_BACKTRACE=enable=no";
    size_t count = 0;
    while (environ && environ[count]) count++;
    char **list = malloc((count + 2) * sizeof *list);
    if (!list) return NULL;
    size_t used = 0;
    for (size_t i = 0; i < count && environ[i]; i++)
        if (strncmp(environ[i], "SWIFT_BACKTRACE=", 16)) list[used++] = environ[i];
    list[used++] = no_backtraces;
    list[used] = NULL;
    return list;
}

// Gives a child its streams, by their numbers in this process or /dev/null, and no other descriptors.
static int set_streams(posix_spawn_file_actions_t *files, int input, int output) {
    int reason = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
    for (int stream = 1; !reason && stream < 3; stream++)
        reason = output < 0 ? posix_spawn_file_actions_addopen(files, stream, "/dev/null", O_RDWR, 0)
                            : posix_spawn_file_actions_adddup2(files, output, stream);
    return reason ? reason : posix_spawn_file_actions_addclosefrom_np(files, 3);
}

// - `output`: for both streams; -1 for /dev/null.
// - `placement`: POSIX_SPAWN_SETPGROUP or POSIX_SPAWN_SETSID.
static int spawn(const char *path, char *const arguments[], int input, int output, short placement, pid_t *process) {
    char **environment = make_environment();
    if (!environment) return ENOMEM;
    posix_spawn_file_actions_t files;
    int reason = posix_spawn_file_actions_init(&files);
    if (reason) {
        free(environment);
        return reason;
    }
    posix_spawnattr_t attributes;
    reason = posix_spawnattr_init(&attributes);
    if (reason) {
        posix_spawn_file_actions_destroy(&files);
        free(environment);
        return reason;
    }
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | placement));
    reason = set_streams(&files, input, output);
    if (!reason) reason = posix_spawn(process, path, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    free(environment);
    return reason;
}

int wasmc_child_start(const char *path, const char *argument, wasmc_child *child) {
    int sockets[2];
    int reason = make_sockets(sockets);
    if (reason) return reason;
    char name[] = "wasmc-compiler";
    char *arguments[] = {name, (char *)argument, NULL};
    reason = spawn(path, arguments, sockets[1], sockets[1], POSIX_SPAWN_SETPGROUP, &child->process);
    close(sockets[1]);
    if (reason) {
        close(sockets[0]);
        return reason;
    }
    child->socket = sockets[0];
    child->handle = (int)syscall(SYS_pidfd_open, child->process, 0);
    return 0;
}

int wasmc_child_hold(const void *bytes, size_t byte_count) {
    int file = above_streams(memfd_create("input", MFD_CLOEXEC));
    if (file < 0) return -1;
    for (size_t done = 0; done < byte_count;) {
        ssize_t count = write(file, (const char *)bytes + done, byte_count - done);
        if (count > 0) {
            done += (size_t)count;
        } else if (errno != EINTR) {
            close(file);
            return -1;
        }
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

int wasmc_child_detach_reading(const char *path, char *const arguments[], int input) {
    pid_t process;
    return spawn(path, arguments, input, -1, POSIX_SPAWN_SETSID, &process);
}

int wasmc_child_detach(const char *path, char *const arguments[], const void *input, size_t byte_count) {
    int file = wasmc_child_hold(input, byte_count);
    if (file < 0) return errno;
    int reason = wasmc_child_detach_reading(path, arguments, file);
    close(file);
    return reason;
}

void wasmc_child_kill(const wasmc_child *child) {
    if (child->handle >= 0) syscall(SYS_pidfd_send_signal, child->handle, SIGKILL, NULL, 0);
    else kill(child->process, SIGKILL);
}

int wasmc_child_release(wasmc_child *child) {
    wasmc_child_kill(child);
    close(child->socket);
    int status = -1;
    pid_t ended;
    do ended = waitpid(child->process, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (child->handle >= 0) close(child->handle);
    return ended == child->process ? status : -1;
}

int wasmc_child_send(int socket, const void *bytes, size_t byte_count) {
    ssize_t sent;
    do sent = send(socket, bytes, byte_count, MSG_NOSIGNAL | MSG_EOR);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

typedef union file_message {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
} file_message;

int wasmc_child_send_file(int socket, const void *bytes, size_t byte_count, int file) {
    if (file < 0) return wasmc_child_send(socket, bytes, byte_count);
    file_message control = {
        .header = {.cmsg_len = CMSG_LEN(sizeof file), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.header), &file, sizeof file);
    struct iovec content = {.iov_base = (void *)bytes, .iov_len = byte_count};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_EOR);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? errno : 0;
}

ssize_t wasmc_child_receive(int socket, void *bytes, size_t byte_count, int *file) {
    file_message control;
    struct iovec content = {.iov_base = bytes, .iov_len = byte_count};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *file = -1;
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    struct cmsghdr *header = count < 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS
        && header->cmsg_len == CMSG_LEN(sizeof *file))
        memcpy(file, CMSG_DATA(header), sizeof *file);
    return count;
}

bool wasmc_is_child(void) {
    int type = 0, domain = 0;
    socklen_t size = sizeof type;
    if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &size) || type != SOCK_SEQPACKET) return false;
    size = sizeof domain;
    return !getsockopt(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &size) && domain == AF_UNIX;
}
