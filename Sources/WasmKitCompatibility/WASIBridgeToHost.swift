internal import WasmEngine

/// A WASI context: what a program is given.
public final class WASIBridgeToHost {
    /// A directory of the host's, or one of a ``MemoryFileSystem``, that the program sees under a name of its own.
    public struct Preopen: Sendable {
        /// The program's name for it.
        public let guestPath: String
        /// The host's name for it.
        public let hostPath: String

        /// A directory under two names.
        public init(guestPath: String, hostPath: String) {
            self.guestPath = guestPath
            self.hostPath = hostPath
        }
    }

    /// Which files a program is given.
    public struct FileSystemOptions {
        var memory: MemoryFileSystem?
        var preopens: [Preopen] = []
        var stdio: (stdin: Int32, stdout: Int32, stderr: Int32) = (0, 1, 2)

        /// Directories of the host's, which ``withPreopens(_:)`` names.
        public static func host() -> FileSystemOptions { FileSystemOptions() }

        /// Files in memory.
        public static func memory(_ fileSystem: MemoryFileSystem) -> FileSystemOptions {
            FileSystemOptions(memory: fileSystem)
        }

        /// With these descriptors for the standard streams.
        public func withStdio(stdin: Int32 = 0, stdout: Int32 = 1, stderr: Int32 = 2) -> FileSystemOptions {
            var options = self
            options.stdio = (stdin, stdout, stderr)
            return options
        }

        /// With these directories, which get the descriptors from 3 on.
        public func withPreopens(_ preopens: [Preopen]) -> FileSystemOptions {
            var options = self
            options.preopens = preopens
            return options
        }
    }

    private let wasi: WASI

    /// A context of the host's files.
    ///
    /// - Parameters:
    ///   - args: the program's name first.
    ///   - preopens: host directories by the program's name for them, in alphabetical order of these.
    ///   - stdin: a descriptor, as the following ones; they are duplicated.
    /// - Throws: `WASI.SetupError` of `WasmEngine` when something cannot be opened.
    public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [String: String] = [:], stdin: Int32 = 0,
        stdout: Int32 = 1, stderr: Int32 = 2
    ) throws {
        let list = preopens.sorted { $0.key < $1.key }.map { Preopen(guestPath: $0.key, hostPath: $0.value) }
        try self.init(
            args: args, environment: environment,
            fileSystem: .host().withStdio(stdin: stdin, stdout: stdout, stderr: stderr).withPreopens(list))
    }

    /// As above, with the directories in this order.
    ///
    /// - Throws: `WASI.SetupError` of `WasmEngine` when something cannot be opened.
    public convenience init(
        args: [String] = [], environment: [String: String] = [:], preopens: [Preopen], stdin: Int32 = 0,
        stdout: Int32 = 1, stderr: Int32 = 2
    ) throws {
        try self.init(
            args: args, environment: environment,
            fileSystem: .host().withStdio(stdin: stdin, stdout: stdout, stderr: stderr).withPreopens(preopens))
    }

    /// A context of these files.
    ///
    /// - Throws: `WASI.SetupError` of `WasmEngine` when something cannot be opened.
    public init(
        args: [String] = [], environment: [String: String] = [:], fileSystem options: FileSystemOptions
    ) throws {
        let preopens = try options.preopens.map { preopen in
            guard let memory = options.memory else {
                return WASI.Preopen(host: preopen.hostPath, guest: preopen.guestPath)
            }
            return try memory.preopen(preopen.guestPath)
        }
        wasi = try WASI(
            arguments: args,
            environment: environment.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
            preopens: preopens, stdin: .descriptor(options.stdio.stdin), stdout: .descriptor(options.stdio.stdout),
            stderr: .descriptor(options.stdio.stderr))
    }

    /// Defines WASI's functions.
    public func link(to imports: inout Imports, store: Store) { imports.definitions.define(wasi) }

    /// Runs a program: calls its `_start`.
    ///
    /// - Returns: the program's exit code.
    /// - Throws: ``Trap``, or a host function's error.
    public func start(_ instance: Instance) throws -> UInt32 {
        try translatingErrors { UInt32(bitPattern: try instance.instance.runCommand().code) }
    }

    /// Initializes a library: calls its `_initialize`, if it has one.
    ///
    /// - Throws: ``Trap``, or a host function's error.
    public func initialize(_ instance: Instance) throws {
        try translatingErrors { try instance.instance.initializeReactor() }
    }

    /// Has nothing to do: what the program has opened is closed with it.
    public func close() throws {}
}

/// Files in memory, for programs that must not see the host's.
public final class MemoryFileSystem {
    private let folder: WASI.MemoryFolder

    /// An empty file system.
    ///
    /// - Throws: `WASI.SetupError` of `WasmEngine` when the kernel has no room for it.
    public init() throws { folder = try WASI.MemoryFolder() }

    /// Adds a file; the directories in its path are made.
    ///
    /// - Throws: `WASI.SetupError` of `WasmEngine` when it cannot be written.
    public func addFile(at path: String, content: some Sequence<UInt8>) throws {
        try folder.write(Array(content), to: Self.relative(path))
    }

    /// Adds a file of text.
    ///
    /// - Throws: `WASI.SetupError` of `WasmEngine` when it cannot be written.
    public func addFile(at path: String, content: String) throws { try addFile(at: path, content: content.utf8) }

    /// What a file holds now.
    ///
    /// - Throws: ``Trap`` when there is no such file.
    public func getFile(at path: String) throws -> [UInt8] {
        guard let bytes = folder.contents(of: Self.relative(path)) else {
            throw Trap(reason: .message("the file system has no file \(path)"))
        }
        return bytes
    }

    fileprivate func preopen(_ guestPath: String) throws -> WASI.Preopen {
        guard Self.relative(guestPath).isEmpty else {
            throw Trap(
                reason: .message("a program gets a MemoryFileSystem as a whole: preopen \"/\", not \"\(guestPath)\""))
        }
        return WASI.Preopen(folder, guest: guestPath)
    }

    private static func relative(_ path: String) -> String { String(path.drop { $0 == "/" }) }
}
