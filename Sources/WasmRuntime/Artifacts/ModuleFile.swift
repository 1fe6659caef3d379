internal import Glibc
public import Wasm

/// A file that cannot be read or written.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's path.
    public var path: String
    /// What is wrong, for people.
    public var reason: String
    /// The path and the reason.
    public var description: String { "\(path): \(reason)" }

    package init(path: String, reason: String = "the file cannot be read") {
        self.path = path
        self.reason = reason
    }
}

extension Module {
    /// Reads, decodes and validates a module in the binary format.
    ///
    /// - Parameter features: what the module may use.
    /// - Throws: ``FileError``, or ``ModuleError``.
    public init(contentsOf path: String, features: Features = .standard) throws {
        guard let file = fopen(path, "rbe") else { throw FileError(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        guard ferror(file) == 0 else { throw FileError(path: path) }
        try self.init(bytes: bytes, features: features)
    }
}
