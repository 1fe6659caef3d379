// Runs a command and writes to standard error what it cost: wall and CPU time and the time to its first output in
// nanoseconds, peak memory in bytes, and its priority as `nice` counts.
//   measure SECONDS COMMAND...
// A small program of its own, because Linux counts a parent's memory as its child's until the child has more. The
// command is killed after SECONDS. The exit status is the command's, 128 + n for a signal.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void kill_child(int signal) {
    (void)signal;
    kill(child, SIGKILL);
}

static int exit_status(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

// What else the machine does disturbs less, where this is permitted. Linux shares processors among sessions first, so
// the rest of this program is a process that leads a session of its own, and ends with the first one.
static void enter_session(int priority) {
    int status;
    pid_t leader = fork();
    if (leader > 0) exit(waitpid(leader, &status, 0) < 0 ? 71 : exit_status(status));
    if (leader < 0) exit(71);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    FILE *group = fopen("/proc/self/autogroup", "w");
    if (!group) return;
    fprintf(group, "%d", priority);
    fclose(group);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static long long nanoseconds(struct timeval time) { return time.tv_sec * 1000000000ll + time.tv_usec * 1000ll; }

// Hands on what the child writes. Returns when there was something first, or the end.
static long long hand_on(int from) {
    char buffer[65536];
    long long first = 0;
    for (ssize_t count; (count = read(from, buffer, sizeof buffer)) > 0;) {
        if (!first) first = now();
        for (ssize_t done = 0, written; done < count; done += written)
            if ((written = write(1, buffer + done, (size_t)(count - done))) <= 0) exit(74);
    }
    return first ? first : now();
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    setpriority(PRIO_PROCESS, 0, -20);
    int priority = getpriority(PRIO_PROCESS, 0);
    enter_session(priority);
    int output[2];
    if (pipe(output)) return 71;
    long long start = now();
    child = fork();
    if (child < 0) return 71;
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(output[1], 1);
        close(output[0]);
        close(output[1]);
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    signal(SIGALRM, kill_child);
    alarm((unsigned)atoi(argv[1]));
    close(output[1]);
    long long first = hand_on(output[0]);
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) < 0) return 71;
    long long cpu = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    fprintf(
        stderr, "bench wall %lld\nbench cpu %lld\nbench first-output %lld\nbench peak %lld\nbench priority %d\n",
        now() - start, cpu, first - start, usage.ru_maxrss * 1024ll, priority);
    return exit_status(status);
}
