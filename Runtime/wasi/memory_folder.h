// A folder in memory, and the room that is left in it.
//
// Invariant: see memory_folder.c and folder_limit.c.

#ifndef WASMC_WASI_MEMORY_FOLDER_H
#define WASMC_WASI_MEMORY_FOLDER_H

#include "context.h"

struct wasmc_wasi_folder {
    char path[64];
    int directory;            // held locked: tells other processes that this one lives
    pid_t owner;              // a forked process leaves its parent's folders alone
    wasmc_wasi_folder *next;  // of this process's
    uint64_t byte_limit;
    pthread_mutex_t lock;  // of what follows
    uint64_t room;         // so many bytes may be added before the folder is measured again
    int *files;            // open ones: such a file takes room even if it was removed
    uint32_t file_count;
};

// What a name takes beside a file's content.
enum { ENTRY_BYTES = 4096 };

// Takes room for so many bytes. False with errno set when there is none, or the caller was interrupted; `caller` may be
// null.
bool wasmc_take_room(wasmc_wasi_folder *folder, wasmc_instance *caller, uint64_t byte_count);
// Takes room for `count` bytes at `offset` of a file. The number of bytes for which there was room; 0 with errno set
// when there was none.
uint64_t
wasmc_take_room_in_file(wasmc_wasi_folder *folder, wasmc_instance *caller, int file, uint64_t offset, uint64_t count);
// A file that the guest holds open.
bool wasmc_hold_file(wasmc_wasi_folder *folder, int file);
void wasmc_release_file(wasmc_wasi_folder *folder, int file);

#endif
