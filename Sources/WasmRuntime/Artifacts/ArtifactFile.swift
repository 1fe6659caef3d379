internal import CRuntime
internal import Glibc

/// A file that may hold an artifact, open for reading.
struct ArtifactFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    let byteCount: Int

    /// - Throws: ``ArtifactError`` when it is no regular file that can be read.
    init(_ path: String) throws(ArtifactError) {
        // Without O_NONBLOCK a FIFO would wait for a writer.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ArtifactError(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ArtifactError(path: path, reason: "it is not a regular file")
        }
        self.path = path
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// - Parameter verifiesAll: compares the whole file with its checksum.
    func map(verifiesAll: Bool) throws(ArtifactError) -> UnsafeMutablePointer<wasmc_module> {
        var message = [CChar](repeating: 0, count: 256)
        guard let module = wasmc_module_map(descriptor, 0, UInt64(byteCount), verifiesAll, &message, message.count)
        else {
            throw ArtifactError(path: path, reason: text(message))
        }
        return module
    }
}
