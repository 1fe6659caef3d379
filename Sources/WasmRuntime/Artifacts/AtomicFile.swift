internal import Glibc

/// Files that appear whole or not at all: written without a name, or under a temporary one where the file system wants
/// a name, then put in their place.
public enum AtomicFile {
    /// Writes a file, over one of the same name.
    ///
    /// - Parameters:
    ///   - mode: the file's permissions, less those that the process masks.
    ///   - replacesDevices: puts the file in the place of what is no regular file, as /dev/null; else that is written
    ///     to.
    /// - Throws: ``FileError``; nothing is left behind then.
    public static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o666, replacesDevices: Bool = false
    ) throws(FileError) {
        try write(bytes, toPath: Array(path.utf8CString), mode: mode, replacesDevices: replacesDevices)
    }

    /// The same with a path that need not be UTF-8, and has a NUL at its end.
    package static func write(
        _ bytes: [UInt8], toPath path: [CChar], mode: UInt32 = 0o666, replacesDevices: Bool = false
    ) throws(FileError) {
        let suffix = ".\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
        let temporary: [CChar] = path.dropLast() + Array(suffix.utf8CString)
        let isDone =
            !replacesDevices && isDevice(path)
            ? writeInPlace(bytes, path)
            : writeNameless(bytes, path, temporary, mode) ?? writeNamed(bytes, path, temporary, mode)
        guard isDone else {
            let reason = String(cString: strerror(errno))
            let error = FileError(path: path.pathText, reason: "the file cannot be written: \(reason)")
            unlink(temporary)
            throw error
        }
    }

    private static func isDevice(_ path: [CChar]) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    private static func writeInPlace(_ bytes: [UInt8], _ path: [CChar]) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        guard writeAll(bytes, file) else { return fail(closing: file) }
        return close(file) == 0
    }

    /// A file that is replaced keeps its permissions, and becomes executable where the new one is.
    private static func keepMode(of path: [CChar], _ file: Int32, _ mode: UInt32) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let before = status.st_mode & 0o777
        fchmod(file, before | mode & 0o111 & before >> 2)
    }

    /// A process that is killed leaves nothing. `nil` where there are no such files.
    private static func writeNameless(_ bytes: [UInt8], _ path: [CChar], _ temporary: [CChar], _ mode: UInt32) -> Bool?
    {
        let slash = path.lastIndex(of: CChar(bitPattern: UInt8(ascii: "/")))
        let folder: [CChar] = slash.map { path[...$0] + [0] } ?? Array(".".utf8CString)
        guard access("/proc/self/fd", X_OK) == 0 else { return nil }
        // O_TMPFILE, which Swift does not see.
        let file = open(folder, O_WRONLY | O_DIRECTORY | 0o20_000_000 | O_CLOEXEC, mode_t(mode))
        guard file >= 0 else { return nil }
        guard writeAll(bytes, file) else { return fail(closing: file) }
        keepMode(of: path, file, mode)
        func link(as name: [CChar]) -> Bool {
            linkat(AT_FDCWD, "/proc/self/fd/\(file)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
        }
        guard link(as: path) || errno == EEXIST && link(as: temporary) && rename(temporary, path) == 0 else {
            return fail(closing: file)
        }
        return close(file) == 0
    }

    private static func writeNamed(_ bytes: [UInt8], _ path: [CChar], _ temporary: [CChar], _ mode: UInt32) -> Bool {
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard file >= 0 else { return false }
        guard writeAll(bytes, file) else { return fail(closing: file) }
        keepMode(of: path, file, mode)
        return close(file) == 0 && rename(temporary, path) == 0
    }

    private static func writeAll(_ bytes: [UInt8], _ file: Int32) -> Bool {
        let reason = DescriptorWriting.writeAll(bytes, to: file)
        errno = reason
        return reason == 0
    }

    /// Keeps the reason in `errno`.
    private static func fail(closing file: Int32) -> Bool {
        let reason = errno
        close(file)
        errno = reason
        return false
    }
}
