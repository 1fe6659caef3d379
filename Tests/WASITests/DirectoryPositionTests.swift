import Foundation
import Testing

@testable import WasmEngine
@testable import WasmRuntime

/// Positions in a directory, on a file system whose own do not fit into 31 bits, where there is one.
@Suite struct DirectoryPositionTests {
    @Test("telldir and seekdir find every entry again, and removing files while listing leaves none out")
    func positions() throws {
        let program = try Program(
            c: """
                #include <dirent.h>
                #include <stdio.h>
                #include <string.h>
                #include <unistd.h>
                #include <fcntl.h>
                static char names[300][32]; static long places[300];
                int main(void) {
                  char path[64];
                  for (int i = 0; i < 200; i++) { snprintf(path, 64, "/d/file%d", i); close(open(path, O_CREAT | \
                O_WRONLY, 0600)); }
                  DIR *d = opendir("/d");
                  int n = 0, wrong = 0, removed = 0;
                  for (struct dirent *e; places[n] = telldir(d), e = readdir(d); n++) strcpy(names[n], e->d_name);
                  for (int i = n - 1; i >= 0; i -= 7) {
                    seekdir(d, places[i]);
                    for (int j = i; j < n && j < i + 3; j++) {
                      struct dirent *e = readdir(d);
                      wrong += !e || strcmp(e->d_name, names[j]);
                    }
                  }
                  rewinddir(d);
                  for (struct dirent *e; e = readdir(d);)
                    if (e->d_name[0] == 'f') { snprintf(path, 64, "/d/%s", e->d_name); removed += !unlink(path); }
                  closedir(d);
                  printf("%d entries, %d wrong, %d removed", n, wrong, removed);
                }
                """)
        let folder = NSTemporaryDirectory() + "wasmc-positions-\(UUID().uuidString)"
        mkdir(folder, 0o700)
        defer { rmdir(folder) }
        let output = try program.output([], [.init(host: folder, guest: "/d")])
        #expect(output == "202 entries, 0 wrong, 200 removed")
    }
}
