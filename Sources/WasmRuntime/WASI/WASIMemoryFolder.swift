internal import CRuntime
internal import Glibc

extension WASI {
    /// A folder of files in memory, to be given to a program as a ``Preopen``: for tests, and for programs that must
    /// leave nothing behind.
    ///
    /// The kernel keeps it, in `/dev/shm`, or among temporary files on a machine without. It is removed with this
    /// object, which every ``Preopen`` and context that was given it keeps, or when the process exits. What a process
    /// leaves behind that is killed, the next one removes that makes such a folder.
    public final class MemoryFolder: Sendable {
        /// Where the host finds it. A program may have put symbolic links into it that lead elsewhere: what follows
        /// links, as most of the system's calls do, should not be given a path in there.
        public let path: String
        nonisolated(unsafe) let folder: OpaquePointer

        /// A folder with these files.
        ///
        /// - Parameters:
        ///   - files: contents by relative path; the folders in the paths are made.
        ///   - byteLimit: the most bytes that the folder holds, names and whole pages of contents counted: 4,096 for
        ///     each of both. A program that wants more is told that no space is left.
        /// - Throws: ``SetupError`` when the folder or one of the files cannot be made.
        public init(_ files: [String: [UInt8]] = [:], byteLimit: Int = 64 << 20) throws(SetupError) {
            guard let folder = wasmc_wasi_folder_create(UInt64(max(byteLimit, 0))) else {
                throw SetupError(
                    description:
                        "no folder can be made in memory, in /dev/shm or /tmp: \(String(cString: strerror(errno)))")
            }
            self.folder = folder
            path = String(cString: wasmc_wasi_folder_path(folder))
            for (name, bytes) in files { try write(bytes, to: name) }
        }

        deinit { wasmc_wasi_folder_destroy(folder) }

        /// The content of a file, or nil if there is none of that name. Links, which a program may have made, are not
        /// followed, and `..` is no name.
        public func contents(of name: String) -> [UInt8]? {
            guard !name.utf8.contains(0) else { return nil }
            let file = wasmc_wasi_folder_open(folder, name)
            guard file >= 0, let stream = fdopen(file, "r") else { return nil }
            defer { fclose(stream) }
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while case let count = fread(&part, 1, part.count, stream), count > 0 { bytes += part.prefix(count) }
            return ferror(stream) == 0 ? bytes : nil
        }

        /// Writes a file, over one of the same name.
        ///
        /// - Throws: ``SetupError`` for a name with `..`, for one that leads through a link, which a program may have
        ///   made, and when the folder's limit is reached.
        public func write(_ bytes: [UInt8], to name: String) throws(SetupError) {
            guard !name.utf8.contains(0) else {
                throw SetupError(description: "'\(name)' is no path in a memory folder")
            }
            if wasmc_wasi_folder_write(folder, name, bytes, bytes.count) { return }
            switch errno {
            case EINVAL: throw SetupError(description: "'\(name)' is no path in a memory folder")
            case ELOOP:
                throw SetupError(description: "\(name): this is a link, and links in a memory folder are not followed")
            case ENOSPC, EFBIG:
                throw SetupError(
                    description:
                        """
                        \(name): no room is left for \(bytes.count.counted("byte")); a folder can be made with a \
                        higher byteLimit
                        """
                )
            default: throw SetupError(description: "\(name): \(String(cString: strerror(errno)))")
            }
        }
    }
}
