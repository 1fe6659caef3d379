import Foundation
import WasmEngine

/// A file that a command makes. What is known to go wrong is said before anything is compiled.
struct OutputFile {
    let path: PathName

    /// - Throws: ``Failure`` when it would take the place of the command's own input, or cannot be made.
    init(_ path: PathName, inputs: [PathName]) throws {
        self.path = path
        var output = stat()
        if stat(path.bytes, &output) == 0 {
            for input in inputs {
                var other = stat()
                guard stat(input.bytes, &other) == 0, other.st_dev == output.st_dev, other.st_ino == output.st_ino,
                    output.st_mode & S_IFMT == S_IFREG
                else { continue }
                throw Failure("\(path): this would replace the input \(input); name another file with --output")
            }
            if output.st_mode & S_IFMT == S_IFDIR {
                throw Failure("\(path): this is a directory; name a file with --output")
            }
        } else if errno == ENOENT {
            guard access(path.folder.bytes, W_OK | X_OK) == 0 else {
                throw Failure("\(path): the file cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Of the file that is there; `nil` without one, and for a device or a pipe, which has nothing to be kept.
    ///
    /// - Throws: ``Failure`` when it cannot be read.
    var contents: [UInt8]? {
        get throws {
            var status = stat()
            guard stat(path.bytes, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            return try ModuleFile.bytes(path)
        }
    }

    /// A file that is there and was not made by wasmc stays.
    ///
    /// - Parameter mark: how all files of the kind start.
    func keepForeign(mark: String) throws {
        guard let bytes = try? ModuleFile.bytes(path), !bytes.isEmpty, !bytes.starts(with: Array(mark.utf8)) else {
            return
        }
        throw Failure(
            """
            \(path): the file is there and was not made by wasmc; name another object with --output, whose header \
            lies beside it
            """
        )
    }

    func write(_ bytes: [UInt8], mode: UInt32 = 0o666) throws {
        try AtomicFile.write(bytes, toPath: path.bytes, mode: mode)
    }
}
