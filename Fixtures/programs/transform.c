// Reads a file, numbers its lines and turns them to upper case, writes another, and exits with 3.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: transform INPUT OUTPUT\n");
        return 64;
    }
    FILE *input = fopen(argv[1], "r"), *output = fopen(argv[2], "w");
    if (!input || !output) {
        perror("transform");
        return 1;
    }
    char line[4096];
    unsigned number = 0, checksum = 0;
    while (fgets(line, sizeof line, input)) {
        for (char *c = line; *c; c++) {
            *c = (char)toupper((unsigned char)*c);
            checksum = checksum * 31 + (unsigned char)*c;
        }
        fprintf(output, "%8u %s", ++number, line);
    }
    fprintf(output, "%u lines, checksum %08x\n", number, checksum);
    if (fclose(output)) return 1;
    fclose(input);
    return 3;
}
