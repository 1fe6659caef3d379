// Prints what a WASI program is given: arguments, variables, input, and what it may do in its directories.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments) {
    for (int i = 1; i < count; i++) printf("argument %s\n", arguments[i]);
    for (char **variable = environ; *variable; variable++) printf("variable %s\n", *variable);
    for (int byte; (byte = getchar()) != EOF;) putchar(byte);
    for (int i = 1; i < count; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/new", arguments[i]);
        int file = open(path, O_WRONLY | O_CREAT, 0666);
        printf("%s: %s\n", path, file < 0 ? strerror(errno) : "made");
        snprintf(path, sizeof path, "%s/file", arguments[i]);
        char content[100] = "";
        file = open(path, O_RDONLY);
        printf("%s: %s\n", path, file < 0 || read(file, content, sizeof content - 1) < 0 ? strerror(errno) : content);
    }
    return 0;
}
