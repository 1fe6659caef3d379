import Glibc
import WasmEngine

// A host that keeps a folder in memory as a global, and ends. Run by CommandTests: prints the folder's path, then
// returns, kills itself, or waits for its input's end.

let folder = Result { try WASI.MemoryFolder(["deep/file": [1, 2, 3]]) }

@main
struct MemoryFolderProbe {
    static func main() throws {
        print(try folder.get().path)
        fflush(nil)
        switch CommandLine.arguments.last {
        case "killed": raise(SIGKILL)
        case "waits": while getchar() != EOF {}
        default: break
        }
    }
}
