// Removing a folder that a guest has filled.
//
// Invariant: no link is followed, and neither the depth of the folder nor the length of its paths matters: folders in
// folders are moved up before they are emptied.

#include "wasmc_wasi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static DIR *open_folder(int parent, const char *name) {
    int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = file < 0 ? NULL : fdopendir(file);
    if (!folder && file >= 0) close(file);
    return folder;
}

// Removes all names but those of folders, which go to `top` under names of their own. False if something stays.
static bool empty_into(DIR *folder, int top, uint64_t *moved_count) {
    bool is_empty = true;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) == 0) continue;
        char name[40];
        int failed;
        do {
            snprintf(name, sizeof name, "moved-%llu", (unsigned long long)++*moved_count);
            failed = renameat2(dirfd(folder), entry->d_name, top, name, RENAME_NOREPLACE);
        } while (failed && errno == EEXIST);
        is_empty = !failed && is_empty;
    }
    return is_empty;
}

bool wasmc_wasi_remove_folder(const char *path) {
    uint64_t moved_count = 0;
    for (;;) {
        DIR *top = open_folder(AT_FDCWD, path);
        if (!top) return false;
        bool has_folders = false, has_moved = true;
        for (const struct dirent *entry; has_moved && (entry = readdir(top));) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            if (unlinkat(dirfd(top), entry->d_name, 0) == 0) continue;
            has_folders = true;
            DIR *folder = open_folder(dirfd(top), entry->d_name);
            has_moved = folder && empty_into(folder, dirfd(top), &moved_count)
                && unlinkat(dirfd(top), entry->d_name, AT_REMOVEDIR) == 0;
            if (folder) closedir(folder);
        }
        closedir(top);
        if (!has_moved) return false;
        if (!has_folders) return rmdir(path) == 0;
    }
}
