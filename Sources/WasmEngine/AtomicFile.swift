internal import Glibc

/// Files that appear whole or not at all: written under a temporary name, then renamed.
public enum AtomicFile {
    /// - Parameter mode: the file's permissions, less those that the process masks.
    /// - Throws: ``FileError``; nothing is left behind then.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o666) throws(FileError) {
        let temporary = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard descriptor >= 0 else { throw FileError(path: path, reason: reason()) }
        guard writeAll(bytes, descriptor) else {
            let error = FileError(path: path, reason: reason())
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let error = FileError(path: path, reason: reason())
            unlink(temporary)
            throw error
        }
    }

    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private static func reason() -> String { "the file cannot be written: \(String(cString: strerror(errno)))" }
}
