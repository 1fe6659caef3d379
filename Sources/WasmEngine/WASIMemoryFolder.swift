internal import CRuntime
internal import Glibc

extension WASI {
    /// A folder of files in memory, to be given to a program as a ``Preopen``: for tests, and for programs that must leave
    /// nothing behind.
    ///
    /// The kernel keeps it, in `/dev/shm`, or among temporary files on a machine without; it is removed with this object,
    /// which every ``Preopen`` and world that was given it keeps. A process that is killed leaves it behind.
    public final class MemoryFolder: Sendable {
        /// Where the host finds it.
        public let path: String

        /// - Parameter files: contents by relative path; the folders in the paths are made.
        public init(_ files: [String: [UInt8]] = [:]) throws(SetupError) {
            guard let path = Self.makeFolder(in: "/dev/shm") ?? Self.makeFolder(in: "/tmp") else {
                throw SetupError(description: "no folder can be made in memory: neither /dev/shm nor /tmp takes one")
            }
            self.path = path
            for (name, bytes) in files { try write(bytes, to: name) }
        }

        deinit { wasmc_wasi_remove_folder(path) }

        /// The content of a file, or nil if there is none of that name.
        public func contents(of name: String) -> [UInt8]? {
            guard let file = fopen("\(path)/\(name)", "re") else { return nil }
            defer { fclose(file) }
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part.prefix(count) }
            return ferror(file) == 0 ? bytes : nil
        }

        /// Writes a file, over one of the same name.
        public func write(_ bytes: [UInt8], to name: String) throws(SetupError) {
            let parts = name.split(separator: "/")
            guard !parts.contains(".."), !name.utf8.contains(0) else {
                throw SetupError(description: "'\(name)' is no path in a memory folder")
            }
            var folder = path
            for part in parts.dropLast() {
                folder += "/\(part)"
                mkdir(folder, 0o700)
            }
            guard let file = fopen("\(path)/\(name)", "we") else {
                throw SetupError(description: "\(name): \(String(cString: strerror(errno)))")
            }
            let written = fwrite(bytes, 1, bytes.count, file)
            guard fclose(file) == 0, written == bytes.count else {
                throw SetupError(description: "\(name): no memory is left for \(bytes.count) bytes")
            }
        }

        private static func makeFolder(in parent: String) -> String? {
            var template = Array("\(parent)/wasmc-XXXXXX".utf8CString)
            return template.withUnsafeMutableBufferPointer {
                $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            }
        }
    }
}
