// Walks a directory: each name with its kind, size, links and, for a link, what it says; sorted, so that two file
// systems give the same output.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// The two C libraries have other words for a loop.
static const char *reason(void) { return errno == ELOOP ? "a loop" : strerror(errno); }

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void walk(const char *path, int depth, long *count, long long *bytes) {
    DIR *directory = opendir(path);
    if (!directory) {
        printf("%*s! %s\n", depth * 2, "", reason());
        return;
    }
    char **names = NULL;
    size_t found = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        names = realloc(names, (found + 1) * sizeof *names);
        names[found++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(names, found, sizeof *names, by_name);
    for (size_t i = 0; i < found; i++) {
        char full[4096], target[4096];
        struct stat status;
        snprintf(full, sizeof full, "%s/%s", path, names[i]);
        if (lstat(full, &status)) {
            printf("%*s%s: %s\n", depth * 2, "", names[i], reason());
        } else if (S_ISDIR(status.st_mode)) {
            printf("%*s%s/\n", depth * 2, "", names[i]);
            walk(full, depth + 1, count, bytes);
        } else if (S_ISLNK(status.st_mode)) {
            ssize_t length = readlink(full, target, sizeof target);
            printf(
                "%*s%s -> %.*s (%s)\n", depth * 2, "", names[i], (int)length, target,
                stat(full, &status) ? reason() : "leads somewhere");
        } else {
            unsigned sum = 0;
            FILE *file = fopen(full, "rb");
            for (int byte; file && (byte = getc(file)) != EOF;) sum = sum * 31 + (unsigned)byte;
            if (file) fclose(file);
            printf(
                "%*s%s %lld bytes, %d links, sum %08x\n", depth * 2, "", names[i], (long long)status.st_size,
                (int)status.st_nlink, sum);
            *bytes += status.st_size;
        }
        ++*count;
        free(names[i]);
    }
    free(names);
}

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        long names = 0;
        long long bytes = 0;
        walk(arguments[i], 0, &names, &bytes);
        printf("%ld names, %lld bytes\n", names, bytes);
        // What a walk does not do: the errors of a few calls that fail.
        char path[4096];
        snprintf(path, sizeof path, "%s/none/x", arguments[i]);
        printf("open %d", open(path, O_RDONLY)), printf(": %s\n", reason());
        printf("mkdir %d", mkdir(arguments[i], 0777)), printf(": %s\n", reason());
        snprintf(path, sizeof path, "%s/", arguments[i]);
        printf("unlink %d", unlink(path)), printf(": %s\n", reason());
        printf("rmdir %d", rmdir(path)), printf(": %s\n", reason());
    }
    return 0;
}
